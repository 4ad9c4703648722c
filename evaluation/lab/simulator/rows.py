"""A fleet as rows of the lake, columns at a time: what our harvest makes of its event logs.

Shapes: A attempts, S stages, X executors.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.arrow import schema
from data_contracts.row import Row
from data_contracts.spark_properties import GIB, MIB
from data_contracts.tables import Application, Executor, Run, Stage
from data_contracts.tables.simulation import LatentNeed
from evaluation.lab.simulator.fleet import Fleet, Simulated
from evaluation.lab.simulator.outcomes import Whole
from evaluation.lab.simulator.parts import (
    PEAKS,
    Executors,
    app_name,
    executor_name,
    executors_of,
    failing_executor,
    fullness,
    host_of,
    loss_reason,
    properties_of,
    shows,
    stage_failure,
)
from evaluation.lab.simulator.schedule import FAILURES, STAGE_AMOUNTS, TASK_OVERHEAD_MS, Tasks
from evaluation.lab.simulator.users import DIED, SUCCEEDED
from sparkwright.features.allocation import effective_allocation
from sparkwright.lake import Lake

Columns = dict[str, object]
_GAMMA = 1.02 / 0.98  # of the sketch that the harvest takes medians with: sparkwright.history.quantile
_EVENTS_ALWAYS = 6
_DRIVER_HEAP_BYTES = 4 * GIB


def write_fleet(lake: Lake, fleet: Fleet) -> dict[str, int]:
    """Rows written by table; what the lake held of this fleet before is gone, other rows stay."""
    own = f"sim-{fleet.settings.name}-"
    filters = [("app_id", ">=", own), ("app_id", "<", own[:-1] + ".")]
    tables: dict[type[Row], list[pa.Table]] = {
        row_type: [] for row_type in (Stage, Executor, Run, LatentNeed, Application)
    }
    harvested_at = datetime.now(UTC)
    for one in fleet.workloads:
        for row_type, columns in rows_of_workload(one, fleet, harvested_at):
            tables[row_type].append(as_table(row_type, columns))
    counts = {}
    with lake.one_writer():
        # Applications last: whoever finds one finds all of it.
        for row_type, found in tables.items():
            counts[row_type.table] = lake.replace_where(row_type, pa.concat_tables(found), filters)
    return counts


def as_table(row_type: type[Row], columns: Mapping[str, object]) -> pa.Table:
    """Columns as a table; one value stands for all rows."""
    count = len(columns["app_id"])  # type: ignore[arg-type]
    arrays = []
    for field in schema(row_type):
        values = columns[field.name]
        if isinstance(values, np.ndarray) and pa.types.is_timestamp(field.type):
            values = pa.array(values * 1000, pa.int64(), mask=values == 0).cast(field.type)
        elif isinstance(values, np.ndarray | list):
            values = pa.array(values, field.type, from_pandas=True)
        else:
            values = pa.repeat(pa.scalar(values, field.type), count)
        arrays.append(values)
    return pa.table(arrays, schema=schema(row_type))


def rows_of_workload(one: Simulated, fleet: Fleet, harvested_at: datetime) -> Iterator[tuple[type[Row], Columns]]:
    """The rows of all attempts of a workload, table by table."""
    tasks = one.tasks()
    executors = executors_of(one)
    stages = _stages(one, tasks)
    yield Stage, _of_executed(one, stages)
    executor_columns = _executors(one, tasks, executors)
    yield Executor, executor_columns
    ended = one.ready_ms + one.plan.end_ms
    failed = one.workload.attempts.ending != SUCCEEDED
    properties = [properties_of(one, position, fleet.stamp) for position in range(len(one.ids))]
    shared: Columns = {
        "app_id": one.ids,
        "attempt_id": "1",
        "workload_id": one.name,
        "origin": "simulated",
        "platform": "yarn",
        "started_at": one.submitted_ms,
        "ended_at": ended,
        "status": np.where(failed, "failed", "succeeded").tolist(),
        "log_state": "complete",
        "evidence_tier": one.workload.submission.tier,
        "decision_id": None,
    }
    yield Run, shared | _runs(one, stages, executors, properties)
    yield LatentNeed, _latent(one, fleet.stamp)
    yield (
        Application,
        shared
        | {
            "app_name": app_name(one),
            "user_name": one.workload.submission.user,
            "queue": one.workload.submission.queue,
            "shape": "batch",
            "spark_version": fleet.spark,
            "exit_code": None,
            "final_status": None,
            "diagnostics": None,
            "allocated_memory_mib_s": None,
            "allocated_vcore_s": None,
            "surroundings_json": "[]",
            "event_count": event_count(one, executors),
            "properties_json": [json.dumps(values) for values in properties],
            "resource_profiles_json": '{"0": {}}',
            "source_path": [f"{fleet.stamp}/{app_id}" for app_id in one.ids],
            "harvested_at": harvested_at,
        },
    )


def event_count(one: Simulated, executors: Executors) -> Whole:
    """Events in the log of each attempt ``[A]``."""
    plan, shape = one.plan, one.workload.shape
    stages = plan.executed.sum(1)
    lost = np.bincount(executors.attempt[executors.removed_ms > 0], minlength=len(stages))
    metrics = one.workload.executors * stages + (FAILURES - 1) * plan.loses if shows(one, "heap") else 0
    pairs = (
        plan.executor_count
        + lost
        + _prefix([stage.job for stage in shape.stages])[stages]
        + _prefix([stage.sql for stage in shape.stages])[stages]
        + stages
        + plan.task_count.sum(1)
    )
    return _EVENTS_ALWAYS + 2 * pairs + metrics


def _prefix(groups: Sequence[int]) -> Whole:
    """How many groups the first stages belong to ``[S + 1]``; -1 is none."""
    return np.array([len(set(groups[:count]) - {-1}) for count in range(len(groups) + 1)])


def _stages(one: Simulated, tasks: Tasks) -> dict[str, npt.NDArray[np.generic]]:
    """Columns of ``stages`` as ``[A, S]``."""
    plan, shape = one.plan, one.workload.shape
    columns: dict[str, npt.NDArray[np.generic]] = {name: plan.amount(name) for name in STAGE_AMOUNTS}
    columns["task_count"] = plan.task_count
    columns["failed_task_count"] = FAILURES * plan.failed
    results = np.array([stage.result_bytes for stage in shape.stages])
    columns["result_bytes"] = results * np.where(plan.executed, plan.last - plan.first, 0)
    columns["max_task_duration_ms"], columns["task_skew_ratio"] = _durations(one, tasks)
    level = fullness(shape)
    peaks = one.workload.peaks
    columns["peak_execution_memory_bytes"] = np.floor(peaks["peak_execution_memory_bytes"][:, None] * level).astype(int)
    columns["peak_jvm_heap_bytes"] = np.floor(peaks["peak_jvm_heap_bytes"][:, None] * level).astype(int)
    return columns


def _durations(one: Simulated, tasks: Tasks) -> tuple[Whole, npt.NDArray[np.float64]]:
    """The longest task of each stage and its ratio to the median, as the harvest knows that one ``[A, S]``."""
    plan = one.plan
    shape = plan.executed.shape
    well = np.where(plan.executed, plan.last - plan.first, 0).ravel()
    there = well > 0
    duration = tasks.run_ms + TASK_OVERHEAD_MS
    starts = (np.cumsum(well) - well)[there]
    least, most, same = np.zeros(well.size, int), np.zeros(well.size, int), np.zeros(well.size, int)
    if len(duration):
        least[there] = np.minimum.reduceat(duration, starts)
        most[there] = np.maximum.reduceat(duration, starts)
        same[there] = np.add.reduceat(duration == np.repeat(least[there], well[there]), starts)
    failing = np.broadcast_to((plan.fail_run_ms + TASK_OVERHEAD_MS)[:, None], shape).ravel()
    failed = plan.failed.ravel()
    # Usual tasks differ by a millisecond at most, and those that fail take longer.
    rank = (well + FAILURES * failed - 1) // 2
    median = np.where(rank < same, least, np.where(rank < well, least + 1, failing))
    longest = np.where(failed, np.maximum(most, failing), most)
    bucket = np.ceil(np.log(np.maximum(median, 2)) / math.log(_GAMMA))
    known = np.where(median > 1, 2 * _GAMMA**bucket / (_GAMMA + 1), 1.0)
    return longest.reshape(shape), np.maximum(1.0, longest / known).reshape(shape)


def _of_executed(one: Simulated, stages: dict[str, npt.NDArray[np.generic]]) -> Columns:
    plan, shape = one.plan, one.workload.shape
    attempt, number = np.nonzero(plan.executed)
    failures = {position: stage_failure(one, position) for position in np.flatnonzero(plan.failed.any(axis=1))}
    failed = plan.failed[attempt, number]
    heap = shows(one, "heap")
    return {
        name: values[attempt, number] for name, values in stages.items() if heap or name != "peak_jvm_heap_bytes"
    } | {
        **({} if heap else {"peak_jvm_heap_bytes": None}),
        "app_id": [one.ids[position] for position in attempt],
        "attempt_id": "1",
        "stage_id": number,
        "stage_attempt_id": 0,
        "stage_name": [shape.stages[position].name for position in number],
        "sql_execution_id": [sql if (sql := shape.stages[position].sql) >= 0 else None for position in number],
        "status": np.where(failed, "failed", "complete").tolist(),
        "started_at": one.ready_ms[attempt] + plan.started_ms[attempt, number],
        "ended_at": one.ready_ms[attempt] + plan.ended_ms[attempt, number],
        "killed_task_count": 0,
        "speculative_task_count": 0,
        "speculation_wasted_ms": 0,
        "excluded_executor_count": 0,
        "shuffle_fetch_wait_ms": 0,
        "failure_reason": [failures[at] if bad else None for at, bad in zip(attempt, failed, strict=True)],
    }


def _executors(one: Simulated, tasks: Tasks, executors: Executors) -> Columns:
    plan, workload = one.plan, one.workload
    offsets = np.cumsum(plan.executor_count) - plan.executor_count
    place = offsets[tasks.attempt] + tasks.executor
    failed_count = np.zeros(len(executors.attempt), np.int64)
    for position in np.flatnonzero(plan.failed.any(axis=1)):
        for number in range(FAILURES):
            failed_count[offsets[position] + failing_executor(one, position, number)] += 1

    def added_up(well: Whole | None, failing: Whole) -> Whole:
        found = np.bincount(place, well, minlength=len(executors.attempt)).astype(np.int64)
        return found + failed_count * failing

    def reached(name: str) -> Whole:
        return np.floor(workload.peaks[name][executors.attempt] * executors.level).astype(np.int64)

    heap, processes = shows(one, "heap"), shows(one, "processes")
    python = reached("peak_python_rss_bytes")
    return {name: reached(name) if heap else None for name in PEAKS} | {
        "app_id": [one.ids[position] for position in executors.attempt],
        "attempt_id": "1",
        "executor_id": [executor_name(index) for index in executors.index],
        "host": [host_of(one, index) for index in executors.index],
        "executor_cores_count": workload.submission.cores,
        "resource_profile_id": 0,
        "started_at": executors.added_ms,
        "ended_at": executors.removed_ms,
        "removed_reason": [
            loss_reason(one, position, index) if removed else None
            for position, index, removed in zip(executors.attempt, executors.index, executors.removed_ms, strict=True)
        ],
        "excluded": False,
        "exclusion_count": 0,
        "task_count": added_up(None, np.int64(1)),
        "failed_task_count": failed_count,
        "killed_task_count": 0,
        "executor_run_time_ms": added_up(tasks.run_ms, plan.fail_run_ms[executors.attempt]),
        "jvm_gc_time_ms": added_up(tasks.gc_ms, plan.fail_gc_ms[executors.attempt]),
        "peak_process_rss_bytes": reached("jvm_rss_bytes") + python if processes else None,
        "peak_python_rss_bytes": python if processes else None,
    }


def _runs(
    one: Simulated,
    stages: dict[str, npt.NDArray[np.generic]],
    executors: Executors,
    properties: Sequence[Mapping[str, str]],
) -> Columns:
    plan, workload = one.plan, one.workload
    submission, peaks = workload.submission, workload.peaks
    heap, processes = shows(one, "heap"), shows(one, "processes")
    given = [effective_allocation(values, "yarn") for values in properties]
    executed = plan.executed.sum(1)
    longest = stages["executor_run_time_ms"].argmax(1)
    majors = np.bincount(
        executors.attempt, np.floor(peaks["major_gc_count"][executors.attempt] * executors.level), len(executed)
    )
    failed = plan.failed.any(axis=1)
    return {
        **{name: stages[name].sum(1) for name in (*STAGE_AMOUNTS, "task_count", "failed_task_count")},
        **{name: peaks[name] if heap else None for name in PEAKS},
        "major_gc_count": majors.astype(np.int64) if heap else None,
        "peak_process_rss_bytes": peaks["jvm_rss_bytes"] + peaks["peak_python_rss_bytes"] if processes else None,
        "peak_python_rss_bytes": peaks["peak_python_rss_bytes"] if processes else None,
        "peak_execution_memory_bytes": peaks["peak_execution_memory_bytes"],
        "executor_memory_bytes": [one_given.executor_memory_bytes for one_given in given],
        "executor_memory_overhead_bytes": [one_given.executor_memory_overhead_bytes for one_given in given],
        "executor_offheap_bytes": 0,
        "executor_pyspark_bytes": 0,
        "executor_cores_count": submission.cores,
        "executor_count": workload.executors,
        "task_cpus_count": 1,
        "driver_memory_bytes": _DRIVER_HEAP_BYTES,
        "shuffle_partitions_count": submission.partitions,
        "dynamic_allocation": submission.dynamic,
        "duration_ms": one.waited_ms + plan.end_ms,
        "memory_verdict": np.select(
            [workload.attempts.ending == DIED, failed], ["heap_oom", "unknown"], "enough"
        ).tolist(),
        "killed_task_count": 0,
        "speculative_task_count": 0,
        "speculation_wasted_ms": 0,
        "job_count": _prefix([stage.job for stage in workload.shape.stages])[executed],
        "failed_job_count": failed.astype(np.int64),
        "stage_count": executed,
        "failed_stage_count": failed.astype(np.int64),
        "sql_execution_count": _prefix([stage.sql for stage in workload.shape.stages])[executed],
        "added_executor_count": plan.executor_count,
        "lost_executor_count": FAILURES * plan.loses,
        "excluded_executor_count": 0,
        "shuffle_fetch_wait_ms": 0,
        "task_skew_ratio": stages["task_skew_ratio"][np.arange(len(longest)), longest],
    }


def _latent(one: Simulated, stamp: str) -> Columns:
    workload = one.workload
    tried, calendar = workload.attempts, workload.calendar
    return {
        "app_id": one.ids,
        "attempt_id": "1",
        "workload_id": one.name,
        "needed_heap_bytes": np.maximum(1, np.round(tried.needed_mib * MIB)).astype(np.int64),
        "median_needed_heap_bytes": np.maximum(1, np.round(workload.usual_need_mib * MIB)).astype(np.int64),
        "whole_input_bytes": workload.totals["input_bytes"],
        "queue_wait_ms": one.waited_ms,
        "retry_count": tried.number,
        "code_change_count": calendar.regime[tried.run],
        "is_surge": calendar.surges[tried.run],
        "like_workload": workload.like,
        "fleet": stamp,
    }
