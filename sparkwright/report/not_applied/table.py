"""Print advice that was not applied, in a terminal."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from data_contracts.api.not_applied import NotApplied
from sparkwright.report.not_applied.words import carried_words, fate_words, title_words
from sparkwright.report.outputs.words import hours, plain

_NAME_CHARS = 44


def not_applied_blocks(found: Sequence[NotApplied], currency: str, top: int | None) -> Iterator[RenderableType]:
    """Yield a section for each source.

    Args:
        found: Advice that was not applied.
        currency: Currency of the price sheet.
        top: Workloads per section; None for all.
    """
    for one in found:
        yield Text(title_words(one), style="bold underline")
        yield Text(carried_words(one))
        for fate in fate_words(one.fates, currency):
            yield Text(f"{fate.title + ':':<17}{fate.runs}: {fate.saved}, {fate.money}")
        for reason, count in one.undecidable_because.items():
            yield Text(f"  undecidable, {count:,}: {reason}", style="dim")
        if one.workloads:
            yield _workloads(one, top)
        yield Text()


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
