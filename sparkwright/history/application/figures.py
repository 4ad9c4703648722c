"""Figures of a failed application that separate heap, memory beside it, machine and data as possible causes.

Each is one sentence with a measurement and what it is compared with; what was not measured is left out. None proves a
cause alone (a JVM fills the heap it is given), so their kind is ``metric``.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sparkwright.history.application.run_columns import used_profiles, workers_of
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.application.totals import DRIVER_IDS, ExecutorState, StageState
from sparkwright.spark.allocation import Allocation, effective_allocation, says_heap
from sparkwright.spark.figures import seconds, size
from sparkwright.spark.platform import platform_of_application

AT_LIMIT = "at its limit"
"""Marks the figure of a process whose container was full, which explains a kill."""
_NEAR_LIMIT = 0.95
_ENFORCING = {"yarn", "kubernetes"}
_MUCH_GC = 0.1
_MUCH_DISK_BYTES = 1024**3
_MUCH_RESULT = 0.1
_SKEWED = 5.0
_MIN_SKEWED_MS = 30_000
_TOGETHER_MS = 10_000


class Figure(NamedTuple):
    """One fact of kind ``metric``."""

    source: str
    text: str


def figures_of(app: ApplicationState) -> Iterator[Figure]:
    """The figures of an application, always in the same order; none if nothing was measured."""
    platform = platform_of_application(app.properties, app.app_id)
    workers = workers_of(app, platform)
    profiles = used_profiles(app, workers)
    fullest = max(workers, key=_fullness, default=None)
    if fullest is not None:
        in_force = app.properties | profiles[fullest.resource_profile_id]
        if says_heap(in_force, platform):
            yield from _memory(fullest, effective_allocation(in_force, platform), platform)
    stages = [stage for stage in app.stages.values() if stage.task_count]
    yield from _collection(stages)
    yield from _driver(app, stages, platform)
    yield from _spill(stages)
    yield from _disk(stages)
    yield from _skew(stages)
    yield from _nodes(workers)


def _fullness(executor: ExecutorState) -> tuple[bool, int, int]:
    """Sort key: lost executors first, since it is their memory that matters, then by memory held."""
    return executor.lost, executor.peak_process_rss_bytes, executor.peak_jvm_heap_bytes


def _memory(executor: ExecutorState, given: Allocation, platform: str) -> Iterator[Figure]:
    if not executor.peak_jvm_heap_bytes:
        return
    source = f"SparkListenerTaskEnd peaks executor {executor.executor_id}"
    heap = given.executor_memory_bytes
    share = executor.peak_jvm_heap_bytes / heap
    yield Figure(source, f"Heap: at most {size(executor.peak_jvm_heap_bytes)} of {size(heap)} in use ({share:.0%}).")
    beside = given.container_bytes - heap
    parts = [
        f"{name} {size(peak)}"
        for name, peak in (
            ("the JVM outside its heap", executor.peak_jvm_offheap_bytes),
            ("direct buffers", executor.peak_direct_memory_bytes),
            ("Python workers", executor.peak_python_rss_bytes),
        )
        if peak
    ]
    if parts:
        room = f"; the container has {size(beside)} beside the heap" if platform in _ENFORCING else ""
        yield Figure(source, f"Beside the heap, at most: {', '.join(parts)}{room}.")
    rss = executor.peak_process_rss_bytes
    if rss and platform in _ENFORCING:
        used = rss / given.container_bytes
        full = f", {AT_LIMIT}" if used >= _NEAR_LIMIT else ""
        text = f"Container: its processes held at most {size(rss)} of {size(given.container_bytes)} ({used:.0%}){full}."
        yield Figure(source, text)


def _collection(stages: list[StageState]) -> Iterator[Figure]:
    run_time_ms = sum(stage.executor_run_time_ms for stage in stages)
    gc_time_ms = sum(stage.jvm_gc_time_ms for stage in stages)
    if run_time_ms and gc_time_ms > _MUCH_GC * run_time_ms:
        text = f"Garbage collection took {gc_time_ms / run_time_ms:.0%} of the tasks' run time."
        yield Figure("SparkListenerTaskEnd, all tasks", text)


def _driver(app: ApplicationState, stages: list[StageState], platform: str) -> Iterator[Figure]:
    heap = effective_allocation(app.properties, platform).driver_memory_bytes
    driver = next((executor for name, executor in app.executors.items() if name in DRIVER_IDS), None)
    if driver is not None and driver.peak_jvm_heap_bytes and platform != "local":
        share = driver.peak_jvm_heap_bytes / heap
        text = f"Driver's heap: at most {size(driver.peak_jvm_heap_bytes)} of {size(heap)} in use ({share:.0%})."
        yield Figure("SparkListenerExecutorMetricsUpdate driver", text)
    largest = max(stages, key=lambda stage: stage.result_bytes, default=None)
    if largest is not None and largest.result_bytes > _MUCH_RESULT * heap:
        yield Figure(
            f"SparkListenerTaskEnd stage {largest.stage_id}.{largest.stage_attempt_id}",
            f"Results: the tasks of stage {largest.stage_id} sent {size(largest.result_bytes)} to the driver, whose "
            f"heap is {size(heap)}.",
        )


def _spill(stages: list[StageState]) -> Iterator[Figure]:
    spilled = [stage for stage in stages if stage.disk_spilled_bytes]
    worst = max(spilled, key=lambda stage: stage.memory_spilled_bytes, default=None)
    if worst is not None:
        yield Figure(
            f"SparkListenerTaskEnd stage {worst.stage_id}.{worst.stage_attempt_id}",
            f"Spill: {size(worst.memory_spilled_bytes)} of rows in memory went to disk as "
            f"{size(worst.disk_spilled_bytes)} in stage {worst.stage_id}, in {worst.task_count:,} tasks.",
        )


def _disk(stages: list[StageState]) -> Iterator[Figure]:
    shuffled = sum(stage.shuffle_write_bytes for stage in stages)
    spilled = sum(stage.disk_spilled_bytes for stage in stages)
    if shuffled + spilled >= _MUCH_DISK_BYTES:
        text = f"Local disks: {size(shuffled)} of shuffle files and {size(spilled)} of spills were written."
        yield Figure("SparkListenerTaskEnd, all tasks", text)


def _skew(stages: list[StageState]) -> Iterator[Figure]:
    skewed = [
        stage
        for stage in stages
        if stage.succeeded_task_count > 1
        and stage.longest_task_ms >= _MIN_SKEWED_MS
        and stage.longest_task_ms >= _SKEWED * (stage.task_time_ms - stage.longest_task_ms) / (stage.task_count - 1)
    ]
    worst = max(skewed, key=lambda stage: stage.longest_task_ms, default=None)
    if worst is not None:
        others = (worst.task_time_ms - worst.longest_task_ms) / (worst.task_count - 1)
        read = worst.input_bytes + worst.shuffle_read_bytes
        share = f"; it read {size(worst.longest_task_read_bytes)} of {size(read)}" if read else ""
        yield Figure(
            f"SparkListenerTaskEnd stage {worst.stage_id}.{worst.stage_attempt_id}",
            f"Skew: the longest of {worst.task_count:,} tasks of stage {worst.stage_id} took "
            f"{seconds(worst.longest_task_ms)}, the others {seconds(others)} on average{share}.",
        )


def _nodes(workers: list[ExecutorState]) -> Iterator[Figure]:
    lost = [executor for executor in workers if executor.lost]
    if not lost:
        return
    host, on_it = Counter(executor.host for executor in lost).most_common(1)[0]
    there = [executor for executor in lost if executor.host == host]
    times = sorted(executor.removed_ms for executor in there if executor.removed_ms is not None)
    within = ""
    if len(times) > 1 and times[-1] - times[0] <= _TOGETHER_MS:
        within = f" within {seconds(times[-1] - times[0])}"
    of_host = sum(executor.host == host for executor in workers)
    machines = len({executor.host for executor in workers})
    text = (
        f"Executors lost: {len(lost)} of {len(workers)}, among them {on_it} of the {of_host} on {host or 'a machine'}"
        f"{within}; machines in all: {machines}."
    )
    yield Figure("SparkListenerExecutorRemoved, all executors", text)
