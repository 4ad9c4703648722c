"""The state of one application as rows of the lake."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import TypeVar

from pydantic import ValidationError

from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Executor, Run, SqlExecution, Stage
from sparkwright.features.allocation import effective_allocation, platform_of
from sparkwright.features.workload import workload_id
from sparkwright.history.application import ApplicationState
from sparkwright.history.completeness import log_state
from sparkwright.history.event_log import Reading
from sparkwright.history.log_files import LogSource
from sparkwright.history.run_columns import (
    evidence_tier,
    given_columns,
    limit_bytes,
    main_profile,
    needed_columns,
    of_main_profile,
    used_profiles,
    workers_of,
)
from sparkwright.history.shape import shape_of
from sparkwright.history.sql import SqlExecutionState
from sparkwright.history.surroundings.take_in import TakenIn
from sparkwright.history.totals import STAGE_TOTALS, ExecutorState, StageState, peaks_of
from sparkwright.history.verdict import application_status, memory_verdict
from sparkwright.redaction import Redact, redact_properties

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_000  # year 9999
_MAX_INTEGER = 2**63 - 1  # of every table's integers
_ORIGINS = {"lab", "simulated"}
_ENFORCING = {"yarn", "kubernetes"}
R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that breaks its contract."""

    reason: str
    table_name: str
    row_json: str


@dataclass(slots=True)
class ApplicationRows:
    """Everything one log says, table by table.

    Attributes:
        run: None where the application is no run, or where its row breaks the contract.
        rejected: Rows that break their contract; they go to quarantine, the others land.
    """

    application: Application | None = None
    stages: list[Stage] = field(default_factory=list)
    executors: list[Executor] = field(default_factory=list)
    sql_executions: list[SqlExecution] = field(default_factory=list)
    run: Run | None = None
    evidence: list[Evidence] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def checked(self, row_type: type[R], values: dict[str, object]) -> R | None:
        """The row, or None where it breaks a bound or a rule of its contract and was rejected."""
        try:
            row = row_type.model_validate(values)
        except ValidationError as error:
            fault = error.errors()[0]
            name = ".".join(map(str, fault["loc"]))
            broken = f"{name} is valid: {fault['msg']}, got {fault['input']!r:.100}"
        else:
            broken = next((f"{rule.name}: {rule.because}" for rule in row.rules if rule.broken_by(values)), "")
            huge = (name for name, value in values.items() if isinstance(value, int) and value > _MAX_INTEGER)
            broken = next((f"{name} is a number of at most 64 bits" for name in huge), broken)
            if not broken:
                return row
        text = json.dumps(values, default=str)
        self.rejected.append(Rejected(f"expected a row of {row_type.table} where {broken}", row_type.table, text))
        return None


def rows_of_application(
    reading: Reading, source: LogSource, around: TakenIn, harvested_at: datetime
) -> ApplicationRows:
    """The rows of the application that ``reading`` found in ``source``."""
    app = reading.application
    start = app.start
    if start is None:
        raise ValueError("expected a reading with an application's start; read_event_log refuses others")
    rows = ApplicationRows()
    platform = platform_of(app.properties.get("spark.master"))
    workers = workers_of(app, platform)
    profiles = used_profiles(app, workers)
    given = effective_allocation(app.properties | main_profile(profiles, workers), platform)
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
    hidden = app.secrets.text
    queue = hidden(app.properties.get("spark.yarn.queue") or app.properties.get("spark.kubernetes.namespace") or "")
    app_name, user_name = hidden(start.app_name or ""), hidden(start.user or "")
    identity: dict[str, object] = {
        "app_id": hidden(start.app_id or PurePath(source.path).name),
        "attempt_id": hidden(start.attempt or "1"),
    }
    shared: dict[str, object] = identity | {
        "workload_id": hidden(workload_id(app_name, user_name, queue, redact_properties(app.properties))),
        "origin": app.properties.get("spark.sparkwright.origin", "") if _has_origin(app) else "cluster",
        "platform": platform,
        "started_at": moment(start.time_ms),
        "ended_at": moment(ended_ms),
        "status": status,
        "log_state": state,
        "evidence_tier": tier,
        "decision_id": hidden(app.properties.get("spark.sparkwright.decisionId") or "") or None,
    }
    shape = shape_of(app)
    rows.application = rows.checked(
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
            "properties_json": json.dumps(app.secrets.properties(app.properties)),
            "resource_profiles_json": json.dumps(profiles),
            "source_path": source.path,
            "harvested_at": harvested_at,
        },
    )
    stages = (rows.checked(Stage, identity | _stage(stage, hidden)) for stage in app.stages.values())
    rows.stages = [row for row in stages if row is not None]
    executors = (rows.checked(Executor, identity | _executor(executor, hidden)) for executor in app.executors.values())
    rows.executors = [row for row in executors if row is not None]
    announced = (execution for execution in app.sql_executions.values() if execution.started_ms is not None)
    executions = (rows.checked(SqlExecution, identity | _sql(execution, hidden)) for execution in announced)
    rows.sql_executions = [row for row in executions if row is not None]
    if rows.application is not None:
        rows.evidence = app.facts.rows(rows.application.app_id, rows.application.attempt_id)
    if shape == "batch":
        last_ms = ended_ms if ended_ms is not None else app.last_ms
        values = shared | given_columns(given, app, workers) | needed_columns(app, workers)
        values["duration_ms"] = max(0, last_ms - start.time_ms)
        values["memory_verdict"] = memory_verdict(
            app.signs,
            status=status,
            log_state=state,
            peak_rss_bytes=peaks_of(measured)["peak_process_rss_bytes"],
            limit_bytes=limit_bytes(given) if platform in _ENFORCING else None,
        )
        rows.run = rows.checked(Run, values)
    return rows


def moment(time_ms: int | None) -> datetime | None:
    """Spark's milliseconds since 1970 as a moment in UTC; None where Spark wrote none."""
    if time_ms is None or not 0 < time_ms < _LATEST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=time_ms)


def _has_origin(app: ApplicationState) -> bool:
    return app.properties.get("spark.sparkwright.origin") in _ORIGINS


def _stage(stage: StageState, hidden: Redact) -> dict[str, object]:
    failed = stage.failure is not None
    return {name: getattr(stage, name) for name in STAGE_TOTALS} | {
        "stage_id": stage.stage_id,
        "stage_attempt_id": stage.stage_attempt_id,
        "stage_name": hidden(stage.name, 1000),
        "sql_execution_id": stage.sql_execution_id,
        "status": "failed" if failed else "complete" if stage.completed_ms is not None else "unfinished",
        "started_at": moment(stage.submitted_ms),
        "ended_at": moment(stage.completed_ms),
        "excluded_executor_count": len(stage.excluded_executors),
        "peak_execution_memory_bytes": stage.peak_execution_memory_bytes,
        "peak_jvm_heap_bytes": stage.peak_jvm_heap_bytes or None,
        "max_task_duration_ms": stage.max_task_duration_ms,
        "task_skew_ratio": stage.skew_ratio,
        "failure_reason": _reason(stage.failure, hidden),
    }


def _executor(executor: ExecutorState, hidden: Redact) -> dict[str, object]:
    return peaks_of([executor]) | {
        "executor_id": hidden(executor.executor_id),
        "host": hidden(executor.host),
        "executor_cores_count": executor.cores or None,
        "resource_profile_id": executor.resource_profile_id,
        "started_at": moment(executor.added_ms),
        "ended_at": moment(executor.removed_ms),
        "removed_reason": _reason(executor.removed_reason, hidden),
        "excluded": executor.excluded,
        "exclusion_count": executor.exclusion_count,
        "task_count": executor.task_count,
        "failed_task_count": executor.failed_task_count,
        "killed_task_count": executor.killed_task_count,
        "executor_run_time_ms": executor.executor_run_time_ms,
        "jvm_gc_time_ms": executor.jvm_gc_time_ms,
    }


def _sql(execution: SqlExecutionState, hidden: Redact) -> dict[str, object]:
    started_ms, ended_ms = execution.started_ms, execution.ended_ms
    return {
        "sql_execution_id": execution.execution_id,
        "root_execution_id": execution.root_id,
        "description": hidden(execution.description, 1000),
        "plan_fingerprint": execution.plan_fingerprint,
        "adaptive_update_count": execution.adaptive_update_count,
        "status": execution.status,
        "started_at": moment(started_ms),
        "ended_at": moment(ended_ms),
        "duration_ms": ended_ms - started_ms if ended_ms is not None and started_ms is not None else None,
        "job_count": execution.job_count,
        "failed_job_count": execution.failed_job_count,
        "failure_reason": _reason(execution.error, hidden),
    }


def _reason(text: str | None, hidden: Redact) -> str | None:
    return hidden(text, 4000) if text else None
