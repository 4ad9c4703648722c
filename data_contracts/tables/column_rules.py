"""Rules between columns that apply to several tables."""

from data_contracts.rules import AtMost, Needs, Where

ENDS_LATER = AtMost(("started_at",), ("ended_at",), "nothing ends before it starts")
ENDED = Needs("ended_at", Where("log_state", ("complete", "events_dropped")), "such a log contains the end")
FAILED_ENDED = AtMost(("failed_task_count",), ("task_count",), "a task that failed has ended")
KILLED_ENDED = AtMost(("killed_task_count",), ("task_count",), "a task that was killed has ended")
COPIES_ENDED = AtMost(("speculative_task_count",), ("task_count",), "a copy that was counted has ended")
FAILED_JOBS = AtMost(("failed_job_count",), ("job_count",), "a job that failed had started")
LASTS_TO_END = (
    AtMost(("duration_ms",), ("ended_at - started_at",), "the duration reaches from start to end"),
    AtMost(("ended_at - started_at",), ("duration_ms",), "the duration reaches from start to end"),
)
CPU_IN_RUN_TIME = AtMost(
    ("executor_cpu_time_ns",),
    ("executor_run_time_ms + task_count",),
    "a thread computes no longer than it runs, which tasks report in whole milliseconds",
    slack=1.05e6,  # from ms to ns, and 5 % for two clocks
)
# Concurrent collectors are counted like those that stop the tasks.
GC_SLACK, GC_REASON = 2.0, "a task counts the collection time of its JVM while it ran"
PYTHON_IN_PROCESSES = AtMost(
    ("peak_python_rss_bytes",), ("peak_process_rss_bytes",), "Python workers are part of the process tree"
)
STORAGE_IN_UNIFIED = AtMost(
    ("peak_storage_memory_bytes",), ("peak_unified_memory_bytes",), "storage is part of the unified memory"
)
