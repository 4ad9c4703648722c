"""Which executor heap: the least costly one whose risk is bounded, in steps that evidence allows.

Need is never observed. A heap that held proves "no more than this", a heap that died "more than this"; between and
below them there is only the forecast, so memory goes down in bounded steps, and a step below what was proven is a
trial.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data_contracts.spark_properties import MIB, format_size_mib
from sparkwright.allocation.cost import core_hours
from sparkwright.allocation.properties import LEAST_HEAP_BYTES, PastRun
from sparkwright.features.columns import REQUIREMENTS, Candidate
from sparkwright.features.windows import History
from sparkwright.forecast.forecaster import Forecaster, Forecasts

_DURATION, _INPUT = REQUIREMENTS.index("duration_ms"), REQUIREMENTS.index("input_bytes")
_GRID_BYTES = 64 * MIB
_GRID_STEPS = (0.5, 0.75, 0.8, 0.85, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0)
_STEP_DOWN = 0.75
"""A trial goes at most a quarter below the least heap that held."""
_STEP_UP = (1.5, 2.0)
"""After a death the heap grows by half at least, to double at most: decisive, but not without bound."""
_CLEARLY_ABOVE = 1.25
"""A heap that held counts as an answer to a death when it is larger by this factor."""
_ABOVE_DEATH = 1.1
"""A trial keeps so far away from the largest heap that died."""
_TRUSTED_RUNS = 3
"""So many runs that held prove a heap for inputs no larger than theirs ..."""
_TRUSTED_INPUT = 1.25
"""... or larger by this factor."""
_NEAR = 0.05


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """What the workload's recent runs say about its heap.

    Attributes:
        proven_bytes: The least heap that held, above any that died; None where none did.
        proven_count: How many runs held with heaps above any that died.
        proven_input_bytes: The largest input of a run that held.
        died_bytes: The largest heap that died; None where none did.
        last_died: Whether the newest run with a verdict died.
        seen_bytes: Least and largest heap that were seen; None where no run was.
    """

    proven_bytes: int | None
    proven_count: int
    proven_input_bytes: int
    died_bytes: int | None
    last_died: bool
    seen_bytes: tuple[int, int] | None

    @classmethod
    def of(cls, runs: Sequence[PastRun], concurrent_tasks: int) -> "MemoryRecord":
        """The record of ``runs``, oldest first, for executors that run ``concurrent_tasks`` at once.

        A heap shared by fewer tasks than planned proves nothing; a death counts whatever shared the heap.
        """
        heaps = [run.executor_memory_bytes for run in runs]
        died = [run for run in runs if run.memory_verdict == "heap_oom"]
        died_bytes = max((run.executor_memory_bytes for run in died), default=None)
        held = [
            run
            for run in runs
            if run.memory_verdict == "enough"
            and run.concurrent_tasks >= concurrent_tasks
            and run.executor_memory_bytes > (died_bytes or 0)
        ]
        verdicts = [run.memory_verdict for run in runs if run.memory_verdict in {"enough", "heap_oom"}]
        return cls(
            proven_bytes=min((run.executor_memory_bytes for run in held), default=None),
            proven_count=len(held),
            proven_input_bytes=max((run.input_bytes for run in held if run.status == "succeeded"), default=0),
            died_bytes=died_bytes,
            last_died=bool(verdicts) and verdicts[-1] == "heap_oom",
            seen_bytes=(min(heaps), max(heaps)) if heaps else None,
        )

    def saw(self, heap_bytes: int) -> bool:
        """Whether a run was seen near this heap."""
        if self.seen_bytes is None:
            return False
        least, largest = self.seen_bytes
        return least * (1 - _NEAR) <= heap_bytes <= largest * (1 + _NEAR)


@dataclass(frozen=True, slots=True)
class HeapBounds:
    """Between which heaps the choice is free, and which one is taken where no choice can be made."""

    floor_bytes: int
    ceiling_bytes: int
    fallback_bytes: int

    @classmethod
    def of(cls, asked_bytes: int, record: MemoryRecord) -> "HeapBounds":
        """The bounds that the record sets for a user who asks for ``asked_bytes``."""
        asked = max(asked_bytes, LEAST_HEAP_BYTES)
        died = record.died_bytes or 0
        if record.seen_bytes is None:
            return cls(asked, asked, asked)
        if record.last_died:
            proven = record.proven_bytes or 0
            # Back to a heap that held, where one lies clearly above; else up, decisively.
            up = proven if proven >= _CLEARLY_ABOVE * died else max(proven, _rounded(_STEP_UP[0] * died))
            most = max(asked, up, _rounded(_STEP_UP[1] * died))
            return cls(max(asked, up), most, max(asked, proven) if up == proven else most)
        if record.proven_bytes is not None:
            proven = max(record.proven_bytes, LEAST_HEAP_BYTES)
            lowest = max(_rounded(_STEP_DOWN * proven), _rounded(_ABOVE_DEATH * died), LEAST_HEAP_BYTES)
            return cls(min(lowest, proven), max(asked, _rounded(2 * proven)), max(asked, proven))
        least = max(asked, _rounded(_ABOVE_DEATH * died))
        return cls(least, _rounded(2 * least), least)


@dataclass(frozen=True, slots=True)
class HeapChoice:
    """The candidates that were weighed, ordered by heap, and the one that was taken."""

    candidates: tuple[Candidate, ...]
    forecasts: Forecasts
    chosen: int
    reason: str


def choose_heap(
    forecaster: Forecaster, history: History, asked: Candidate, record: MemoryRecord, risk_bound: float
) -> HeapChoice:
    """The least costly heap whose P(out of memory) is within ``risk_bound``, in steps that the record allows."""
    bounds = HeapBounds.of(asked.executor_memory_bytes, record)
    heaps = _grid(bounds, asked.executor_memory_bytes, record)
    candidates = tuple(replace(asked, executor_memory_bytes=heap) for heap in heaps)
    forecasts = forecaster.forecast(history, candidates)
    median = forecaster.quantiles.index(0.5)
    risk = forecasts.oom_probability[0]
    durations: list[float] = forecasts.quantiles[0, :, _DURATION, median].tolist()

    # The forecast must not talk a heap out of what it has shown again and again.
    input_bytes = float(forecasts.quantiles[0, 0, _INPUT, median])
    trusted = record.proven_count >= _TRUSTED_RUNS and input_bytes <= _TRUSTED_INPUT * record.proven_input_bytes
    safe = [
        position
        for position, heap in enumerate(heaps)
        if bounds.floor_bytes <= heap <= bounds.ceiling_bytes
        and (risk[position] <= risk_bound or (trusted and heap >= (record.proven_bytes or heap + 1)))
    ]
    if safe and record.seen_bytes is not None:
        chosen = min(
            safe, key=lambda position: (core_hours(candidates[position], durations[position]), heaps[position])
        )
    else:
        chosen = heaps.index(bounds.fallback_bytes)
    reason = _reason(heaps[chosen], float(risk[chosen]), risk_bound, asked.executor_memory_bytes, record)
    return HeapChoice(candidates, forecasts, chosen, reason)


def _grid(bounds: HeapBounds, asked_bytes: int, record: MemoryRecord) -> list[int]:
    """Heaps to weigh, ascending: the bounds, what was asked and proven, and steps around it for the risk curve."""
    base = record.proven_bytes or bounds.fallback_bytes
    own = {bounds.floor_bytes, bounds.ceiling_bytes, bounds.fallback_bytes, asked_bytes, base}
    heaps = own | {_rounded(step * base) for step in _GRID_STEPS}
    return sorted(heap for heap in heaps if heap >= LEAST_HEAP_BYTES)


def _reason(heap: int, risk: float, risk_bound: float, asked: int, record: MemoryRecord) -> str:
    size, chance = format_size_mib(heap), f"P(out of memory) is forecast at {risk:.1%}"
    if record.seen_bytes is None:
        kept = "stays what it is without advice" if heap == asked else "is the least that Spark starts with"
        return f"{size}: no run of this workload was seen, so the heap {kept}; from other workloads, {chance}"
    if record.last_died:
        return f"{size}: the last run died of memory with {format_size_mib(record.died_bytes or 0)}; {chance}"
    if record.proven_bytes is None:
        return f"{size}: no run of this workload has shown yet which heap is enough; {chance}"
    proven = f"{format_size_mib(record.proven_bytes)}, the least that held in {record.proven_count} run(s)"
    if heap < record.proven_bytes:
        return f"{size}, a trial below {proven}: {chance}, within the bound of {risk_bound:.0%}"
    if heap == record.proven_bytes:
        return f"{proven}; {chance} (bound {risk_bound:.0%})"
    if risk <= risk_bound:
        return f"{size}, above {proven}: {chance}, within the bound of {risk_bound:.0%}"
    return f"{size}, not below {proven}: {chance}, and no heap in reach keeps the bound of {risk_bound:.0%}"


def _rounded(size_bytes: float) -> int:
    return -(-int(size_bytes) // _GRID_BYTES) * _GRID_BYTES
