"""Print the report in a terminal: as tables, or as lines if the terminal is narrow (down to 60 columns)."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from data_contracts.api.report import Change, FailureGroup, Report, WorkloadSizing
from sparkwright.report.not_applied.table import not_applied_blocks
from sparkwright.report.outputs.sentences import (
    change_words,
    cores_words,
    diff_words,
    loss_words,
    memory_words,
    money_rates,
    period_words,
    read_words,
    short_name,
)
from sparkwright.report.outputs.words import NONE, UNKNOWN, hours, money, percent, plain, seconds

DEFAULT_TOP = 20
_NARROW = 100
_NAME_CHARS = 44
_SHOWN_FACTS = 2
_SWITCH_HINT = 0.05
"""Share of applications without memory evidence above which the report mentions it."""


def show(report: Report, console: Console, top: int | None = DEFAULT_TOP) -> None:
    """Print the report.

    Args:
        report: What to print.
        console: Where to print; its width decides between tables and lines.
        top: Rows per section; None for all.
    """
    if not report.summary.applications:
        _print(console, Text(f"Spark report: {plain(report.source)}", style="bold"))
        is_narrowed = any((report.filters.since, report.filters.workload))
        what = "no application matches --since and --workload" if is_narrowed else "nothing to report"
        _print(console, Text(f"{what}: {read_words(report)}"))
        return
    narrow = console.width < _NARROW
    for part in (
        _head(report),
        _groups(report, top),
        _sizing(report, top, narrow),
        _failures(report, top),
        _slow(report, top),
        not_applied_blocks(report.not_applied, report.prices.currency, top),
        _notes(report),
    ):
        for block in part:
            _print(console, block)


def _print(console: Console, block: RenderableType) -> None:
    """Print a block; strip trailing blanks in files and pipes."""
    if console.is_terminal:
        console.print(block, highlight=False)
        return
    with console.capture() as captured:
        console.print(block, highlight=False)
    console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _head(report: Report) -> Iterator[RenderableType]:
    summary, usage, currency = report.summary, report.summary.usage, report.prices.currency
    span = UNKNOWN
    if summary.first_started_at and summary.last_ended_at:
        lasted = (summary.last_ended_at - summary.first_started_at).total_seconds()
        span = (
            f"{summary.first_started_at:%Y-%m-%d %H:%M} to {summary.last_ended_at:%Y-%m-%d %H:%M} ({seconds(lasted)})"
        )
    yield Text(f"Spark report: {plain(report.source)}", style="bold")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    grid.add_row("applications", f"{summary.applications:,}; {summary.runs:,} runs of {summary.workloads:,} workloads")
    grid.add_row("span, UTC", span)
    unknown = f", the end of {summary.unknown:,} is not known" if summary.unknown else ""
    known = summary.succeeded + summary.failed
    failed = f"{summary.failed:,} of {known:,} ({percent(summary.failed_share)}){unknown}"
    failed += f"; they held {hours(summary.failed_usage.memory_allocated_gib_h)} GiB-h" if summary.failed else ""
    grid.add_row("failed", failed)
    grid.add_row("memory", memory_words(usage))
    grid.add_row("cores", cores_words(usage))
    grid.add_row("price", f"{money(usage.money, currency)} at {money_rates(report)}")
    grid.add_row("read", read_words(report))
    yield grid
    yield Text()


def _groups(report: Report, top: int | None) -> Iterator[RenderableType]:
    if not report.summary.groups:
        return
    table = _table(report.filters.group_by or "", "apps", "failed", "GiB-h", "core-h", "idle", "price", "proven saving")
    for group in report.summary.groups[:top]:
        idle = group.usage.cores_idle_h / group.usage.cores_allocated_h if group.usage.cores_allocated_h else None
        table.add_row(
            plain(group.key, _NAME_CHARS) or NONE,
            f"{group.applications:,}",
            f"{group.failed:,}",
            hours(group.usage.memory_allocated_gib_h),
            hours(group.usage.cores_allocated_h),
            percent(idle),
            money(group.usage.money),
            money(group.saving_money),
        )
    yield _title(f"By {plain(report.filters.group_by or '')}", _left_out(len(report.summary.groups), top))
    yield table
    yield Text()


def _sizing(report: Report, top: int | None, narrow: bool) -> Iterator[RenderableType]:
    sizing, currency = report.sizing, report.prices.currency
    changing = [one for one in sizing.workloads if one.is_advised]
    still = len(sizing.workloads) - len(changing)
    count = sum(one.proven is not None and one.proven.money > 0 for one in changing)
    tried = sum(one.trial is not None for one in changing)
    period = period_words(report)
    yield _title("Sizing", "")
    yield Text(
        f"proven (safe now): {hours(sizing.proven.memory_gib_h)} GiB-h, {money(sizing.proven.money, currency)} "
        f"{period}, in {count:,} workload(s)"
    )
    yield Text(
        f"could be tried (not proven, not in that sum): {hours(sizing.trial.memory_gib_h)} GiB-h, "
        f"{money(sizing.trial.money, currency)} {period}, in {tried:,}"
    )
    if sizing.more.money < 0:
        yield Text(
            f"needs more: {hours(-sizing.more.memory_gib_h)} GiB-h, {money(-sizing.more.money, currency)} {period}"
        )
    if changing:
        yield _sizing_lines(changing[:top], currency) if narrow else _sizing_table(changing[:top], currency)
    left_out = _left_out(len(changing), top)
    if still or left_out:
        words = f"{still:,} other workload(s): nothing advised{_why_not(sizing.workloads)}" if still else ""
        yield Text("; ".join(filter(None, (left_out, words))), style="dim")
    yield Text()


def _why_not(workloads: Sequence[WorkloadSizing]) -> str:
    """Return the most frequent reason why nothing is advised, without the property's name."""
    reasons: dict[str, int] = {}
    for one in workloads:
        if not one.is_advised and one.not_advised:
            reason = one.not_advised[0].partition(": ")[2].partition(" (")[0] or one.not_advised[0]
            reasons[reason] = reasons.get(reason, 0) + 1
    if not reasons:
        return ""
    most_frequent = max(reasons, key=lambda reason: reasons[reason])
    return f" ({reasons[most_frequent]:,}: {plain(most_frequent, 100)})"


def _settings(workload: WorkloadSizing) -> Iterator[Text]:
    for setting in workload.settings:
        if setting.advised is None or setting.advised == setting.current:
            continue
        mark = "try " if setting.kind == "trial" else ""
        style = "yellow" if mark else "bold"
        yield Text(f"{mark}{short_name(setting.property)} {change_words(setting)}", style=style)


def _sizing_table(workloads: Sequence[WorkloadSizing], currency: str) -> Table:
    table = _table("workload", "runs", "current -> advised", "GiB-h", currency, "risk and evidence", numbers=(1, 3, 4))
    for one in workloads:
        savings = [saving for saving in (one.proven, one.trial) if saving is not None]
        marks = ["" if saving is one.proven else "try " for saving in savings]
        table.add_row(
            Text(plain(one.workload_id, _NAME_CHARS)),
            f"{one.runs:,}",
            Group(*_settings(one)),
            Text("\n".join(f"{mark}{hours(saving.memory_gib_h)}" for mark, saving in zip(marks, savings, strict=True))),
            Text("\n".join(f"{mark}{money(saving.money)}" for mark, saving in zip(marks, savings, strict=True))),
            Text(plain(one.risk)),
        )
    return table


def _sizing_lines(workloads: Sequence[WorkloadSizing], currency: str) -> RenderableType:
    blocks: list[RenderableType] = []
    for one in workloads:
        parts = [
            f"{'try ' if saving is one.trial else ''}{hours(saving.memory_gib_h)} GiB-h {money(saving.money, currency)}"
            for saving in (one.proven, one.trial)
            if saving is not None
        ]
        blocks.append(Text(f"{plain(one.workload_id, 40)}  {one.runs:,} run(s)  {'; '.join(parts)}", style="bold"))
        blocks += [Padding(line, (0, 0, 0, 2)) for line in _settings(one)]
        blocks.append(Padding(Text(plain(one.risk), style="dim"), (0, 0, 0, 2)))
    return Group(*blocks)


def _failures(report: Report, top: int | None) -> Iterator[RenderableType]:
    if not report.failures:
        return
    yield _title("Failures", _left_out(len(report.failures), top))
    for group in report.failures[:top]:
        yield from _failure(group, report.prices.currency)
    yield Text()


def _failure(group: FailureGroup, currency: str) -> Iterator[RenderableType]:
    newest = group.newest
    wasted = f"{hours(group.wasted_gib_h)} GiB-h, {money(group.money, currency)}"
    facts = newest.facts if group.root_cause == "unknown" else newest.facts[:1]
    yield _entry(
        group.applications,
        group.title,
        f"{group.root_cause}; {group.workloads:,} workload(s); {wasted}",
        f"newest: {plain(newest.app_id)}, {plain(newest.workload_id, _NAME_CHARS)}",
        [plain(fact.line) for fact in facts] or ["no facts were found: no log says why it failed"],
        newest.repair,
    )


def _entry(
    count: int, title: str, figures: str, where: str, facts: Sequence[str], repair: Sequence[Change]
) -> RenderableType:
    """Return the number of applications, and next to it what happened to them."""
    head = Text(title, style="bold")
    head.append(f"  ({figures})", style="not bold dim")
    lines = [head, Text(where, style="dim"), *map(Text, facts)]
    lines += [Text(diff_words(change), style="green") for change in repair]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", width=5)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"{count:,}", style="bold"), Group(*lines))
    return grid


def _slow(report: Report, top: int | None) -> Iterator[RenderableType]:
    if not report.slow:
        return
    yield _title("Slow runs", _left_out(len(report.slow), top))
    for group in report.slow[:top]:
        worst = group.worst[0]
        where = f"worst: {plain(worst.app_id)}, {plain(worst.workload_id, _NAME_CHARS)}"
        yield _entry(
            group.applications,
            group.title,
            f"{group.cause}; {loss_words(group)}",
            where,
            [plain(fact) for fact in worst.facts[:_SHOWN_FACTS]],
            worst.repair,
        )
    yield Text()


def _notes(report: Report) -> Iterator[RenderableType]:
    for reason in report.reading.unreadable:
        yield Text(f"not read, {reason.count:,}: {plain(reason.reason)}, such as {plain(reason.example)}", style="dim")
    for reason in report.reading.in_part:
        yield Text(f"set aside, {reason.count:,}: {plain(reason.reason)}", style="dim")
    tiers, count = report.reading.evidence_tiers, report.summary.applications
    without = count - tiers.get("process_tree", 0)
    if report.reading.switch_on and count and without > _SWITCH_HINT * count:
        yield Text(f"{without:,} of {count:,} logs say little of memory. Switch on, for later runs:")
        for name, value in report.reading.switch_on.items():
            yield Text(f"  {name} {value}")
    for note in report.notes:
        yield Text(f"note: {plain(note)}", style="dim")


def _table(*columns: str, numbers: Sequence[int] | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    right = range(1, len(columns)) if numbers is None else numbers
    for position, name in enumerate(columns):
        table.add_column(Text(name), justify="right" if position in right else "left", overflow="fold")
    return table


def _title(title: str, more: str) -> Text:
    text = Text(title, style="bold underline")
    if more:
        text.append(f"  {more}", style="not bold not underline dim")
    return text


def _left_out(count: int, top: int | None) -> str:
    return f"{top} of {count:,} shown (--top)" if top is not None and count > top else ""
