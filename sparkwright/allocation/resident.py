"""What containers needed, if the resident memory of their processes was measured.

A container holds heap + overhead + off-heap + Python. How much of its resident memory was heap is not known exactly,
but bounded: at least the peak in use, at most the configured heap, because a JVM keeps what it once touched. So the
need beside the heap is bounded, too, and each bound has its use: the upper one to lower an overhead, the lower one to
raise it.

Shapes: M measured runs.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sparkwright.allocation.cost import rounded_up
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.allocation.known_runs import Flags, Integers, KnownRuns
from sparkwright.allocation.limits import RiskLimits
from sparkwright.allocation.observed import next_need, size_for
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
    measured = _measured(chosen, record)
    measured = measured.at(measured.used_bytes > 0)
    if len(measured.resident_bytes) < MIN_MEASURED_RUNS:
        return None
    totals = heap + measured.resident_bytes - np.minimum(measured.used_bytes, measured.heap_bytes)
    need = next_need(totals, measured.input_bytes, record.proof_input_bytes, asked_bytes=heap + asked_bytes)
    if need is None:
        return None
    sized = size_for(need, limits, min_bytes=heap)
    size = min(rounded_up(sized.size_bytes - heap), asked_bytes)
    risk = float(need.exceed_probability([heap + size])[0])
    return MeasuredOverhead(size, len(totals), int(measured.resident_bytes.max()), risk)


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
    if len(measured.resident_bytes) < MIN_MEASURED_RUNS:
        return None
    totals = heap + measured.resident_bytes - measured.heap_bytes
    beside = heap + chosen.executor_offheap_bytes + chosen.executor_pyspark_bytes
    need = next_need(totals, measured.input_bytes, record.proof_input_bytes)
    if need is None or need.exceed_probability([beside + had_bytes])[0] <= limits.max_risk:
        return None
    sized = size_for(need, limits, min_bytes=beside + had_bytes)
    size = rounded_up(sized.size_bytes - beside)
    risk = float(need.exceed_probability([beside + size])[0])
    return MeasuredOverhead(size, len(totals), int(measured.resident_bytes.max()), risk)


class _Measured(NamedTuple):
    """Runs that held and whose processes were measured ``[M]``, oldest first."""

    heap_bytes: Integers
    resident_bytes: Integers
    used_bytes: Integers
    """Peak of the heap in use; 0 if not measured."""
    input_bytes: Integers

    def at(self, chosen: Flags) -> "_Measured":
        return _Measured(*(values[chosen] for values in self))


def _measured(chosen: Allocation, record: HeapRecord) -> _Measured:
    """Return the runs on the same platform, with as many tasks in a container."""
    return record.runs.once(_by_container).get((chosen.platform, chosen.concurrent_tasks), _NOTHING)


def _by_container(runs: KnownRuns) -> dict[tuple[str, int], _Measured]:
    """Return what was measured, by platform and by the tasks in a container."""
    facts = runs.facts
    rows = dict[tuple[str, int], list[tuple[int, ...]]]()
    for run in runs.at(np.flatnonzero(facts.held & (facts.resident_bytes > 0))):
        found = (run.heap_bytes, run.peak_process_rss_bytes or 0, run.peak_jvm_heap_bytes or 0, run.input_bytes)
        rows.setdefault((run.allocation.platform, run.tasks), []).append(found)
    return {container: _Measured(*np.array(mine, dtype=np.int64).T) for container, mine in rows.items()}


_NOTHING = _Measured(*np.zeros((len(_Measured._fields), 0), dtype=np.int64))
