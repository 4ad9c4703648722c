"""Totals over the tasks of one stage and of one executor, named like their columns."""

from msgspec import Struct, field

from sparkwright.history.application.quantile import QuantileSketch
from sparkwright.history.events.task_events import ExecutorMetrics

DRIVER_IDS = {"driver", "<driver>"}
"""What Spark calls the driver among the executors; the second name until 1.3."""

STAGE_TOTALS = (
    "executor_run_time_ms",
    "executor_cpu_time_ns",
    "jvm_gc_time_ms",
    "shuffle_fetch_wait_ms",
    "input_bytes",
    "input_record_count",
    "output_bytes",
    "shuffle_read_bytes",
    "shuffle_write_bytes",
    "memory_spilled_bytes",
    "disk_spilled_bytes",
    "result_bytes",
    "task_count",
    "failed_task_count",
    "killed_task_count",
    "speculative_task_count",
    "speculation_wasted_ms",
    "task_time_ms",
    "failed_task_time_ms",
)
"""Summed over the tasks of a stage, and over the stages of a run."""

_PEAKS = (
    "peak_jvm_heap_bytes",
    "peak_jvm_offheap_bytes",
    "peak_unified_memory_bytes",
    "peak_storage_memory_bytes",
    "peak_direct_memory_bytes",
)
_RSS_PEAKS = ("peak_process_rss_bytes", "peak_python_rss_bytes")


class StageState(Struct, gc=False):
    """Totals of one attempt of one stage; a struct, because an application may have tens of thousands of them."""

    stage_id: int
    stage_attempt_id: int
    name: str = ""
    sql_execution_id: int | None = None
    submitted_ms: int | None = None
    completed_ms: int | None = None
    failure: str | None = None
    expected_task_count: int = 0
    task_count: int = 0
    failed_task_count: int = 0
    killed_task_count: int = 0
    speculative_task_count: int = 0
    speculation_wasted_ms: int = 0
    executor_run_time_ms: int = 0
    executor_cpu_time_ns: int = 0
    jvm_gc_time_ms: int = 0
    shuffle_fetch_wait_ms: int = 0
    input_bytes: int = 0
    input_record_count: int = 0
    output_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_write_bytes: int = 0
    memory_spilled_bytes: int = 0
    disk_spilled_bytes: int = 0
    result_bytes: int = 0
    peak_execution_memory_bytes: int = 0
    peak_jvm_heap_bytes: int = 0
    task_time_ms: int = 0
    failed_task_time_ms: int = 0
    max_task_duration_ms: int = 0
    longest_task_ms: int = 0
    longest_task_read_bytes: int = 0
    longest_task_executor_id: str = ""
    longest_success_elsewhere_ms: int = 0
    outrun_ms: dict[str, int] = field(default_factory=dict)
    largest_task_read_bytes: int = 0
    largest_task_ms: int = 0
    task_duration_p25_ms: int | None = None
    task_duration_p50_ms: int | None = None
    task_duration_p75_ms: int | None = None
    skew_ratio: float | None = None
    excluded_executors: frozenset[str] = frozenset()
    durations: QuantileSketch | None = field(default_factory=QuantileSketch)

    @property
    def succeeded_task_count(self) -> int:
        """Tasks that ended well."""
        return self.task_count - self.failed_task_count - self.killed_task_count

    @property
    def longest_task_elsewhere_ms(self) -> int:
        """The longest on other executors; a copy that was outrun would have taken longer still than it ran."""
        if not self.longest_task_ms:
            return 0
        outrun = (ran for executor_id, ran in self.outrun_ms.items() if executor_id != self.longest_task_executor_id)
        return max(self.longest_success_elsewhere_ms, *outrun, 0)

    def close(self) -> None:
        """Compute quantiles and skew and drop the durations; tasks that end later (speculative ones) change neither."""
        quantiles = self.durations.quantiles(0.25, 0.5, 0.75) if self.durations else []
        if quantiles:
            # A bucket's middle may lie beyond any value seen; no quantile exceeds the longest duration.
            p25, p50, p75 = (min(round(value), max(1, self.max_task_duration_ms)) for value in quantiles)
            self.task_duration_p25_ms, self.task_duration_p50_ms, self.task_duration_p75_ms = p25, p50, p75
            self.skew_ratio = max(1.0, self.max_task_duration_ms / quantiles[1])
        self.durations = None


class ExecutorState(Struct, gc=False):
    """Totals and peaks of one executor."""

    executor_id: str
    host: str = ""
    container_id: str = ""
    cores: int | None = None
    resource_profile_id: int = 0
    added_ms: int | None = None
    removed_ms: int | None = None
    removed_reason: str | None = None
    lost: bool = False
    excluded: bool = False
    exclusion_count: int = 0
    task_count: int = 0
    failed_task_count: int = 0
    killed_task_count: int = 0
    executor_run_time_ms: int = 0
    jvm_gc_time_ms: int = 0
    peak_jvm_heap_bytes: int = 0
    peak_jvm_offheap_bytes: int = 0
    peak_unified_memory_bytes: int = 0
    peak_storage_memory_bytes: int = 0
    peak_direct_memory_bytes: int = 0
    major_gc_count: int = 0
    peak_process_rss_bytes: int = 0
    peak_python_rss_bytes: int = 0

    def peaks(self, metrics: ExecutorMetrics) -> None:
        """Raise the peaks; a record without heap is a missing one, not zeros."""
        if metrics.heap_bytes <= 0:
            return
        # Runs once per task: comparisons, because eight calls of max() cost as much as the rest of a task.
        if metrics.heap_bytes > self.peak_jvm_heap_bytes:
            self.peak_jvm_heap_bytes = metrics.heap_bytes
        if metrics.offheap_bytes > self.peak_jvm_offheap_bytes:
            self.peak_jvm_offheap_bytes = metrics.offheap_bytes
        if metrics.unified_bytes > self.peak_unified_memory_bytes:
            self.peak_unified_memory_bytes = metrics.unified_bytes
        if metrics.storage_bytes > self.peak_storage_memory_bytes:
            self.peak_storage_memory_bytes = metrics.storage_bytes
        if metrics.direct_bytes > self.peak_direct_memory_bytes:
            self.peak_direct_memory_bytes = metrics.direct_bytes
        if metrics.major_gc_count > self.major_gc_count:
            self.major_gc_count = metrics.major_gc_count
        if metrics.python_rss_bytes > self.peak_python_rss_bytes:
            self.peak_python_rss_bytes = metrics.python_rss_bytes
        rss_bytes = metrics.jvm_rss_bytes + metrics.python_rss_bytes + metrics.other_rss_bytes
        if rss_bytes > self.peak_process_rss_bytes:
            self.peak_process_rss_bytes = rss_bytes

    def exclude(self) -> None:
        """Mark the executor as excluded, counting once whether the event names it, its node, or both."""
        self.exclusion_count += not self.excluded
        self.excluded = True


def peaks_of(executors: list[ExecutorState]) -> dict[str, int | None]:
    """The largest value of each peak; None if nothing was measured, 0 if zero was measured."""
    measured = [executor for executor in executors if executor.peak_jvm_heap_bytes]
    trees = [executor for executor in measured if executor.peak_process_rss_bytes]
    return (
        {name: _largest(measured, name) for name in _PEAKS}
        | {name: _largest(trees, name) for name in _RSS_PEAKS}
        | {"major_gc_count": sum(executor.major_gc_count for executor in measured) if measured else None}
    )


def _largest(executors: list[ExecutorState], name: str) -> int | None:
    return max((getattr(executor, name) for executor in executors), default=None)
