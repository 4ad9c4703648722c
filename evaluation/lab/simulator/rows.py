"""A fleet as rows of the lake, column by column, equal to a harvest of its event logs.

Shapes: A attempts, S stages, X executors.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.arrow import schema
from data_contracts.properties.spark import MIB
from data_contracts.row import Row
from data_contracts.tables import Application, Executor, Run, Stage
from data_contracts.tables.simulation import LatentNeed
from evaluation.lab.simulator.fleet import Fleet, Simulated
from evaluation.lab.simulator.outcomes import Whole
from evaluation.lab.simulator.part_rows import Columns, executors_columns, stage_columns, stages_of
from evaluation.lab.simulator.parts import (
    PEAKS,
    Executors,
    app_name,
    executors_of,
    properties_of,
    shows,
)
from evaluation.lab.simulator.schedule import FAILURES, STAGE_AMOUNTS
from evaluation.lab.simulator.users import DIED, SUCCEEDED
from sparkwright.lake import Lake
from sparkwright.spark.allocation import effective_allocation

_EVENTS_ALWAYS = 6


def write_fleet(lake: Lake, fleet: Fleet) -> dict[str, int]:
    """Write a fleet and return the number of rows by table; replaces the fleet's earlier rows, other rows stay."""
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
        # Applications last: whoever finds one finds everything about it.
        for row_type, found in tables.items():
            counts[row_type.table] = lake.replace_where(row_type, pa.concat_tables(found), filters)
    return counts


def as_table(row_type: type[Row], columns: Mapping[str, Any]) -> pa.Table:
    """Convert columns to a table; a scalar stands for all rows."""
    count = len(columns["app_id"])
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
    """Yield the rows of all attempts of a workload, table by table."""
    tasks = one.tasks()
    executors = executors_of(one)
    stages = stage_columns(one, tasks)
    yield Stage, stages_of(one, stages)
    executor_columns = executors_columns(one, tasks, executors)
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
    """Return the number of events in the log of each attempt ``[A]``."""
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
    return np.asarray(_EVENTS_ALWAYS + 2 * pairs + metrics)


def _prefix(groups: Sequence[int]) -> Whole:
    """Return how many groups the first stages belong to ``[S + 1]``; -1 means none."""
    return np.array([len(set(groups[:count]) - {-1}) for count in range(len(groups) + 1)])


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
        "driver_memory_bytes": given[0].driver_memory_bytes,
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
