"""Policies that choose the memory of an attempt: the user, and rules without a model; the product is in ``product``.

Every environment (measured oracle, simulated fleet, tasks of scientific workflows) uses the same policies.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from data_contracts.api.recommendation import RecommendRequest
from data_contracts.properties.spark import MIB, parse_size_bytes
from sparkwright.allocation.past import PastRun

_SPARKS_OWN = "1g"  # spark.executor.memory
_DOWN, _ABOVE_DEATH = 0.85, 1.3


@dataclass(frozen=True, slots=True)
class Observation:
    """What a policy observes before an attempt.

    Attributes:
        request: What a launcher would send.
        workload_id: The workload.
        past: Its attempts that had ended, oldest first.
        at: Moment of the decision.
        needed_bytes: Heap at which half of such attempts die: unknowable in reality, and used only by the policy
            called unreachable.
        min_bytes: Minimum for rules.
        grid_bytes: Rules round up to a multiple of this.
        input_bytes: What this attempt will read; known only to policies that are told (:func:`told_input`).
        under_way: Attempts of the workload in progress.
        rows_of: Returns the rows of ``runs`` behind ``past``, if any, for a forecaster.
    """

    request: RecommendRequest
    workload_id: str
    past: Sequence[PastRun]
    at: datetime
    needed_bytes: int
    min_bytes: int = 512 * MIB
    grid_bytes: int = 64 * MIB
    input_bytes: int | None = None
    under_way: int = 0
    rows_of: Callable[[], pa.Table] | None = None

    @property
    def rows(self) -> pa.Table | None:
        """The rows of ``runs`` behind ``past``, if any."""
        return self.rows_of() if self.rows_of else None

    @property
    def asked_bytes(self) -> int:
        """The memory that the user requests, else Spark's own default."""
        return parse_size_bytes(self.request.properties.as_conf().get("spark.executor.memory", _SPARKS_OWN))

    @property
    def died_bytes(self) -> int:
        """The heap that the last attempt died of; 0 if it did not die."""
        return self.past[-1].heap_bytes if self.past and _died(self.past[-1]) else 0

    @property
    def peaks_bytes(self) -> list[int]:
        """Measured peaks, oldest first, without those of deaths, which say nothing about the need."""
        return [run.peak_jvm_heap_bytes for run in self.past if run.peak_jvm_heap_bytes is not None and not _died(run)]

    def sized(self, wanted_bytes: float) -> "Choice":
        """Return this size, rounded up to the grid and at least the minimum."""
        return Choice(max(self.min_bytes, math.ceil(wanted_bytes / self.grid_bytes) * self.grid_bytes))


@dataclass(frozen=True, slots=True)
class Choice:
    """What an attempt is submitted with.

    Attributes:
        heap_bytes: Heap of an executor.
        overhead_bytes: Memory overhead; None for Spark's own for the heap.
        trial: Whether the policy calls it a trial.
        claim: P(death) that the policy states for this attempt, or None.
    """

    heap_bytes: int
    overhead_bytes: int | None = None
    trial: bool = False
    claim: float | None = None


Policy = Callable[[Observation], Choice]
"""A function of the observation alone: names of workloads return under other seeds, and histories with other heaps."""


def told_input(policy: Policy) -> Policy:
    """Return the same policy with a launcher that states how much the run will read."""

    def choose(observation: Observation) -> Choice:
        request = observation.request.model_copy(update={"input_bytes": observation.input_bytes})
        return policy(replace(observation, request=request))

    return choose


def user(observation: Observation) -> Choice:
    """Give what the user requests."""
    return Choice(observation.asked_bytes)


def last_heap(observation: Observation) -> Choice:
    """Give what the last attempt had, twice that if it died; at first the user's own."""
    if observation.died_bytes:
        return Choice(2 * observation.died_bytes)
    return Choice(observation.past[-1].heap_bytes if observation.past else observation.asked_bytes)


def steps_down(observation: Observation) -> Choice:
    """Give 0.85 of what the last attempt had, never below 1.3 times the largest death; at first the user's own."""
    if not observation.past:
        return Choice(observation.asked_bytes)
    barred = _ABOVE_DEATH * max((run.heap_bytes for run in observation.past if _died(run)), default=0)
    return observation.sized(max(barred, 0 if observation.died_bytes else _DOWN * observation.past[-1].heap_bytes))


def unreachable(observation: Observation) -> Choice:
    """Give 1.25 times what will be needed."""
    return observation.sized(1.25 * observation.needed_bytes)


@dataclass(frozen=True, slots=True)
class PeakRule:
    """A size from the peaks so far, as in common sizing scripts; the user's own if none was seen.

    After a death, twice the heap that died: its peak says nothing.

    Attributes:
        of: Computes the size in bytes from at least one peak in bytes, oldest first.
        capped: Whether it never asks for more than the user does, except after a death.
    """

    of: Callable[[Sequence[int]], float]
    capped: bool = False

    def __call__(self, observation: Observation) -> Choice:
        """Return the memory for the next attempt."""
        if observation.died_bytes:
            return Choice(2 * observation.died_bytes)
        peaks = observation.peaks_bytes
        if not peaks:
            return Choice(observation.asked_bytes)
        choice = observation.sized(self.of(peaks))
        return Choice(min(choice.heap_bytes, observation.asked_bytes)) if self.capped else choice


def _died(run: PastRun) -> bool:
    return run.memory_verdict == "heap_oom"


def _p95(peaks: Sequence[int]) -> int:
    """Return the 95th percentile by nearest rank; of up to 19 peaks that is the maximum."""
    return sorted(peaks)[math.ceil(0.95 * len(peaks)) - 1]


USER, UNREACHABLE, MAX_PEAK = "user", "1.25 x true need (unreachable)", "max peak x1.2"

RULES: dict[str, Policy] = {
    USER: user,
    "last heap": last_heap,
    "last peak x1.2": PeakRule(lambda peaks: 1.2 * peaks[-1]),
    MAX_PEAK: PeakRule(lambda peaks: 1.2 * max(peaks)),
    "p95 of peaks +15%": PeakRule(lambda peaks: 1.15 * _p95(peaks)),
    "max of last 5, at most as asked": PeakRule(lambda peaks: max(peaks[-5:]), capped=True),
    "0.85 a step, 1.3 x largest death": steps_down,
    "max x (1 + 0.6/sqrt n)": PeakRule(lambda peaks: max(peaks) * (1 + 0.6 / math.sqrt(len(peaks)))),
    UNREACHABLE: unreachable,
}
"""Policies that need neither a model nor the product."""
