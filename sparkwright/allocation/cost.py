"""Weigh heaps by expected cost: the memory held, plus what a death loses.

Shapes: H heaps, T trials.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from data_contracts.properties.spark import MIB
from sparkwright.allocation.inputs import Inputs
from sparkwright.allocation.limits import FIRST_TRY_SHARE, RETRY_SHARE, RiskLimits
from sparkwright.allocation.need import NeedPosterior

Doubles = npt.NDArray[np.float64]

GRID_BYTES = 64 * MIB
MIN_HEAP_BYTES = 512 * MIB
"""Spark refuses executors below 450 MiB (``UnifiedMemoryManager``: 1.5 x 300 MiB reserved); the next round size."""
_STEP, _DOWN, _UP = 0.03, 2.0, 2.5
"""Step and range of candidates around the requested heap, in log units."""
_MIN_OVERHEAD_BYTES, _OVERHEAD_SHARE = 384 * MIB, 0.1
_TRIALS = 7
_RETRY_RISK = 0.1


def rounded_up(size_bytes: float) -> int:
    """Round up to a multiple of 64 MiB."""
    return -(-int(size_bytes) // GRID_BYTES) * GRID_BYTES


def candidates(around_bytes: int, above_bytes: int, also: npt.ArrayLike = ()) -> Doubles:
    """Return the candidate heaps ``[H]`` in bytes, ascending.

    Args:
        around_bytes: The requested heap.
        above_bytes: A barred heap; all candidates are larger.
        also: Heaps to include, unless barred.
    """
    usual = _usual(max(around_bytes, above_bytes, MIN_HEAP_BYTES))
    heaps = np.concatenate([usual, np.asarray(also, dtype=np.float64)])
    heaps.sort()
    first = heaps > above_bytes
    first[1:] &= heaps[1:] != heaps[:-1]
    return np.asarray(heaps[first])


@lru_cache(maxsize=256)
def _usual(around_bytes: int) -> Doubles:
    """Return the candidates around a heap, ascending and read-only."""
    middle = math.log(around_bytes)
    heaps = np.ceil(np.exp(np.arange(middle - _DOWN, middle + _UP, _STEP)) / GRID_BYTES) * GRID_BYTES
    heaps = heaps[heaps >= MIN_HEAP_BYTES]
    heaps.flags.writeable = False
    return np.asarray(heaps)


def expected_cost(heaps: Doubles, risk: Doubles, limits: RiskLimits) -> Doubles:
    """Return the expected cost ``[H]`` of a run, in bytes of container held for the length of an attempt.

    A retry after a death is charged at the size it likely needs, whatever size died.
    """
    container = _container(heaps)
    enough = np.flatnonzero(risk <= _RETRY_RISK)
    retry = container[enough[0]] if len(enough) else container[-1]
    lost = (FIRST_TRY_SHARE + limits.lost_attempts) * container + RETRY_SHARE * np.maximum(container, retry)
    return np.asarray(container + risk * lost)


def cheapest(heaps: Doubles, risk: Doubles, min_bytes: float, limits: RiskLimits) -> int:
    """Return the position of the heap with the lowest expected cost among those within the allowed risk.

    Args:
        heaps: Ascending.
        risk: P(death) at each.
        min_bytes: From here on any heap is allowed: the owner asked for it.
        limits: The owner's limits.
    """
    allowed = np.flatnonzero((risk <= limits.max_risk) | (heaps >= min_bytes))
    return int(allowed[np.argmin(expected_cost(heaps[allowed], risk[allowed], limits))])


def worthwhile_trial(
    posterior: NeedPosterior, inputs: Inputs, heaps: Doubles, risk: Doubles, usual: int, min_bytes: float,
    limits: RiskLimits,
) -> int | None:  # fmt: skip
    """Return the position of a heap below the usual one whose information is worth its risk; None if there is none.

    A trial that holds lowers the heap of later runs; one that dies costs a death, but is informative too. Both are
    weighed by the cost of the heap that would be chosen afterwards: the knowledge gradient (Frazier, Powell, Dayanik,
    "A knowledge-gradient policy for sequential information collection", SIAM J. Control and Optimization 47, 2008).

    Args:
        posterior: Belief about the workload's need.
        inputs: What the next run may read.
        heaps: Ascending.
        risk: P(death) at each.
        usual: Position of the heap without a trial.
        min_bytes: As for :func:`cheapest`.
        limits: The owner's limits.
    """
    tried = np.flatnonzero((risk > limits.max_risk) & (risk <= limits.max_trial_risk) & (heaps < heaps[usual]))
    if not len(tried):
        return None
    tried = np.unique(tried[np.linspace(0, len(tried) - 1, _TRIALS).astype(int)])
    cost = expected_cost(heaps, risk, limits)
    gains = np.empty(len(tried))
    for number, position in enumerate(tried):
        gains[number] = cost[usual] - cost[position]
        for died, likely in ((False, 1 - risk[position]), (True, risk[position])):
            then = posterior.if_seen(float(heaps[position]), inputs.middle_bytes, died=died)
            later = then.death_probability(heaps, inputs)
            above = heaps > heaps[position] if died else np.ones(len(heaps), dtype=bool)
            best = cheapest(heaps[above], later[above], min_bytes, limits)
            later_cost = expected_cost(heaps[above], later[above], limits)[best]
            gains[number] += likely * limits.trial_runs * (cost[usual] - later_cost)
    best = int(np.argmax(gains))
    return int(tried[best]) if gains[best] > 0 else None


def _container(heaps: Doubles) -> Doubles:
    return np.asarray(heaps + np.maximum(_MIN_OVERHEAD_BYTES, _OVERHEAD_SHARE * heaps))
