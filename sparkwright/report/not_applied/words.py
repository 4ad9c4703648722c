"""Advice that was not applied in a few words, the same in a terminal and on the page."""

from typing import Literal, NamedTuple

from data_contracts.api.not_applied import Fates, FateSum, NotApplied
from data_contracts.properties.spark import GIB
from sparkwright.report.outputs.words import hours, money

_GB_S = GIB / 1e9 * 3600


class FateWords(NamedTuple):
    """The runs of one fate.

    Attributes:
        fate: ``good`` where they would have held, ``bad`` where they would have died, ``warn`` where nobody knows.
        title: The fate.
        runs: How many, and what else is known of them.
        saved: What they would have held less, or more.
        money: The same by the price sheet.
    """

    fate: Literal["good", "warn", "bad"]
    title: str
    runs: str
    saved: str
    money: str


def title_words(found: NotApplied) -> str:
    """Whose advice it was."""
    if found.source == "report_only":
        return "Report-only: workloads that have not opted in"
    return f"In shadow: release {found.release_version}, against the runs as they went"


def carried_words(found: NotApplied) -> str:
    """How many decisions there were, and of how many the run is known."""
    missing = found.decisions - found.runs
    more = f"; {missing:,} not harvested, or not in this report" if missing else ""
    return f"{found.decisions:,} decision(s), {found.runs:,} run(s){more}"


def fate_words(fates: Fates, currency: str) -> list[FateWords]:
    """What would have become of the runs: surely held, undecidable, surely dead."""

    def words(fate: Literal["good", "warn", "bad"], title: str, part: FateSum, more: str) -> FateWords:
        gib_h, than = abs(part.memory_gib_h), "less" if part.memory_gib_h >= 0 else "more"
        saved = f"{hours(gib_h)} GiB-h ({gib_h * _GB_S:,.0f} GB-s) {than}"
        runs = f"{part.runs:,} run(s){more if part.runs else ''}"
        return FateWords(fate, title, runs, saved, money(part.money, currency))

    avoided = f", of which {fates.deaths_avoided:,} died as they went" if fates.deaths_avoided else ""
    return [
        words("good", "would have held", fates.ruled_out, avoided),
        words("warn", "undecidable", fates.undecidable, "; that saving is not certain"),
        words("bad", "would have died", fates.certain, ", as they did with at least as much"),
    ]
