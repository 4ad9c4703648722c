"""Advise the properties other than the heap: overhead, cores, executors, shuffle partitions; each only on evidence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data_contracts.api.recommendation import Forecast
from data_contracts.properties.spark import MIB, format_size_mib
from sparkwright.allocation.evidence import RECENT_RUNS, HeapRecord
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.past import PastRun
from sparkwright.allocation.resident import MeasuredOverhead, enough_overhead, outgrown_overhead
from sparkwright.spark.allocation import Allocation, overhead_bytes

ENFORCES_OVERHEAD = frozenset({"yarn", "kubernetes"})
"""Cluster managers that kill a container that outgrows heap + overhead; standalone does not check."""
OVERHEAD = "spark.executor.memoryOverhead"
OVERHEAD_NAMES = frozenset({OVERHEAD, "spark.yarn.executor.memoryOverhead"})

_PARTITION_BYTES = 64 * MIB
"""``spark.sql.adaptive.advisoryPartitionSizeInBytes``: adaptive execution merges partitions up to this size."""
_MIN_OVERHEAD_STEP_BYTES = 512 * MIB
_DYNAMIC = "spark.dynamicAllocation"
EXECUTORS = (
    "spark.executor.instances",
    f"{_DYNAMIC}.minExecutors",
    f"{_DYNAMIC}.initialExecutors",
    f"{_DYNAMIC}.maxExecutors",
)


@dataclass(frozen=True, slots=True)
class PropertyAdvice:
    """A property, its value (None if not advised although one might expect it), and the reason."""

    name: str
    value: str | None
    reason: str


def overhead(
    chosen: Allocation,
    record: HeapRecord,
    basis: PastRun | None,
    given: Mapping[str, str],
    limits: RiskLimits = DEFAULT_LIMITS,
) -> list[PropertyAdvice]:
    """Advise the memory overhead, if the cluster manager enforces it and Spark's own rule may not be enough.

    More than in containers that were outgrown; less than the user set if measurements show that to be enough and no
    container was ever outgrown; never less than Spark's own rule.

    Args:
        chosen: The allocation with the advised heap.
        record: What is known of heap and container.
        basis: The run that the heap rests on; its overhead was part of what held.
        given: The properties of the request.
        limits: The owner's limits.
    """
    if chosen.platform not in ENFORCES_OVERHEAD:
        return []
    heap = chosen.executor_memory_bytes
    derived = overhead_bytes(given, chosen.platform, heap)
    carried = _carried(basis, chosen, given) if basis is not None else 0
    if record.kills:
        total = max(run.heap_bytes + run.allocation.executor_memory_overhead_bytes for run in record.kills)
        largest = max(
            max(run.allocation.executor_memory_overhead_bytes, _carried(run, chosen, given)) for run in record.kills
        )
        step = max(largest // 2, _MIN_OVERHEAD_STEP_BYTES)
        size = max(derived, carried, largest + step, total + step - heap)
        reason = f"{len(record.kills)} run(s) outgrew a container of heap + overhead = {format_size_mib(total)}"
        return [PropertyAdvice(OVERHEAD, format_size_mib(size), reason)]
    if OVERHEAD in given:
        return [_no_more_than(derived, "as asked", chosen, record, given, limits)]
    if carried > derived:
        had = format_size_mib(basis.allocation.executor_memory_overhead_bytes) if basis is not None else ""
        reason = f"{format_size_mib(heap if basis is None else basis.heap_bytes)} of heap ran with {had}"
        return [_no_more_than(carried, reason, chosen, record, given, limits)]
    # Spark derives at least as much by itself.
    more = outgrown_overhead(chosen, record, limits, derived)
    return [] if more is None else [PropertyAdvice(OVERHEAD, format_size_mib(more.size_bytes), _measurement(more))]


def _no_more_than(
    had_bytes: int, why: str, chosen: Allocation, record: HeapRecord, given: Mapping[str, str], limits: RiskLimits
) -> PropertyAdvice:
    """Advise the overhead that was set, or less if measurements show that to be enough."""
    by_rule = {name: value for name, value in given.items() if name not in OVERHEAD_NAMES}
    minimum = overhead_bytes(by_rule, chosen.platform, chosen.executor_memory_bytes)
    # Look for outgrown containers in all runs, not only in those comparable with the next.
    outgrew = bool(record.runs.facts.killed.any())
    enough = None if outgrew or had_bytes <= minimum else enough_overhead(chosen, record, limits, had_bytes)
    if enough is None or max(enough.size_bytes, minimum) >= had_bytes:
        return PropertyAdvice(OVERHEAD, format_size_mib(had_bytes), why)
    size = max(enough.size_bytes, minimum)
    reason = f"{_measurement(enough)}; {format_size_mib(had_bytes)} otherwise: {why}"
    return PropertyAdvice(OVERHEAD, format_size_mib(size), reason)


def _measurement(measured: MeasuredOverhead) -> str:
    largest = format_size_mib(measured.largest_bytes)
    return (
        f"the processes of {measured.run_count} measured run(s) took up to {largest}: "
        f"P(the container is outgrown) {measured.risk:.1%}"
    )


def _carried(run: PastRun, chosen: Allocation, given: Mapping[str, str]) -> int:
    """Carry the run's overhead over to the advised heap, in bytes: at least the same share of a larger heap.

    0 if the run's overhead came from Spark's rule, which gives the advised heap its own.
    """
    had = run.allocation.executor_memory_overhead_bytes
    if had <= overhead_bytes(given, chosen.platform, run.heap_bytes):
        return 0
    return had * max(chosen.executor_memory_bytes, run.heap_bytes) // run.heap_bytes


def cores(chosen: Allocation, given: Mapping[str, str], *, rests_on_runs: bool) -> list[PropertyAdvice]:
    """Advise the cores of an executor: they decide how many tasks share the heap, so they stay unchanged."""
    name = "spark.executor.cores"
    if name in given:
        return [PropertyAdvice(name, str(chosen.executor_cores_count), "as asked")]
    if not rests_on_runs or not _can_be_given(chosen, given):
        return []
    reason = f"as in the last run: {chosen.concurrent_tasks} task(s) share a heap, and its size rests on that"
    return [PropertyAdvice(name, str(chosen.executor_cores_count), reason)]


def _can_be_given(chosen: Allocation, given: Mapping[str, str]) -> bool:
    """Return whether setting these executor cores lets an executor start.

    Spark refuses an executor too small for one task, and a standalone master waits forever if an executor takes more
    than the application's limit; up to there the master finds workers with that many cores itself.
    """
    if chosen.platform == "standalone" and int(given.get("spark.cores.max", "0")) == chosen.executor_cores_count:
        return False
    return chosen.executor_cores_count is not None and chosen.task_cpus_count <= chosen.executor_cores_count


def executors(
    chosen: Allocation, past: Sequence[PastRun], given: Mapping[str, str], forecast: Forecast | None
) -> list[PropertyAdvice]:
    """Advise the number of executors: as asked, and under dynamic allocation how many to start with.

    A cap is never raised and a floor never lowered; if the requested counts contradict each other, advise nothing.
    """
    asked = [PropertyAdvice(name, given[name].strip(), "as asked") for name in ("spark.cores.max",) if name in given]
    counts = {name: given[name].strip() for name in EXECUTORS if name in given}
    if not chosen.dynamic_allocation:
        kept = {name: value for name, value in counts.items() if name == "spark.executor.instances"}
        return asked + [PropertyAdvice(name, value, "as asked") for name, value in kept.items()]
    initial_name = f"{_DYNAMIC}.initialExecutors"
    minimum, maximum = _bounds(counts)
    # Spark starts with the largest of the three itself (Utils.getDynamicAllocationInitialExecutors).
    floor = max(minimum, _count(counts, initial_name), _count(counts, "spark.executor.instances"))
    if floor > maximum:
        listed = ", ".join(f"{name}={value}" for name, value in counts.items())
        return [*asked, PropertyAdvice(initial_name, None, f"not advised: {listed} contradict each other")]
    if initial_name in counts:
        counts[initial_name] = str(floor)  # Spark raises it to the other two
    if f"{_DYNAMIC}.enabled" in given:
        asked.append(PropertyAdvice(f"{_DYNAMIC}.enabled", "true", "as asked"))
    busy = _busy_executors(chosen, past, forecast)
    if busy is not None:
        initial = max(floor, min(math.ceil(busy), maximum))
        if initial > floor:
            reason = f"{busy:.1f} executor(s) are busy on average; within the requested floor and cap"
            counts[initial_name] = str(initial)
            return asked + [
                PropertyAdvice(name, value, reason if name == initial_name else "as asked")
                for name, value in counts.items()
            ]
    return asked + [PropertyAdvice(name, value, "as asked") for name, value in counts.items()]


def _bounds(counts: Mapping[str, str]) -> tuple[int, float]:
    maximum = counts.get(f"{_DYNAMIC}.maxExecutors", "infinity")
    return _count(counts, f"{_DYNAMIC}.minExecutors"), math.inf if maximum == "infinity" else int(maximum)


def _count(counts: Mapping[str, str], name: str) -> int:
    return int(counts.get(name, "0"))


def _busy_executors(chosen: Allocation, past: Sequence[PastRun], forecast: Forecast | None) -> float | None:
    """Return how many executors the work keeps busy on average; never more than were seen at once."""
    recent = [run for run in past[-RECENT_RUNS:] if run.status == "succeeded"]
    if not recent:
        return None
    if forecast is not None:
        busy = forecast.executor_run_time_ms.p50 / max(1.0, forecast.duration_ms.p50) / chosen.concurrent_tasks
    else:
        shares = sorted(run.executor_run_time_ms / max(1, run.duration_ms) / run.tasks for run in recent)
        busy = shares[len(shares) // 2]
    return min(busy, max(run.allocation.executor_count or 1 for run in recent))


def shuffle_partitions(
    chosen: Allocation, past: Sequence[PastRun], given: Mapping[str, str], forecast: Forecast | None
) -> list[PropertyAdvice]:
    """Advise more shuffle partitions if the shuffle is too large for them, at most doubling at a time.

    Never fewer: the heap held with tasks of this size, and larger tasks would need more.
    """
    name = "spark.sql.shuffle.partitions"
    now = chosen.shuffle_partitions_count
    shuffled = [run.shuffle_write_bytes for run in past[-RECENT_RUNS:] if run.status == "succeeded"]
    largest = forecast.shuffle_write_bytes.p90 if forecast is not None and shuffled else max(shuffled, default=0)
    wanted = math.ceil(largest / _PARTITION_BYTES)
    if wanted > now:
        basis = "p90 of the shuffle" if forecast is not None else "the largest recent shuffle"
        reason = (
            f"{basis} is {largest / MIB:.0f} MiB: {wanted} partitions would hold at most 64 MiB each; one step from "
            f"{now} at most doubles"
        )
        return [PropertyAdvice(name, str(min(2 * now, wanted)), reason)]
    return [PropertyAdvice(name, str(now), "as asked")] if name in given else []
