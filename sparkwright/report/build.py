"""Build a report from tables: the core of ``sparkwright report``, without files and without printing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from data_contracts.api.not_applied import NotApplied
from data_contracts.api.report import Filters, Group, Prices, Reading, Report, Sizing
from sparkwright import __version__
from sparkwright.report.advice import advise
from sparkwright.report.failures import group_failures
from sparkwright.report.sizing import Adviser, size_workloads
from sparkwright.report.slow import group_slow_causes
from sparkwright.report.summary import group_keys, summarise
from sparkwright.report.tables import Tables, rows
from sparkwright.report.usage import Key, allocations, usage_by_application


def build_report(
    tables: Tables,
    *,
    source: str,
    reading: Reading,
    prices: Prices,
    filters: Filters,
    adviser: Adviser = advise,
    created_at: datetime | None = None,
    not_applied: Sequence[NotApplied] = (),
) -> Report:
    """Build the report.

    Args:
        tables: Rows of the requested applications.
        source: Where they come from, in words for people, without credentials.
        reading: What could be read.
        prices: What an hour costs.
        filters: What the tables were narrowed to, and what to group by.
        adviser: Decides what a workload should ask for.
        created_at: Moment of the report, with a time zone; default: now.
        not_applied: From :func:`sparkwright.report.not_applied.fates.not_applied`.
    """
    given = allocations(tables.applications)
    usage = usage_by_application(tables.applications, tables.executors, tables.runs, given)
    groups = group_keys(tables.applications, given, filters.group_by)
    summary = summarise(tables.applications, tables.runs, usage, prices, groups)
    sizing = size_workloads(tables.runs, usage, given, prices, adviser, groups)
    if groups is not None:
        shares = _group_shares(tables, groups)
        summary = summary.model_copy(update={"groups": _with_savings(summary.groups, sizing, shares)})
    return Report(
        sparkwright_version=__version__,
        created_at=created_at or datetime.now(UTC),
        source=source,
        filters=filters,
        reading=reading,
        prices=prices,
        summary=summary,
        sizing=sizing,
        failures=group_failures(tables.applications, tables.evidence, usage, given, prices),
        slow=group_slow_causes(tables),
        not_applied=list(not_applied),
        notes=list(tables.notes),
    )


def _group_shares(tables: Tables, groups: Mapping[Key, str]) -> dict[str, dict[str, float]]:
    """Return, by workload, the share of its runs in each group."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for app_id, attempt_id, workload_id in rows(tables.runs, ("app_id", "attempt_id", "workload_id")):
        if (app_id, attempt_id) in groups:
            counts[workload_id][groups[(app_id, attempt_id)]] += 1
    return {
        workload_id: {group: count / sum(by_group.values()) for group, count in by_group.items()}
        for workload_id, by_group in counts.items()
    }


def _with_savings(groups: list[Group], sizing: Sizing, shares: Mapping[str, Mapping[str, float]]) -> list[Group]:
    """Return the groups with the proven savings of their workloads; a shared workload's is split by runs."""
    memory: dict[str, float] = defaultdict(float)
    money: dict[str, float] = defaultdict(float)
    for workload in sizing.workloads:
        if workload.proven is None or workload.proven.money <= 0:
            continue
        for group, share in shares.get(workload.workload_id, {}).items():
            memory[group] += share * workload.proven.memory_gib_h
            money[group] += share * workload.proven.money
    return [
        group.model_copy(update={"saving_gib_h": memory[group.key], "saving_money": money[group.key]})
        for group in groups
    ]
