"""Runs: what the forecaster learns from; the roles decide what may be a feature."""

from typing import ClassVar

from data_contracts.column import Key, KnownDynamic, Meta, PastDynamic, Static, Target
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
from data_contracts.tables.history import Application


class Run(Row):
    """One application as an observation of its workload: what it was given, what it needed, how it ended."""

    table: ClassVar[str] = "runs"
    belongs_to: ClassVar[type[Row] | None] = Application
    rules: ClassVar[tuple[Rule, ...]] = (
        ENDS_LATER,
        ENDED,
        *LASTS_TO_END,
        FAILED_ENDED,
        KILLED_ENDED,
        COPIES_ENDED,
        FAILED_JOBS,
        AtMost(("failed_stage_count",), ("stage_count",), "a stage that failed had started"),
        AtMost(
            ("executor_run_time_ms",),
            ("duration_ms", "executor_count", "executor_cores_count"),
            "tasks cannot occupy more core-time than the executors had",
            slack=1.1,
        ),
        CPU_IN_RUN_TIME,
        AtMost(("jvm_gc_time_ms",), ("duration_ms", "executor_count", "executor_cores_count"), GC_REASON, GC_SLACK),
        # In local mode the driver's JVM holds the tasks, and whoever started it set its heap.
        AtMost(
            ("peak_jvm_heap_bytes",),
            ("executor_memory_bytes",),
            "no executor uses more heap than it was given; JVMs round it up",
            slack=1.05,
            where=Where("platform", ("standalone", "yarn", "kubernetes")),
        ),
        PYTHON_IN_PROCESSES,
        STORAGE_IN_UNIFIED,
        Needs(
            "peak_jvm_heap_bytes",
            Where("evidence_tier", ("heap_peaks", "process_tree")),
            "this tier means that heaps were measured",
        ),
        Needs(
            "peak_process_rss_bytes",
            Where("evidence_tier", ("process_tree",)),
            "this tier means that processes were measured",
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
