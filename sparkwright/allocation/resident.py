"""What containers needed, if the resident memory of their processes was measured.

A container holds heap + overhead + off-heap + Python. How much of its resident memory was heap is not known exactly,
but bounded: at least the peak in use, at most the configured heap, because a JVM keeps what it once touched. So the
need beside the heap is bounded, too, and each bound has its use: the upper one to lower an overhead, the lower one to
raise it.
"""

from dataclasses import dataclass

import numpy as np

from sparkwright.allocation.cost import rounded_up
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.allocation.limits import RiskLimits
from sparkwright.allocation.observed import next_need, size_for
from sparkwright.allocation.past import PastRun
from sparkwright.spark.allocation import Allocation

MIN_MEASURED_RUNS = 5


@dataclass(frozen=True, slots=True)
class MeasuredOverhead:
    """An overhead supported by measurements.

    Attributes:
        size_bytes: Overhead beside the advised heap.
        run_count: Number of measured runs.
        largest_bytes: Largest resident memory among them.
        risk: P(the next container needs more than heap and overhead).
    """

    size_bytes: int
    run_count: int
    largest_bytes: int
    risk: float


def enough_overhead(
    chosen: Allocation, record: HeapRecord, limits: RiskLimits, asked_bytes: int
) -> MeasuredOverhead | None:
    """Return an overhead that is enough even if the next run fills its heap; None if too few runs were measured.

    Memory set aside for off-heap and Python workers is not credited: it is unknown whether they used it.

    Args:
        chosen: The allocation with the advised heap.
        record: The workload's runs, and what the next one may read.
        limits: The owner's limits.
        asked_bytes: The overhead in force otherwise; the answer is never larger.
    """
    heap = chosen.executor_memory_bytes
    measured = [(run, run.peak_jvm_heap_bytes) for run in _measured(chosen, record) if run.peak_jvm_heap_bytes]
    totals = [heap + _resident(run) - min(used, run.heap_bytes) for run, used in measured]
    if len(totals) < MIN_MEASURED_RUNS:
        return None
    inputs = [run.input_bytes for run, _ in measured]
    need = next_need(totals, inputs, record.proof_input_bytes, asked_bytes=heap + asked_bytes)
    if need is None:
        return None
    sized = size_for(need, limits, min_bytes=heap)
    size = min(rounded_up(sized.size_bytes - heap), asked_bytes)
    risk = float(need.exceed_probability([heap + size])[0])
    return MeasuredOverhead(size, len(totals), max(_resident(run) for run, _ in measured), risk)


def outgrown_overhead(
    chosen: Allocation, record: HeapRecord, limits: RiskLimits, had_bytes: int
) -> MeasuredOverhead | None:
    """Return a larger overhead if the one in force is likely outgrown even when the whole heap counts as resident.

    None if it is not, or if too few runs were measured.

    Args:
        chosen: The allocation with the advised heap.
        record: The workload's runs, and what the next one may read.
        limits: The owner's limits.
        had_bytes: The overhead in force otherwise, which Spark derived.
    """
    heap = chosen.executor_memory_bytes
    measured = _measured(chosen, record)
    totals = [heap + _resident(run) - run.heap_bytes for run in measured]
    if len(totals) < MIN_MEASURED_RUNS:
        return None
    beside = heap + chosen.executor_offheap_bytes + chosen.executor_pyspark_bytes
    need = next_need(totals, [run.input_bytes for run in measured], record.proof_input_bytes)
    if need is None or need.exceed_probability([beside + had_bytes])[0] <= limits.max_risk:
        return None
    sized = size_for(need, limits, min_bytes=beside + had_bytes)
    size = rounded_up(sized.size_bytes - beside)
    risk = float(need.exceed_probability([beside + size])[0])
    return MeasuredOverhead(size, len(totals), max(map(_resident, measured)), risk)


def _measured(chosen: Allocation, record: HeapRecord) -> list[PastRun]:
    """Return the runs that held and were measured, on the same platform, with as many tasks in a container."""
    facts = record.runs.facts
    measured = np.flatnonzero(facts.held & (facts.resident_bytes > 0) & (facts.tasks == chosen.concurrent_tasks))
    return [run for run in record.runs.at(measured) if run.allocation.platform == chosen.platform]


def _resident(run: PastRun) -> int:
    return run.peak_process_rss_bytes or 0
