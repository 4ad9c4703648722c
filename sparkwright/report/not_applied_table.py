"""Print advice that was not applied, in a terminal."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from data_contracts.not_applied import Fates, FateSum, NotApplied
from data_contracts.spark_properties import GIB
from sparkwright.report.words import hours, money, plain

_NAME_CHARS = 44
_TITLES = {
    "report_only": "Report-only: workloads that have not opted in",
    "shadow": "In shadow: release {version}, against the runs as they went",
}
_GB_S = GIB / 1e9 * 3600


def not_applied_blocks(found: Sequence[NotApplied], currency: str, top: int | None) -> Iterator[RenderableType]:
    """Yield a section for each source.

    Args:
        found: Advice that was not applied.
        currency: Currency of the price sheet.
        top: Workloads per section; None for all.
    """
    for one in found:
        yield Text(_TITLES[one.source].format(version=one.release_version), style="bold underline")
        missing = one.decisions - one.runs
        yield Text(
            f"{one.decisions:,} decision(s), {one.runs:,} run(s)"
            + (f"; {missing:,} not harvested, or not in this report" if missing else "")
        )
        yield from _summary(one.fates, currency)
        for reason, count in one.undecidable_because.items():
            yield Text(f"  undecidable, {count:,}: {reason}", style="dim")
        if one.workloads:
            yield _workloads(one, top)
        yield Text()


def _summary(fates: Fates, currency: str) -> Iterator[RenderableType]:
    avoided = f", of which {fates.deaths_avoided:,} died as they went" if fates.deaths_avoided else ""
    for label, part, more in (
        ("would have held: ", fates.ruled_out, avoided),
        ("undecidable:     ", fates.undecidable, "; that saving is not certain"),
        ("would have died: ", fates.certain, ", as they did with at least as much"),
    ):
        yield Text(f"{label}{part.runs:,} run(s){more if part.runs else ''}: {_saved(part, currency)}")


def _saved(part: FateSum, currency: str) -> str:
    return (
        f"{hours(part.memory_gib_h)} GiB-h ({part.memory_gib_h * _GB_S:,.0f} GB-s) less, {money(part.money, currency)}"
    )


def _workloads(found: NotApplied, top: int | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for position, name in enumerate(("workload", "held", "GiB-h less", "undecidable", "GiB-h less", "died")):
        table.add_column(Text(name), justify="right" if position else "left", overflow="fold")
    for one in found.workloads[:top]:
        fates = one.fates
        table.add_row(
            plain(one.workload_id, _NAME_CHARS),
            f"{fates.ruled_out.runs:,}",
            hours(fates.ruled_out.memory_gib_h),
            f"{fates.undecidable.runs:,}",
            hours(fates.undecidable.memory_gib_h),
            f"{fates.certain.runs:,}",
        )
    return table
