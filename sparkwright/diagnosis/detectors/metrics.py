"""What detectors look at: the harvested rows of one application, without pydantic's weight.

A lake holds tens of thousands of stages: each table is read once, as columns, and dealt to its applications once.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import pyarrow as pa

from data_contracts.arrow import schema
from data_contracts.row import Row
from data_contracts.tables import Application, Executor, SqlExecution, Stage
from sparkwright.lake import Lake
from sparkwright.lake.conditions import Filters

Key = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StageMetrics:
    """One attempt of one stage; times in ms since 1970, names as in :class:`data_contracts.tables.Stage`."""

    stage_id: int
    stage_attempt_id: int
    stage_name: str
    sql_execution_id: int | None
    status: str
    started_at: int | None
    ended_at: int | None
    task_count: int
    failed_task_count: int
    killed_task_count: int
    speculative_task_count: int
    speculation_wasted_ms: int
    executor_run_time_ms: int
    executor_cpu_time_ns: int
    jvm_gc_time_ms: int
    input_bytes: int
    shuffle_read_bytes: int
    shuffle_write_bytes: int
    memory_spilled_bytes: int
    disk_spilled_bytes: int
    max_task_duration_ms: int
    task_time_ms: int | None
    failed_task_time_ms: int | None
    longest_task_ms: int | None
    longest_task_read_bytes: int | None
    longest_task_executor_id: str | None
    longest_task_elsewhere_ms: int | None
    largest_task_read_bytes: int | None
    largest_task_ms: int | None
    task_duration_p25_ms: int | None
    task_duration_p50_ms: int | None
    task_duration_p75_ms: int | None

    @property
    def read_bytes(self) -> int:
        """From sources and shuffles."""
        return self.input_bytes + self.shuffle_read_bytes

    @property
    def succeeded_task_count(self) -> int:
        """Tasks that ended well."""
        return self.task_count - self.failed_task_count - self.killed_task_count

    @property
    def occupied_ms(self) -> int:
        """Core-time that its tasks took, from launch to end where the lake has that."""
        return self.task_time_ms if self.task_time_ms is not None else self.executor_run_time_ms

    @property
    def mean_other_bytes(self) -> float:
        """What tasks read on average, the one that read most left out."""
        return (self.read_bytes - (self.largest_task_read_bytes or 0)) / max(1, self.succeeded_task_count - 1)


@dataclass(frozen=True, slots=True)
class ExecutorMetrics:
    """One executor, the driver among them; names as in :class:`data_contracts.tables.Executor`."""

    executor_id: str
    host: str
    executor_cores_count: int | None
    started_at: int | None
    ended_at: int | None
    task_count: int
    executor_run_time_ms: int


@dataclass(frozen=True, slots=True)
class SqlMetrics:
    """One SQL execution; names as in :class:`data_contracts.tables.SqlExecution`."""

    sql_execution_id: int
    root_execution_id: int
    description: str
    plan_fingerprint: str | None
    started_at: int | None
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class ApplicationMetrics:
    """One application with what belongs to it.

    Attributes:
        started_at: ms since 1970.
        ended_at: ms since 1970; None where the log does not tell.
        shape: ``batch`` or ``endless_or_shared``.
        properties: Effective ``spark.*`` properties.
    """

    app_id: str
    attempt_id: str
    app_name: str
    platform: str
    shape: str
    started_at: int
    ended_at: int | None
    status: str
    properties: dict[str, str]
    stages: list[StageMetrics]
    executors: list[ExecutorMetrics]
    sql_executions: list[SqlMetrics]

    @property
    def key(self) -> Key:
        """``(app_id, attempt_id)``."""
        return self.app_id, self.attempt_id


_APPLICATION = (
    "app_id",
    "attempt_id",
    "app_name",
    "platform",
    "shape",
    "started_at",
    "ended_at",
    "status",
    "properties_json",
)


def read_metrics(lake: Lake, filters: Filters | None = None) -> list[ApplicationMetrics]:
    """The applications of a lake as detectors want them, in order of their start.

    Args:
        lake: Where they are.
        filters: Conditions on ``app_id`` and ``attempt_id`` only; default all applications.

    Raises:
        LakeError: A table is broken, or there are no applications.
    """
    applications = lake.read(Application, columns=_APPLICATION, filters=filters)
    parts = [
        _read(lake, row_type, metrics, filters)
        for row_type, metrics in ((Stage, StageMetrics), (Executor, ExecutorMetrics), (SqlExecution, SqlMetrics))
    ]
    return group_metrics(applications, *parts)


def metrics_of(application: Application, batches: Mapping[type[Row], pa.RecordBatch]) -> ApplicationMetrics:
    """The same from the rows of one application that a log just gave, before any lake has them."""
    tables = [pa.Table.from_batches([batches[row_type]]) for row_type in (Stage, Executor, SqlExecution)]
    row = pa.Table.from_pylist([vars(application)], schema=schema(Application))
    return group_metrics(row, *tables)[0]


def group_metrics(
    applications: pa.Table, stages: pa.Table, executors: pa.Table, sql_executions: pa.Table
) -> list[ApplicationMetrics]:
    """The same from tables that were read already, each with at least the columns that are used here."""
    stages_of = _dealt(stages, StageMetrics)
    executors_of = _dealt(executors, ExecutorMetrics)
    sql_of = _dealt(sql_executions, SqlMetrics)
    found = []
    for app_id, attempt_id, name, platform, shape, started, ended, status, properties in _rows(
        applications, _APPLICATION
    ):
        key = (app_id, attempt_id)
        parts = stages_of.get(key, []), executors_of.get(key, []), sql_of.get(key, [])
        found.append(
            ApplicationMetrics(
                app_id, attempt_id, name, platform, shape, started, ended, status, json.loads(properties), *parts
            )
        )
    return sorted(found, key=lambda one: (one.started_at, one.key))


def _read(lake: Lake, row_type: type[Row], metrics: type, filters: Filters | None) -> pa.Table:
    names = ["app_id", "attempt_id", *(field.name for field in fields(metrics))]
    if not lake.exists(row_type):
        return pa.table({name: [] for name in names})
    return lake.read(row_type, columns=names, filters=filters)


def _dealt(table: pa.Table, metrics: type[T]) -> dict[Key, list[T]]:
    """The rows of each application, the table gone through once."""
    names = [field.name for field in fields(metrics)]  # type: ignore[arg-type]
    dealt: dict[Key, list[T]] = defaultdict(list)
    for app_id, attempt_id, *values in _rows(table, ["app_id", "attempt_id", *names]):
        dealt[app_id, attempt_id].append(metrics(*values))
    return dealt


def _rows(table: pa.Table, names: Sequence[str]) -> Any:
    return zip(*(_values(table[name]) for name in names), strict=True)


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(column.type):  # as numbers: a datetime for each takes longer than all that follows
        column = column.cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64())
    values: list[Any] = column.to_pylist()
    return values
