"""A heap below the proven one that peaks suggest: to try where a death is acceptable, never advised unasked."""

from dataclasses import dataclass

from data_contracts.spark_properties import MIB, format_size_mib
from sparkwright.allocation.evidence import ENOUGH_RUNS, RECENT_RUNS, HeapRecord

LEAST_HEAP_BYTES = 512 * MIB
"""Spark refuses executors below 450 MiB (``UnifiedMemoryManager``: 1.5 x 300 MiB reserved); the next round size."""

_GRID_BYTES = 64 * MIB
_ABOVE_PEAK = 1.2
"""Room over the largest heap peak: a sizing rule in common use. A JVM fills what it has, so peaks overstate need."""
_ABOVE_DEATH = 1.25
_STEP_DOWN = 0.75
"""One trial goes at most a quarter below the proven heap: what is further away, no run has come near."""
_HIGH_GC_RATIO = 0.1
"""Garbage collection above this share of task time means a heap that is short already (Spark UI marks it red)."""


@dataclass(frozen=True, slots=True)
class TrialHeap:
    """What could be tried, and what suggests it."""

    executor_memory_bytes: int
    reason: str


def trial_heap(record: HeapRecord) -> TrialHeap | None:
    """The heap that could be tried next; None where peaks, collections or deaths do not suggest one."""
    proven = record.proven
    if proven is None or record.evidence(proven.heap_bytes).run_count < ENOUGH_RUNS:
        return None
    recent = [run for run in record.runs[-RECENT_RUNS:] if run.held]
    peaks = [run.peak_jvm_heap_bytes for run in recent if run.peak_jvm_heap_bytes is not None]
    gc_ratio = max((run.gc_ratio for run in recent), default=1.0)
    if not peaks or gc_ratio > _HIGH_GC_RATIO:
        return None
    wanted = max(
        _ABOVE_PEAK * max(peaks), _ABOVE_DEATH * record.died_bytes, _STEP_DOWN * proven.heap_bytes, LEAST_HEAP_BYTES
    )
    heap = rounded_up(wanted)
    if heap >= proven.heap_bytes:
        return None
    resident = max((run.peak_process_rss_bytes or 0 for run in recent), default=0)
    beside = f", largest process {format_size_mib(resident)}" if resident else ""
    return TrialHeap(
        heap,
        f"a trial below {format_size_mib(proven.heap_bytes)}: the largest heap peak of {len(peaks)} measured run(s) is "
        f"{format_size_mib(max(peaks))}{beside}, garbage collection took at most {gc_ratio:.0%} of task time",
    )


def rounded_up(size_bytes: float) -> int:
    """The next multiple of 64 MiB."""
    return -(-int(size_bytes) // _GRID_BYTES) * _GRID_BYTES
