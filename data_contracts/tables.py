"""The tables of the lake: columns, primary key, and the role each column plays.

Each class is one row. ``Key`` columns are the primary key. ``runs`` is what the forecaster learns from;
its roles decide what a feature may be (see :mod:`data_contracts.column`).
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, ClassVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from data_contracts.column import Column, Key, KnownDynamic, Meta, PastDynamic, Role, Static, Target
from data_contracts.fields import allocation as a
from data_contracts.fields import batch as b
from data_contracts.fields import decision as d
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i
from data_contracts.fields import requirement as r
from data_contracts.fields import sql as s
from data_contracts.rules import AtMost, Needs, Rule, Where

_ENDS_LATER = AtMost(("started_at",), ("ended_at",), "nothing ends before it starts")
_ENDED = Needs("ended_at", Where("log_state", ("complete", "events_dropped")), "such a log holds the end")
_FAILED_ENDED = AtMost(("failed_task_count",), ("task_count",), "a task that failed has ended")
_KILLED_ENDED = AtMost(("killed_task_count",), ("task_count",), "a task that was killed has ended")
_COPIES_ENDED = AtMost(("speculative_task_count",), ("task_count",), "a copy that was counted has ended")
_FAILED_JOBS = AtMost(("failed_job_count",), ("job_count",), "a job that failed had started")
_LASTS_TO_END = (
    AtMost(("duration_ms",), ("ended_at - started_at",), "the duration reaches from start to end"),
    AtMost(("ended_at - started_at",), ("duration_ms",), "the duration reaches from start to end"),
)
_CPU_IN_RUN_TIME = AtMost(
    ("executor_cpu_time_ns",),
    ("executor_run_time_ms + task_count",),
    "a thread computes no longer than it runs, which each task tells in whole milliseconds",
    slack=1.05e6,  # from ms to ns, and 5 % for two clocks
)
# Collectors that work beside the tasks are counted like those that stop them.
_GC_SLACK, _GC_REASON = 2.0, "a task counts what the collectors of its JVM took while it ran"
_PYTHON_IN_PROCESSES = AtMost(
    ("peak_python_rss_bytes",), ("peak_process_rss_bytes",), "Python workers are part of the process tree"
)
_STORAGE_IN_UNIFIED = AtMost(
    ("peak_storage_memory_bytes",), ("peak_unified_memory_bytes",), "storage is a part of the unified memory"
)


class Row(BaseModel):
    """Base of all rows: frozen, no unknown columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    table: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]] = ()
    belongs_to: ClassVar["type[Row] | None"] = None
    """The table whose key this one's starts with, and which must have a row for each of this one's."""


class Application(Row):
    """One Spark application as Spark knows it, whatever its shape."""

    table: ClassVar[str] = "applications"
    rules: ClassVar[tuple[Rule, ...]] = (_ENDS_LATER, _ENDED)

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    workload_id: Static[i.WorkloadId]
    app_name: Static[i.AppName]
    user_name: Static[i.UserName]
    queue: Static[i.Queue]
    origin: Meta[i.Origin]
    platform: Static[i.Platform]
    shape: Meta[i.Shape]
    spark_version: Static[i.SparkVersion]
    started_at: Static[i.StartedAt]
    ended_at: Meta[i.EndedAt | None]
    status: Meta[e.Status]
    exit_code: Meta[e.ExitCode | None]
    final_status: Meta[e.FinalStatus | None]
    diagnostics: Meta[e.Diagnostics | None]
    allocated_memory_mib_s: Meta[e.AllocatedMemoryMibS | None]
    allocated_vcore_s: Meta[e.AllocatedVcoreS | None]
    surroundings_json: Meta[e.SurroundingsJson | None]
    log_state: Meta[e.LogState]
    event_count: Meta[e.EventCount]
    evidence_tier: Meta[r.EvidenceTier]
    decision_id: Static[i.DecisionId | None]
    properties_json: Static[e.PropertiesJson]
    resource_profiles_json: Meta[e.ResourceProfilesJson]
    source_path: Meta[i.SourcePath]
    harvested_at: Meta[i.HarvestedAt]


class Stage(Row):
    """One attempt of one stage."""

    table: ClassVar[str] = "stages"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (
        _ENDS_LATER,
        Needs("ended_at", Where("status", ("complete",)), "a stage that completed has ended"),
        _FAILED_ENDED,
        _KILLED_ENDED,
        _COPIES_ENDED,
        AtMost(
            ("executor_run_time_ms",),
            ("task_count", "max_task_duration_ms"),
            "no task runs longer than from its launch to its end",
            slack=1.05,
        ),
        _CPU_IN_RUN_TIME,
        AtMost(("jvm_gc_time_ms",), ("task_count", "max_task_duration_ms"), _GC_REASON, _GC_SLACK),
    )

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    stage_id: Key[e.StageId]
    stage_attempt_id: Key[e.StageAttemptId]
    stage_name: Meta[e.StageName]
    sql_execution_id: Meta[s.SqlExecutionId | None]
    status: Meta[e.StageStatus]
    started_at: Meta[i.StartedAt | None]
    ended_at: Meta[i.EndedAt | None]
    task_count: Meta[e.TaskCount]
    failed_task_count: Meta[e.FailedTaskCount]
    killed_task_count: Meta[e.KilledTaskCount]
    speculative_task_count: Meta[e.SpeculativeTaskCount]
    speculation_wasted_ms: Meta[e.SpeculationWastedMs]
    excluded_executor_count: Meta[e.ExcludedExecutorCount]
    executor_run_time_ms: Meta[r.ExecutorRunTimeMs]
    executor_cpu_time_ns: Meta[r.ExecutorCpuTimeNs]
    jvm_gc_time_ms: Meta[r.JvmGcTimeMs]
    shuffle_fetch_wait_ms: Meta[r.ShuffleFetchWaitMs]
    input_bytes: Meta[r.InputBytes]
    input_record_count: Meta[r.InputRecordCount]
    output_bytes: Meta[r.OutputBytes]
    shuffle_read_bytes: Meta[r.ShuffleReadBytes]
    shuffle_write_bytes: Meta[r.ShuffleWriteBytes]
    memory_spilled_bytes: Meta[r.MemorySpilledBytes]
    disk_spilled_bytes: Meta[r.DiskSpilledBytes]
    result_bytes: Meta[r.ResultBytes]
    peak_execution_memory_bytes: Meta[r.PeakExecutionMemoryBytes]
    peak_jvm_heap_bytes: Meta[r.PeakJvmHeapBytes | None]
    max_task_duration_ms: Meta[r.MaxTaskDurationMs]
    task_skew_ratio: Meta[r.TaskSkewRatio | None]
    failure_reason: Meta[e.FailureReason | None]


class Executor(Row):
    """One executor of one application; the driver too, as Spark names it."""

    table: ClassVar[str] = "executors"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (
        _ENDS_LATER,
        _FAILED_ENDED,
        _KILLED_ENDED,
        AtMost(
            ("executor_run_time_ms",),
            ("executor_cores_count", "ended_at - started_at"),
            "tasks cannot occupy more core-time than the executor had",
            slack=1.1,
        ),
        AtMost(("jvm_gc_time_ms",), ("executor_cores_count", "ended_at - started_at"), _GC_REASON, _GC_SLACK),
        _PYTHON_IN_PROCESSES,
        _STORAGE_IN_UNIFIED,
    )

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    executor_id: Key[e.ExecutorId]
    host: Meta[e.Host]
    executor_cores_count: Meta[a.ExecutorCoresCount | None]
    resource_profile_id: Meta[e.ResourceProfileId]
    started_at: Meta[i.StartedAt | None]
    ended_at: Meta[i.EndedAt | None]
    removed_reason: Meta[e.RemovedReason | None]
    excluded: Meta[e.Excluded]
    exclusion_count: Meta[e.ExclusionCount]
    task_count: Meta[e.TaskCount]
    failed_task_count: Meta[e.FailedTaskCount]
    killed_task_count: Meta[e.KilledTaskCount]
    executor_run_time_ms: Meta[r.ExecutorRunTimeMs]
    jvm_gc_time_ms: Meta[r.JvmGcTimeMs]
    peak_jvm_heap_bytes: Meta[r.PeakJvmHeapBytes | None]
    peak_jvm_offheap_bytes: Meta[r.PeakJvmOffheapBytes | None]
    peak_unified_memory_bytes: Meta[r.PeakUnifiedMemoryBytes | None]
    peak_storage_memory_bytes: Meta[r.PeakStorageMemoryBytes | None]
    peak_direct_memory_bytes: Meta[r.PeakDirectMemoryBytes | None]
    major_gc_count: Meta[r.MajorGcCount | None]
    peak_process_rss_bytes: Meta[r.PeakProcessRssBytes | None]
    peak_python_rss_bytes: Meta[r.PeakPythonRssBytes | None]


class SqlExecution(Row):
    """One SQL statement or data frame action, with a fingerprint of its plan that outlives the day."""

    table: ClassVar[str] = "sql_executions"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (_ENDS_LATER, *_LASTS_TO_END, _FAILED_JOBS)

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    sql_execution_id: Key[s.SqlExecutionId]
    root_execution_id: Meta[s.RootExecutionId]
    description: Meta[s.SqlDescription]
    plan_fingerprint: Meta[s.PlanFingerprint | None]
    adaptive_update_count: Meta[s.AdaptiveUpdateCount]
    status: Meta[s.SqlStatus]
    started_at: Meta[i.StartedAt | None]
    ended_at: Meta[i.EndedAt | None]
    duration_ms: Meta[r.DurationMs | None]
    job_count: Meta[e.JobCount]
    failed_job_count: Meta[e.FailedJobCount]
    failure_reason: Meta[e.FailureReason | None]


class Run(Row):
    """One application as an observation of its workload: what it was given, what it needed, how it ended."""

    table: ClassVar[str] = "runs"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (
        _ENDS_LATER,
        _ENDED,
        *_LASTS_TO_END,
        _FAILED_ENDED,
        _KILLED_ENDED,
        _COPIES_ENDED,
        _FAILED_JOBS,
        AtMost(("failed_stage_count",), ("stage_count",), "a stage that failed had started"),
        AtMost(
            ("executor_run_time_ms",),
            ("duration_ms", "executor_count", "executor_cores_count"),
            "tasks cannot occupy more core-time than the executors had",
            slack=1.1,
        ),
        _CPU_IN_RUN_TIME,
        AtMost(("jvm_gc_time_ms",), ("duration_ms", "executor_count", "executor_cores_count"), _GC_REASON, _GC_SLACK),
        # In local mode the driver's JVM holds the tasks, and whoever started it set its heap.
        AtMost(
            ("peak_jvm_heap_bytes",),
            ("executor_memory_bytes",),
            "no executor uses more heap than it was given; JVMs round it up",
            slack=1.05,
            where=Where("platform", ("standalone", "yarn", "kubernetes")),
        ),
        _PYTHON_IN_PROCESSES,
        _STORAGE_IN_UNIFIED,
        Needs(
            "peak_jvm_heap_bytes",
            Where("evidence_tier", ("heap_peaks", "process_tree")),
            "this tier says that heaps were measured",
        ),
        Needs(
            "peak_process_rss_bytes",
            Where("evidence_tier", ("process_tree",)),
            "this tier says that processes were measured",
        ),
    )

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    workload_id: Static[i.WorkloadId]
    platform: Static[i.Platform]
    origin: Meta[i.Origin]
    started_at: Static[i.StartedAt]
    ended_at: Meta[i.EndedAt | None]
    decision_id: Static[i.DecisionId | None]

    executor_memory_bytes: KnownDynamic[a.ExecutorMemoryBytes]
    executor_memory_overhead_bytes: KnownDynamic[a.ExecutorMemoryOverheadBytes]
    executor_offheap_bytes: KnownDynamic[a.ExecutorOffheapBytes]
    executor_pyspark_bytes: KnownDynamic[a.ExecutorPysparkBytes]
    executor_cores_count: KnownDynamic[a.ExecutorCoresCount]
    executor_count: KnownDynamic[a.ExecutorCount]
    task_cpus_count: KnownDynamic[a.TaskCpusCount]
    driver_memory_bytes: KnownDynamic[a.DriverMemoryBytes]
    shuffle_partitions_count: KnownDynamic[a.ShufflePartitionsCount]
    dynamic_allocation: KnownDynamic[a.DynamicAllocation]

    duration_ms: Target[r.DurationMs]
    executor_run_time_ms: Target[r.ExecutorRunTimeMs]
    input_bytes: Target[r.InputBytes]
    shuffle_write_bytes: Target[r.ShuffleWriteBytes]
    disk_spilled_bytes: Target[r.DiskSpilledBytes]
    memory_verdict: Target[r.MemoryVerdict]

    status: PastDynamic[e.Status]
    task_count: PastDynamic[e.TaskCount]
    failed_task_count: PastDynamic[e.FailedTaskCount]
    killed_task_count: PastDynamic[e.KilledTaskCount]
    speculative_task_count: PastDynamic[e.SpeculativeTaskCount]
    speculation_wasted_ms: PastDynamic[e.SpeculationWastedMs]
    job_count: PastDynamic[e.JobCount]
    failed_job_count: PastDynamic[e.FailedJobCount]
    stage_count: PastDynamic[e.StageCount]
    failed_stage_count: PastDynamic[e.FailedStageCount]
    sql_execution_count: PastDynamic[s.SqlExecutionCount]
    added_executor_count: PastDynamic[e.AddedExecutorCount]
    lost_executor_count: PastDynamic[e.LostExecutorCount]
    excluded_executor_count: PastDynamic[e.ExcludedExecutorCount]
    executor_cpu_time_ns: PastDynamic[r.ExecutorCpuTimeNs]
    jvm_gc_time_ms: PastDynamic[r.JvmGcTimeMs]
    shuffle_fetch_wait_ms: PastDynamic[r.ShuffleFetchWaitMs]
    input_record_count: PastDynamic[r.InputRecordCount]
    output_bytes: PastDynamic[r.OutputBytes]
    shuffle_read_bytes: PastDynamic[r.ShuffleReadBytes]
    memory_spilled_bytes: PastDynamic[r.MemorySpilledBytes]
    peak_execution_memory_bytes: PastDynamic[r.PeakExecutionMemoryBytes]
    peak_jvm_heap_bytes: PastDynamic[r.PeakJvmHeapBytes | None]
    peak_jvm_offheap_bytes: PastDynamic[r.PeakJvmOffheapBytes | None]
    peak_unified_memory_bytes: PastDynamic[r.PeakUnifiedMemoryBytes | None]
    peak_storage_memory_bytes: PastDynamic[r.PeakStorageMemoryBytes | None]
    peak_direct_memory_bytes: PastDynamic[r.PeakDirectMemoryBytes | None]
    major_gc_count: PastDynamic[r.MajorGcCount | None]
    peak_process_rss_bytes: PastDynamic[r.PeakProcessRssBytes | None]
    peak_python_rss_bytes: PastDynamic[r.PeakPythonRssBytes | None]
    task_skew_ratio: PastDynamic[r.TaskSkewRatio | None]
    evidence_tier: PastDynamic[r.EvidenceTier]
    log_state: Meta[e.LogState]


class Evidence(Row):
    """One fact about what went wrong, with its source."""

    table: ClassVar[str] = "evidence"
    belongs_to: ClassVar[type[Row] | None] = Application

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    evidence_id: Key[e.EvidenceId]
    kind: Meta[e.EvidenceKind]
    source: Meta[e.EvidenceSource]
    exception_class: Meta[e.ExceptionClass]
    message: Meta[e.Message]
    occurrence_count: Meta[e.OccurrenceCount]


class Source(Row):
    """One event log that was read, so that it is not read again until it or what lies around it changes."""

    table: ClassVar[str] = "sources"

    source_path: Key[i.SourcePath]
    size_bytes: Meta[e.SizeBytes]
    modified_at_ns: Meta[e.ModifiedAtNs]
    app_id: Meta[i.AppId | None]
    launch_id: Meta[i.LaunchId | None] = None
    cluster_id: Meta[i.ClusterId | None] = None
    awaited_until_at: Meta[e.AwaitedUntilAt | None] = None
    harvested_at: Meta[i.HarvestedAt]


class Quarantined(Row):
    """Something set aside, with the reason: a file, a line, or a row that broke an expectation."""

    table: ClassVar[str] = "quarantine"

    source_path: Key[i.SourcePath]
    offset_bytes: Key[e.OffsetBytes]
    reason: Key[e.QuarantineReason]
    table_name: Meta[e.QuarantinedTableName | None] = None
    row_json: Meta[e.QuarantinedRowJson | None]
    harvested_at: Meta[i.HarvestedAt]


class AcceptedBatch(Row):
    """One validation that let new applications pass: where the next batch starts, and what it is compared with."""

    table: ClassVar[str] = "accepted_batches"

    accepted_at: Key[i.AcceptedAt]
    last_harvested_at: Meta[i.HarvestedAt]
    application_count: Meta[b.ApplicationCount]
    bad_row_count: Meta[b.BadRowCount]
    versions_json: Meta[b.VersionsJson]
    profile_json: Meta[b.ProfileJson | None]


class Decision(Row):
    """One recommendation as it was answered."""

    table: ClassVar[str] = "decisions"

    decision_id: Key[i.DecisionId]
    workload_id: Static[i.WorkloadId]
    decided_at: Static[d.DecidedAt]
    release_version: Static[d.ReleaseVersion]
    forecaster_version: Static[d.ModelVersion]
    request_json: Static[d.RequestJson]
    forecast_json: Static[d.ForecastJson]
    allocation_json: Static[d.AllocationJson]
    cold: Static[d.Flag]
    trial: Static[d.Flag]
    extrapolated: Static[d.Flag]
    reported_app_id: Meta[i.AppId | None]
    reported_exit_code: Meta[e.ExitCode | None]


class Outcome(Row):
    """What became of a decision: the harvested run that carried its id."""

    table: ClassVar[str] = "outcomes"
    rules: ClassVar[tuple[Rule, ...]] = (
        AtMost(("forecast_duration_p10_ms",), ("forecast_duration_p50_ms",), "quantiles do not cross"),
        AtMost(("forecast_duration_p50_ms",), ("forecast_duration_p90_ms",), "quantiles do not cross"),
    )

    decision_id: Key[i.DecisionId]
    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    workload_id: Static[i.WorkloadId]
    origin: Meta[i.Origin]
    decided_at: Static[d.DecidedAt]
    status: Meta[e.Status]
    obeyed: Meta[d.Obeyed]
    disobeyed_json: Meta[d.DisobeyedJson]
    cold: Meta[d.Flag]
    trial: Meta[d.Flag]
    memory_verdict: Meta[r.MemoryVerdict]
    memory_regret: Meta[d.MemoryRegret]
    duration_ms: Meta[r.DurationMs]
    forecast_duration_p10_ms: Meta[d.ForecastQuantileMs | None]
    forecast_duration_p50_ms: Meta[d.ForecastQuantileMs | None]
    forecast_duration_p90_ms: Meta[d.ForecastQuantileMs | None]
    duration_covered: Meta[d.Covered | None]


TABLES: tuple[type[Row], ...] = (
    Application,
    Stage,
    Executor,
    SqlExecution,
    Run,
    Evidence,
    Source,
    Quarantined,
    AcceptedBatch,
    Decision,
    Outcome,
)


def _annotated(annotation: object) -> object:
    """The annotation inside ``X | None``: the arm that carries a ``Column``."""
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    return arms[0] if get_origin(annotation) is not Annotated and arms else annotation


def column_of(field: FieldInfo) -> Column:
    """The ``Column`` mark of a row's field, also where the field is optional."""
    marks = [*field.metadata, *getattr(_annotated(field.annotation), "__metadata__", ())]
    return next(mark for mark in marks if isinstance(mark, Column))


def role_of(field: FieldInfo) -> Role:
    """The ``Role`` that a row gives to its field."""
    return next(mark for mark in field.metadata if isinstance(mark, Role))


def primary_key(row: type[Row]) -> list[str]:
    """Names of the key columns, in order."""
    return [name for name, field in row.model_fields.items() if role_of(field).kind == "key"]


def contract_hash(row: type[Row], columns: Iterable[str]) -> str:
    """Twelve hex digits that change when one of ``columns`` changes its type, unit, role or the moment it is known.

    A model stores the hash of the columns it reads: an added column, or a description put better, changes nothing.
    """
    meanings = []
    for name in sorted(columns):
        field = row.model_fields[name]
        optional = type(None) in get_args(field.annotation)
        kind = get_args(_annotated(field.annotation))[0] if optional else field.annotation
        role = role_of(field)
        meanings.append([name, repr(kind), optional, column_of(field).unit, role.kind, role.known_at])
    return hashlib.sha256(json.dumps(meanings).encode()).hexdigest()[:12]
