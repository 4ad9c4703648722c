"""Size workloads: what each one's next run should ask for, and what that saves."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from data_contracts.api.report import Kind, Peak, Prices, Saving, Setting, Sizing, WorkloadSizing
from data_contracts.properties.spark import GIB
from sparkwright.allocation.past import PastRun, past_runs
from sparkwright.report.tables import rows
from sparkwright.report.usage import AppAllocation, AppUsage, Key
from sparkwright.spark.allocation import effective_allocation

_WEEK_DAYS = 7.0
_PEAKS = 40
"""Maximum number of points that fit a sparkline's width."""


@dataclass(frozen=True, slots=True)
class SeenRun:
    """One run of a workload; names as in the ``runs`` table."""

    key: Key
    started_at: datetime
    ended_at: datetime | None
    status: str
    memory_verdict: str
    executor_memory_bytes: int
    executor_cores_count: int
    peak_jvm_heap_bytes: int | None


@dataclass(frozen=True, slots=True)
class WorkloadHistory:
    """What is known of a workload.

    Attributes:
        platform: Platform of the newest run.
        runs: All runs, ordered by start.
        past: The ended ones in the form that allocation uses, ordered by end.
        properties: Properties of the newest run.
    """

    workload_id: str
    platform: str
    runs: Sequence[SeenRun]
    past: Sequence[PastRun]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SizingAdvice:
    """What an adviser says about one workload.

    Attributes:
        settings: Properties with the advised values.
        risk: A word and its evidence.
        not_advised: What is not advised, and why.
    """

    settings: Sequence[Setting]
    risk: str
    not_advised: Sequence[str] = ()


Adviser = Callable[[WorkloadHistory], SizingAdvice]


def size_workloads(
    runs: pa.Table,
    usage: Mapping[Key, AppUsage],
    given: Mapping[Key, AppAllocation],
    prices: Prices,
    adviser: Adviser,
    groups: Mapping[Key, str] | None = None,
) -> Sizing:
    """Size every workload of ``runs``, the largest proven saving first."""
    histories = _histories(runs, given)
    days = _window_days([run for history in histories for run in history.runs])
    factor = _WEEK_DAYS / days if days >= _WEEK_DAYS else 1.0
    workloads = sorted(
        (_workload(history, usage, prices, adviser(history), factor, groups) for history in histories), key=_order
    )
    proven = [one.proven for one in workloads if one.proven is not None]
    return Sizing(
        per="week" if days >= _WEEK_DAYS else "window",
        window_days=days,
        proven=_sum([saving for saving in proven if saving.money >= 0]),
        trial=_sum([one.trial for one in workloads if one.trial is not None]),
        more=_sum([saving for saving in proven if saving.money < 0]),
        workloads=workloads,
    )


def _order(workload: WorkloadSizing) -> tuple[float, float, str]:
    proven = workload.proven.money if workload.proven else 0.0
    trial = workload.trial.money if workload.trial else 0.0
    return (-proven, -trial, workload.workload_id)


def _histories(runs: pa.Table, given: Mapping[Key, AppAllocation]) -> list[WorkloadHistory]:
    names = [name for name in SeenRun.__dataclass_fields__ if name != "key"]
    found: dict[str, list[SeenRun]] = defaultdict(list)
    places: dict[str, list[int]] = defaultdict(list)
    columns = ("app_id", "attempt_id", "workload_id", *names)
    for place, (app_id, attempt_id, workload_id, *values) in enumerate(rows(runs, columns)):
        if (app_id, attempt_id) in given:
            found[workload_id].append(SeenRun((app_id, attempt_id), *values))
            places[workload_id].append(place)
    histories = []
    for workload_id, members in found.items():
        members.sort(key=lambda run: (run.started_at, run.key))
        newest = given[members[-1].key]
        past = past_runs(runs.take(places[workload_id]))
        histories.append(WorkloadHistory(workload_id, newest.platform, members, past, newest.properties))
    return histories


def _window_days(runs: Sequence[SeenRun]) -> float:
    if not runs:
        return 0.0
    first = min(run.started_at for run in runs)
    last = max(run.ended_at or run.started_at for run in runs)
    return (last - first).total_seconds() / 86_400


def _workload(
    history: WorkloadHistory,
    usage: Mapping[Key, AppUsage],
    prices: Prices,
    advice: SizingAdvice,
    factor: float,
    groups: Mapping[Key, str] | None,
) -> WorkloadSizing:
    used = [usage[run.key] for run in history.runs]
    measured = sum(one.memory_measured for one in used)
    hours = factor * sum(one.executor_hours for one in used)
    proven = _properties(advice.settings, "proven")
    trial = _properties(advice.settings, "trial")
    runs = history.runs
    return WorkloadSizing(
        workload_id=history.workload_id,
        groups=sorted({groups[run.key] for run in runs}) if groups is not None else [],
        platform=history.platform,
        runs=len(runs),
        failed=sum(run.status == "failed" for run in runs),
        first_started_at=runs[0].started_at,
        last_started_at=runs[-1].started_at,
        settings=list(advice.settings),
        proven=_saving(history, {}, proven, hours, prices),
        trial=_saving(history, proven, {**proven, **trial}, hours, prices),
        risk=advice.risk,
        not_advised=list(advice.not_advised),
        memory_used_gib_h=sum(one.memory_used for one in used) if measured else None,
        memory_allocated_gib_h=sum(one.memory_allocated for one in used),
        peaks=[
            Peak(
                started_at=run.started_at,
                heap_bytes=run.executor_memory_bytes,
                peak_bytes=run.peak_jvm_heap_bytes or None,
                died=run.memory_verdict in ("heap_oom", "container_kill"),
            )
            for run in runs[-_PEAKS:]
        ],
    )


def _properties(settings: Sequence[Setting], kind: Kind) -> dict[str, str]:
    return {
        one.property: one.advised
        for one in settings
        if one.kind == kind and one.advised is not None and one.advised != one.current
    }


def _saving(
    history: WorkloadHistory,
    before: Mapping[str, str],
    after: Mapping[str, str],
    executor_hours: float,
    prices: Prices,
) -> Saving | None:
    """Return what the change saves over the same executor-hours, assuming that runs take as long as before.

    None if the change affects neither memory nor cores: more partitions have no known cost or saving.
    """
    old = effective_allocation({**history.properties, **before}, history.platform)
    new = effective_allocation({**history.properties, **after}, history.platform)
    cores_now = history.runs[-1].executor_cores_count
    memory = (old.reserved_bytes - new.reserved_bytes) / GIB * executor_hours
    cores = ((old.executor_cores_count or cores_now) - (new.executor_cores_count or cores_now)) * executor_hours
    if not memory and not cores:
        return None
    return Saving(memory_gib_h=memory, cores_h=cores, money=memory * prices.memory_gib_hour + cores * prices.vcore_hour)


def _sum(savings: Sequence[Saving]) -> Saving:
    return Saving(
        memory_gib_h=sum(one.memory_gib_h for one in savings),
        cores_h=sum(one.cores_h for one in savings),
        money=sum(one.money for one in savings),
    )
