"""Rows of a workload's stages and executors, column by column.

Shapes: A attempts, S stages, X executors.
"""

import math

import numpy as np
import numpy.typing as npt

from evaluation.lab.simulator.fleet import Simulated
from evaluation.lab.simulator.outcomes import Whole
from evaluation.lab.simulator.parts import (
    PEAKS,
    Executors,
    executor_name,
    failing_executor,
    fullness,
    host_of,
    loss_reason,
    shows,
    stage_failure,
)
from evaluation.lab.simulator.schedule import FAILURES, STAGE_AMOUNTS, TASK_OVERHEAD_MS, Tasks

Columns = dict[str, object]
_GAMMA = 1.02 / 0.98
"""Of the sketch that the harvest takes medians with: :mod:`sparkwright.history.application.quantile`."""
OF_SINGLE_TASKS = (
    "task_time_ms",
    "failed_task_time_ms",
    "longest_task_ms",
    "longest_task_read_bytes",
    "longest_task_executor_id",
    "longest_task_elsewhere_ms",
    "largest_task_read_bytes",
    "largest_task_ms",
    "task_duration_p25_ms",
    "task_duration_p50_ms",
    "task_duration_p75_ms",
)
"""Columns that only a fleet's logs can fill: its rows are made without examining each task."""


def stage_columns(one: Simulated, tasks: Tasks) -> dict[str, npt.NDArray[np.generic]]:
    """Return columns of ``stages`` as ``[A, S]``."""
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
    """Return each stage's longest task and its ratio to the median as estimated by the harvest ``[A, S]``."""
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


def stages_of(one: Simulated, stages: dict[str, npt.NDArray[np.generic]]) -> Columns:
    """Return rows of the stages that started, from their columns ``[A, S]``."""
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
        **dict.fromkeys(OF_SINGLE_TASKS),
        "failure_reason": [failures[at] if bad else None for at, bad in zip(attempt, failed, strict=True)],
    }


def executors_columns(one: Simulated, tasks: Tasks, executors: Executors) -> Columns:
    """Return rows of the executors."""
    plan, workload = one.plan, one.workload
    offsets = np.cumsum(plan.executor_count) - plan.executor_count
    place = offsets[tasks.attempt] + tasks.executor
    failed_count = np.zeros(len(executors.attempt), np.int64)
    for position in np.flatnonzero(plan.failed.any(axis=1)):
        for number in range(FAILURES):
            failed_count[offsets[position] + failing_executor(one, position, number)] += 1

    def added_up(well: Whole | None, failing: Whole | int) -> Whole:
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
        "task_count": added_up(None, 1),
        "failed_task_count": failed_count,
        "killed_task_count": 0,
        "executor_run_time_ms": added_up(tasks.run_ms, plan.fail_run_ms[executors.attempt]),
        "jvm_gc_time_ms": added_up(tasks.gc_ms, plan.fail_gc_ms[executors.attempt]),
        "peak_process_rss_bytes": reached("jvm_rss_bytes") + python if processes else None,
        "peak_python_rss_bytes": python if processes else None,
    }
