"""The state of one application as rows of the lake."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import PurePath
from typing import TypeVar

import pyarrow as pa

from data_contracts.properties import provenance
from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Executor, Run, SqlExecution, Stage
from sparkwright.history.application.completeness import log_state
from sparkwright.history.application.run_columns import (
    evidence_tier,
    given_columns,
    main_profile,
    needed_columns,
    of_main_profile,
    used_profiles,
    workers_of,
)
from sparkwright.history.application.shape import shape_of
from sparkwright.history.application.sql import SqlExecutionState
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.application.totals import STAGE_TOTALS, ExecutorState, StageState, peaks_of
from sparkwright.history.application.verdict import application_status, memory_verdict
from sparkwright.history.context.enrich import Enrichment
from sparkwright.history.harvest.checked_rows import Column, Rejected, checked, checked_batch
from sparkwright.history.reading import Reading
from sparkwright.history.sources.log_files import LogSource
from sparkwright.redaction import Redact
from sparkwright.spark.allocation import effective_allocation, says_heap
from sparkwright.spark.platform import platform_of_application
from sparkwright.spark.workload import workload_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_000  # year 9999
_ORIGINS = {"lab", "simulated"}
_ENFORCING = {"yarn", "kubernetes"}
_STAGE_COLUMNS = (
    "longest_task_ms",
    "longest_task_read_bytes",
    "longest_task_elsewhere_ms",
    "largest_task_read_bytes",
    "largest_task_ms",
    "task_duration_p25_ms",
    "task_duration_p50_ms",
    "task_duration_p75_ms",
)
_EXECUTOR_COLUMNS = (
    "resource_profile_id",
    "excluded",
    "exclusion_count",
    "task_count",
    "failed_task_count",
    "killed_task_count",
    "executor_run_time_ms",
    "jvm_gc_time_ms",
)
_SQL_COLUMNS = (
    "plan_fingerprint",
    "adaptive_update_count",
    "status",
    "duration_ms",
    "job_count",
    "failed_job_count",
)
BATCHED: tuple[type[Row], ...] = (Stage, Executor, SqlExecution)
"""The tables that may hold very many rows of one application."""

Columns = Mapping[str, Column]
R = TypeVar("R", bound=Row)


@dataclass(slots=True)
class ApplicationRows:
    """Everything that one log yields, table by table.

    Attributes:
        batches: The rows of each of :data:`BATCHED`; empty if the log could not be read.
        run: None if the application does not count as a run, or if its row breaks the contract.
        rejected: Rows that break their contract; they go to quarantine, the others into the lake.
    """

    application: Application | None = None
    batches: dict[type[Row], pa.RecordBatch] = field(default_factory=dict)
    run: Run | None = None
    evidence: list[Evidence] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def stages(self) -> list[Stage]:
        """The rows of stages, one by one."""
        return self._rows_of(Stage)

    @property
    def executors(self) -> list[Executor]:
        """The rows of executors, one by one."""
        return self._rows_of(Executor)

    @property
    def sql_executions(self) -> list[SqlExecution]:
        """The rows of SQL executions, one by one."""
        return self._rows_of(SqlExecution)

    def _rows_of(self, row_type: type[R]) -> list[R]:
        batch = self.batches.get(row_type)
        return [row_type.model_validate(values) for values in batch.to_pylist()] if batch is not None else []


def rows_of_application(
    reading: Reading, source: LogSource, around: Enrichment, harvested_at: datetime
) -> ApplicationRows:
    """The rows of the application that ``reading`` found in ``source``."""
    app = reading.application
    start = app.start
    if start is None:
        raise ValueError("expected a reading with an application's start; read_event_log refuses others")
    rows = ApplicationRows()
    platform = platform_of_application(app.properties, app.app_id)
    workers = workers_of(app, platform)
    profiles = used_profiles(app, workers)
    in_force = app.properties | main_profile(profiles, workers)
    given = effective_allocation(in_force, platform)
    findings = around.findings
    exit_code = findings.exit_code if findings.exit_code is not None else (app.logged_exit_code or None)
    over = exit_code is not None or findings.final_status is not None
    ended_ms = app.ended_ms if app.ended_ms is not None else app.last_ms if over else None
    status = application_status(
        final_status=findings.final_status,
        exit_code=exit_code,
        ended=app.ended_ms is not None,
        last_failed=app.last_failed,
    )
    state = log_state(app, compacted=source.compacted, faulty=reading.fault_count > 0)
    measured = of_main_profile(workers)
    tier = evidence_tier(measured)
    hidden, shown = app.secrets.text, app.secrets.properties(app.properties)
    queue = shown.get("spark.yarn.queue") or shown.get("spark.kubernetes.namespace") or ""
    app_name, user_name = hidden(start.app_name or ""), hidden(start.user or "")
    identity: dict[str, object] = {
        "app_id": hidden(app.app_id or PurePath(source.path).name),
        "attempt_id": hidden(start.attempt or "1"),
    }
    shared: dict[str, object] = identity | {
        "workload_id": hidden(workload_id(app_name, user_name, queue, shown)),
        "origin": app.properties.get(provenance.ORIGIN, "") if _has_origin(app) else "cluster",
        "platform": platform,
        "started_at": moment(start.time_ms),
        "ended_at": moment(ended_ms),
        "status": status,
        "log_state": state,
        "evidence_tier": tier,
        "decision_id": shown.get(provenance.DECISION_ID) or None,
    }
    shape = shape_of(app)
    rows.application = checked(
        Application,
        shared
        | {
            "app_name": app_name,
            "user_name": user_name,
            "queue": queue,
            "shape": shape,
            "spark_version": hidden(app.spark_version),
            "exit_code": exit_code,
            "final_status": findings.final_status,
            "diagnostics": _reason(findings.diagnostics, hidden),
            "allocated_memory_mib_s": findings.allocated_memory_mib_s,
            "allocated_vcore_s": findings.allocated_vcore_s,
            "surroundings_json": json.dumps(sorted(around.found)),
            "event_count": app.event_count,
            "properties_json": json.dumps(shown),
            "resource_profiles_json": json.dumps(profiles),
            "source_path": source.path,
            "harvested_at": harvested_at,
        },
        rows.rejected,
    )
    announced = [execution for execution in app.sql_executions.values() if execution.started_ms is not None]
    tables: dict[type[Row], Columns] = {
        Stage: _stages(list(app.stages.values()), hidden),
        Executor: _executors(list(app.executors.values()), hidden),
        SqlExecution: _sql_executions(announced, hidden),
    }
    for row_type, columns in tables.items():
        row_count = len(next(iter(columns.values())))
        named = {name: [value] * row_count for name, value in identity.items()}
        rows.batches[row_type] = checked_batch(row_type, {**named, **columns}, rows.rejected)
    if rows.application is not None:
        rows.evidence = app.facts.rows(rows.application.app_id, rows.application.attempt_id)
    # Without name and user, the run cannot be attributed to a workload.
    if shape == "batch" and not app.is_named_after_file:
        last_ms = ended_ms if ended_ms is not None else app.last_ms
        values = shared | given_columns(given, app, workers) | needed_columns(app, workers)
        values["duration_ms"] = max(0, last_ms - start.time_ms)
        verdict = memory_verdict(
            app.signs,
            status=status,
            log_state=state,
            peak_rss_bytes=peaks_of(measured)["peak_process_rss_bytes"],
            limit_bytes=given.container_bytes if platform in _ENFORCING else None,
        )
        # If the heap's size is unknown, neither a death nor a success teaches anything.
        values["memory_verdict"] = verdict if says_heap(in_force, platform) else "unknown"
        rows.run = checked(Run, values, rows.rejected)
    return rows


def moment(time_ms: int | None) -> datetime | None:
    """Spark's milliseconds since 1970 as a moment in UTC; None if Spark wrote none, or none that can be."""
    if time_ms is None or not 0 < time_ms < _LATEST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=time_ms)


def _moments(times_ms: Iterable[int | None]) -> pa.Array:
    """The :func:`moment` of each, without Python objects: making two for each row took a third of the row's time."""
    known = [time_ms if time_ms is not None and 0 < time_ms < _LATEST_MS else None for time_ms in times_ms]
    return pa.array(known, pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC"))


def _has_origin(app: ApplicationState) -> bool:
    return app.properties.get(provenance.ORIGIN) in _ORIGINS


def _stages(stages: list[StageState], hidden: Redact) -> Columns:
    return {
        **_columns(stages, STAGE_TOTALS),
        "stage_id": [stage.stage_id for stage in stages],
        "stage_attempt_id": [stage.stage_attempt_id for stage in stages],
        "stage_name": _texts([stage.name for stage in stages], hidden),
        "sql_execution_id": [stage.sql_execution_id for stage in stages],
        "status": [_stage_status(stage) for stage in stages],
        "started_at": _moments(stage.submitted_ms for stage in stages),
        "ended_at": _moments(stage.completed_ms for stage in stages),
        "excluded_executor_count": [len(stage.excluded_executors) for stage in stages],
        "peak_execution_memory_bytes": [stage.peak_execution_memory_bytes for stage in stages],
        "peak_jvm_heap_bytes": [stage.peak_jvm_heap_bytes or None for stage in stages],
        "max_task_duration_ms": [stage.max_task_duration_ms for stage in stages],
        "task_skew_ratio": [stage.skew_ratio for stage in stages],
        "longest_task_executor_id": [hidden(stage.longest_task_executor_id) or None for stage in stages],
        **_columns(stages, _STAGE_COLUMNS),
        "failure_reason": [_reason(stage.failure, hidden) for stage in stages],
    }


def _stage_status(stage: StageState) -> str:
    if stage.failure is not None:
        return "failed"
    return "complete" if stage.completed_ms is not None else "unfinished"


def _executors(executors: list[ExecutorState], hidden: Redact) -> Columns:
    peaks = [peaks_of([executor]) for executor in executors]
    return {
        **{name: [of_one[name] for of_one in peaks] for name in peaks_of([])},
        "executor_id": [hidden(executor.executor_id) for executor in executors],
        "host": [hidden(executor.host) for executor in executors],
        "executor_cores_count": [executor.cores or None for executor in executors],
        "started_at": _moments(executor.added_ms for executor in executors),
        "ended_at": _moments(executor.removed_ms for executor in executors),
        "removed_reason": [_reason(executor.removed_reason, hidden) for executor in executors],
        **_columns(executors, _EXECUTOR_COLUMNS),
    }


def _sql_executions(executions: list[SqlExecutionState], hidden: Redact) -> Columns:
    return {
        "sql_execution_id": [execution.execution_id for execution in executions],
        "root_execution_id": [execution.root_id for execution in executions],
        "description": _texts([execution.description for execution in executions], hidden),
        "started_at": _moments(execution.started_ms for execution in executions),
        "ended_at": _moments(execution.ended_ms for execution in executions),
        "failure_reason": [_reason(execution.error, hidden) for execution in executions],
        **_columns(executions, _SQL_COLUMNS),
    }


def _columns(states: Sequence[object], names: tuple[str, ...]) -> Columns:
    """The columns that are attributes of the states under the same names."""
    return {name: list(map(attrgetter(name), states)) for name in names}


def _texts(texts: Sequence[str], hidden: Redact) -> list[str]:
    """The texts without secrets; each distinct text is redacted once."""
    shown = {text: hidden(text, 1000) for text in set(texts)}
    return [shown[text] for text in texts]


def _reason(text: str | None, hidden: Redact) -> str | None:
    return hidden(text, 4000) if text else None
