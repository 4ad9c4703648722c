"""The state of one application as rows of the lake."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import TypeVar

from pydantic import ValidationError

from data_contracts.tables import Application, Evidence, Executor, Row, Run, Stage
from sparkwright.features.allocation import EffectiveAllocation, effective_allocation, platform_of
from sparkwright.features.workload import workload_id
from sparkwright.history.application import ApplicationState, ExecutorState, StageState
from sparkwright.history.event_log import Reading
from sparkwright.history.log_files import LogSource
from sparkwright.history.shape import shape_of
from sparkwright.history.surroundings.take_in import TakenIn
from sparkwright.history.verdict import application_status, memory_verdict
from sparkwright.redaction import redact_properties, redact_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_000  # year 9999
_ORIGINS = {"lab", "simulated"}
_ENFORCING = {"yarn", "kubernetes"}
_SUMMED = (
    "executor_run_time_ms",
    "executor_cpu_time_ns",
    "jvm_gc_time_ms",
    "input_bytes",
    "output_bytes",
    "shuffle_read_bytes",
    "shuffle_write_bytes",
    "memory_spilled_bytes",
    "disk_spilled_bytes",
    "result_bytes",
)
_COUNTED = ("task_count", "failed_task_count")

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that breaks its contract."""

    reason: str
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
    run: Run | None = None
    evidence: list[Evidence] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def checked(self, row_type: type[R], values: dict[str, object]) -> R | None:
        """The row, or None where it breaks a bound or a rule of its contract and was rejected."""
        try:
            row = row_type.model_validate(values)
        except ValidationError as error:
            fault = error.errors()[0]
            broken = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}, got {fault['input']!r:.100}"
        else:
            broken = next((f"{rule.name}: {rule.because}" for rule in row.rules if rule.broken_by(values)), "")
            if not broken:
                return row
        text = json.dumps(values, default=str)
        self.rejected.append(Rejected(f"expected a row of {row_type.table} that keeps its contract; {broken}", text))
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
    given = effective_allocation(app.properties, platform)
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
    state = _log_state(reading, source)
    workers = _workers(app, platform)
    tier = _evidence_tier(app.executors.values())
    queue = app.properties.get("spark.yarn.queue") or app.properties.get("spark.kubernetes.namespace") or ""
    app_name, user_name = redact_text(start.app_name or ""), redact_text(start.user or "")
    identity: dict[str, object] = {
        "app_id": redact_text(start.app_id or PurePath(source.path).name),
        "attempt_id": start.attempt or "1",
    }
    shared: dict[str, object] = identity | {
        "workload_id": workload_id(app_name, user_name, queue, redact_properties(app.properties)),
        "origin": app.properties.get("spark.sparkwright.origin", "") if _has_origin(app) else "cluster",
        "platform": platform,
        "started_at": moment(start.time_ms),
        "ended_at": moment(ended_ms),
        "status": status,
        "log_state": state,
        "evidence_tier": tier,
        "decision_id": app.properties.get("spark.sparkwright.decisionId") or None,
    }
    shape = shape_of(app)
    rows.application = rows.checked(
        Application,
        shared
        | {
            "app_name": app_name,
            "user_name": user_name,
            "queue": redact_text(queue),
            "shape": shape,
            "spark_version": app.spark_version,
            "exit_code": exit_code,
            "final_status": findings.final_status,
            "diagnostics": _reason(findings.diagnostics),
            "allocated_memory_mib_s": findings.allocated_memory_mib_s,
            "allocated_vcore_s": findings.allocated_vcore_s,
            "surroundings_json": json.dumps(sorted(around.found)),
            "event_count": app.event_count,
            "properties_json": json.dumps(redact_properties(app.properties)),
            "source_path": source.path,
            "harvested_at": harvested_at,
        },
    )
    stages = (rows.checked(Stage, identity | _stage(stage)) for stage in app.stages.values())
    rows.stages = [row for row in stages if row is not None]
    executors = (rows.checked(Executor, identity | _executor(executor)) for executor in app.executors.values())
    rows.executors = [row for row in executors if row is not None]
    if rows.application is not None:
        rows.evidence = app.facts.rows(rows.application.app_id, rows.application.attempt_id)
    if shape == "batch":
        last_ms = ended_ms if ended_ms is not None else app.last_ms
        values = shared | _given(given, app, workers) | _needed(app, workers)
        values["duration_ms"] = max(0, last_ms - start.time_ms)
        values["memory_verdict"] = memory_verdict(
            app.signs,
            status=status,
            log_state=state,
            peak_rss_bytes=_peak(workers, "rss_bytes"),
            limit_bytes=_limit_bytes(given) if platform in _ENFORCING else None,
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


def _log_state(reading: Reading, source: LogSource) -> str:
    app = reading.application
    if source.compacted:
        return "compacted"
    if app.ended_ms is None:
        return "unfinished"
    if app.lost_events or reading.fault_count or any(map(_lost_tasks, _single_attempts(app))):
        return "events_dropped"
    return "complete"


def _single_attempts(app: ApplicationState) -> list[StageState]:
    """Stages with one attempt: a later attempt runs only what is missing, so its counts do not add up alone."""
    attempts: dict[int, list[StageState]] = {}
    for stage in app.stages.values():
        attempts.setdefault(stage.stage_id, []).append(stage)
    return [found[0] for found in attempts.values() if len(found) == 1]


def _lost_tasks(stage: StageState) -> bool:
    """Whether fewer tasks ended well than a stage that completed well must have had."""
    completed_well = stage.completed_ms is not None and stage.failure is None
    succeeded = stage.task_count - stage.failed_task_count - stage.killed_task_count
    return completed_well and succeeded < stage.expected_task_count


def _evidence_tier(executors: Iterable[ExecutorState]) -> str:
    known = [executor for executor in executors if executor.heap_bytes]
    if any(executor.rss_bytes for executor in known):
        return "process_tree"
    return "heap_peaks" if known else "tasks"


def _workers(app: ApplicationState, platform: str) -> list[ExecutorState]:
    """The executors that run tasks: in local mode the driver does."""
    return [executor for name, executor in app.executors.items() if platform == "local" or name not in _DRIVER_IDS]


_DRIVER_IDS = {"driver", "<driver>"}  # the second until Spark 1.3


def _peak(executors: list[ExecutorState], name: str) -> int | None:
    return max((getattr(executor, name) for executor in executors), default=0) or None


def _limit_bytes(given: EffectiveAllocation) -> int:
    return (
        given.executor_memory_bytes
        + given.executor_memory_overhead_bytes
        + given.executor_offheap_bytes
        + given.executor_pyspark_bytes
    )


def _stage(stage: StageState) -> dict[str, object]:
    failed = stage.failure is not None
    return {name: getattr(stage, name) for name in (*_SUMMED, *_COUNTED)} | {
        "stage_id": stage.stage_id,
        "stage_attempt_id": stage.stage_attempt_id,
        "stage_name": redact_text(stage.name[:1000]),
        "status": "failed" if failed else "complete" if stage.completed_ms is not None else "unfinished",
        "started_at": moment(stage.submitted_ms),
        "ended_at": moment(stage.completed_ms),
        "peak_execution_memory_bytes": stage.peak_execution_memory_bytes,
        "peak_jvm_heap_bytes": stage.peak_jvm_heap_bytes or None,
        "max_task_duration_ms": stage.max_task_duration_ms,
        "task_skew_ratio": stage.skew_ratio,
        "failure_reason": _reason(stage.failure),
    }


def _executor(executor: ExecutorState) -> dict[str, object]:
    return {
        "executor_id": executor.executor_id,
        "host": executor.host,
        "executor_cores_count": executor.cores or None,
        "started_at": moment(executor.added_ms),
        "ended_at": moment(executor.removed_ms),
        "removed_reason": _reason(executor.removed_reason),
        "task_count": executor.task_count,
        "failed_task_count": executor.failed_task_count,
        "executor_run_time_ms": executor.executor_run_time_ms,
        "jvm_gc_time_ms": executor.jvm_gc_time_ms,
        "peak_jvm_heap_bytes": executor.heap_bytes or None,
        "peak_jvm_offheap_bytes": executor.offheap_bytes or None,
        "peak_process_rss_bytes": executor.rss_bytes or None,
        "peak_python_rss_bytes": executor.python_rss_bytes if executor.rss_bytes else None,
    }


def _reason(text: str | None) -> str | None:
    # Redaction may lengthen a text a little, so it is cut before and after.
    return redact_text(text[:8000])[:4000] if text else None


def _given(given: EffectiveAllocation, app: ApplicationState, workers: list[ExecutorState]) -> dict[str, object]:
    """What the run really had: executors as they came, else what the properties ask for."""
    cores = max((executor.cores or 0 for executor in workers), default=0)
    return {
        "executor_memory_bytes": given.executor_memory_bytes,
        "executor_memory_overhead_bytes": given.executor_memory_overhead_bytes,
        "executor_offheap_bytes": given.executor_offheap_bytes,
        "executor_pyspark_bytes": given.executor_pyspark_bytes,
        "executor_cores_count": cores or given.executor_cores_count or 1,
        "executor_count": app.most_executors or len(workers),
        "task_cpus_count": given.task_cpus_count,
        "driver_memory_bytes": given.driver_memory_bytes,
        "shuffle_partitions_count": given.shuffle_partitions_count,
        "dynamic_allocation": given.dynamic_allocation,
    }


def _needed(app: ApplicationState, workers: list[ExecutorState]) -> dict[str, object]:
    stages = list(app.stages.values())
    longest = max(stages, key=lambda stage: stage.executor_run_time_ms, default=None)
    totals: dict[str, object] = {
        name: sum(getattr(stage, name) for stage in stages)
        for name in (*_SUMMED, *_COUNTED)
        if name in Run.model_fields
    }
    return totals | {
        "peak_execution_memory_bytes": max((stage.peak_execution_memory_bytes for stage in stages), default=0),
        "peak_jvm_heap_bytes": _peak(workers, "heap_bytes"),
        "peak_jvm_offheap_bytes": _peak(workers, "offheap_bytes"),
        "peak_process_rss_bytes": _peak(workers, "rss_bytes"),
        "peak_python_rss_bytes": _peak(workers, "python_rss_bytes"),
        "task_skew_ratio": longest.skew_ratio if longest else None,
    }
