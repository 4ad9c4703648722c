"""The content of one event log: the application, its stages, executors, SQL executions, and what went wrong."""

from typing import ClassVar

from data_contracts.column import Key, Meta, Static
from data_contracts.fields import allocation as a
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i
from data_contracts.fields import requirement as r
from data_contracts.fields import sql as s
from data_contracts.row import Row
from data_contracts.rules import AtMost, Needs, Rule, Where
from data_contracts.tables.column_rules import (
    COPIES_ENDED,
    CPU_IN_RUN_TIME,
    ENDED,
    ENDS_LATER,
    FAILED_ENDED,
    FAILED_JOBS,
    GC_REASON,
    GC_SLACK,
    KILLED_ENDED,
    LASTS_TO_END,
    PYTHON_IN_PROCESSES,
    STORAGE_IN_UNIFIED,
)


class Application(Row):
    """One Spark application as Spark knows it, whatever its shape."""

    table: ClassVar[str] = "applications"
    rules: ClassVar[tuple[Rule, ...]] = (ENDS_LATER, ENDED)

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
        ENDS_LATER,
        Needs("ended_at", Where("status", ("complete",)), "a stage that completed has ended"),
        FAILED_ENDED,
        KILLED_ENDED,
        COPIES_ENDED,
        AtMost(
            ("executor_run_time_ms",),
            ("task_count", "max_task_duration_ms"),
            "no task runs longer than from its launch to its end",
            slack=1.05,
        ),
        CPU_IN_RUN_TIME,
        AtMost(("jvm_gc_time_ms",), ("task_count", "max_task_duration_ms"), GC_REASON, GC_SLACK),
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
    task_time_ms: Meta[r.TaskTimeMs | None] = None
    failed_task_time_ms: Meta[r.FailedTaskTimeMs | None] = None
    longest_task_ms: Meta[r.LongestTaskMs | None] = None
    longest_task_read_bytes: Meta[r.LongestTaskReadBytes | None] = None
    longest_task_executor_id: Meta[r.LongestTaskExecutorId | None] = None
    longest_task_elsewhere_ms: Meta[r.LongestTaskElsewhereMs | None] = None
    largest_task_read_bytes: Meta[r.LargestTaskReadBytes | None] = None
    largest_task_ms: Meta[r.LargestTaskMs | None] = None
    task_duration_p25_ms: Meta[r.TaskDurationP25Ms | None] = None
    task_duration_p50_ms: Meta[r.TaskDurationP50Ms | None] = None
    task_duration_p75_ms: Meta[r.TaskDurationP75Ms | None] = None
    failure_reason: Meta[e.FailureReason | None]


class Executor(Row):
    """One executor of one application; the driver counts as one, as in Spark."""

    table: ClassVar[str] = "executors"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (
        ENDS_LATER,
        FAILED_ENDED,
        KILLED_ENDED,
        AtMost(
            ("executor_run_time_ms",),
            ("executor_cores_count", "ended_at - started_at"),
            "tasks cannot occupy more core-time than the executor had",
            slack=1.1,
        ),
        AtMost(("jvm_gc_time_ms",), ("executor_cores_count", "ended_at - started_at"), GC_REASON, GC_SLACK),
        PYTHON_IN_PROCESSES,
        STORAGE_IN_UNIFIED,
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
    """One SQL statement or data frame action, with a fingerprint of its plan that is stable from day to day."""

    table: ClassVar[str] = "sql_executions"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (ENDS_LATER, *LASTS_TO_END, FAILED_JOBS)

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
