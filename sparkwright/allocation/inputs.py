"""What the next run of a workload may read: one size if the launcher knows it, else what its history suggests.

Shapes: K sizes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.past import PastRun

Doubles = npt.NDArray[np.float64]

ENOUGH_RUNS = 5
"""With fewer, it is unknown how the next input may differ: the lab's first runs of a workload doubled it each time."""
_RECENT_RUNS = 30
_CONSTANT_RUNS = 5
"""This many equal inputs in a row are no coincidence: the workload reads the same every time."""
_PRIOR_CHANGES = 4.0
"""Weight of the usual changes below, in changes of the workload's own."""
_USUAL_CHANGES = ((-0.7, 0.1), (-0.3, 0.15), (0.0, 0.4), (0.3, 0.15), (0.7, 0.12), (1.1, 0.08))
"""Prior for workloads of which little is known: changes from run to run, in log units, with their probabilities."""
_USUAL, _LIKELY = np.array(_USUAL_CHANGES).T
_SURGE, _SURGE_PROBABILITY = 0.9, 0.004
"""Log factor and probability of a size that the history does not suggest: a backfill, a late partition."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Sizes ``[K]`` in bytes and their probabilities, which sum to 1; size 0 stands for the usual one.

    Attributes:
        is_known: Whether the size was stated, or enough runs show how it changes.
    """

    input_bytes: Doubles
    weights: Doubles
    is_known: bool = True

    @property
    def middle_bytes(self) -> float:
        """Their geometric mean."""
        return float(np.exp(np.log(np.maximum(self.input_bytes, 1.0)) @ self.weights))


def told(input_bytes: int) -> Inputs:
    """Return the size that a launcher stated."""
    return Inputs(np.array([float(input_bytes)]), np.ones(1))


def expected(runs: Sequence[PastRun]) -> Inputs:
    """Return what the history suggests: recent sizes again, or the last one changed as it changed before.

    Args:
        runs: Oldest first. Without inputs the answer is the usual size, whatever that is.
    """
    return expected_after(KnownRuns.of(runs).facts.input_bytes)


def expected_after(sizes_bytes: npt.NDArray[np.integer]) -> Inputs:
    """Return the same from the inputs alone ``[N]``, oldest first, 0 if unknown."""
    recent = sizes_bytes[-_RECENT_RUNS - 1 :]
    logs = np.log(recent[recent > 0])
    is_known = len(sizes_bytes) >= ENOUGH_RUNS
    if not len(logs):
        return Inputs(np.zeros(1), np.ones(1), is_known)
    changes = np.diff(logs)
    if _is_constant(changes):
        sizes, weights = [logs[-1:]], [np.ones(1)]
    else:
        changes = changes[changes != 0]  # a retry reads the same again
        trust = len(changes) / (len(changes) + _PRIOR_CHANGES)
        sizes = [logs, logs[-1] + changes, logs[-1] + _USUAL]
        weights = [
            np.full(len(logs), 0.5 / len(logs)),
            np.full(len(changes), 0.5 * trust / max(1, len(changes))),
            0.5 * (1 - trust) * _LIKELY,
        ]
    size = np.concatenate([*sizes, [logs[-1] + _SURGE]])
    weight = np.concatenate([(1 - _SURGE_PROBABILITY) * np.concatenate(weights), [_SURGE_PROBABILITY]])
    return Inputs(np.exp(size), weight, is_known)


def foreseen(runs: Sequence[PastRun], sizes_bytes: Doubles, weights: Doubles) -> Inputs:
    """Mix what a forecast and the history expect, half and half, for a workload whose input is known to change.

    A forecast is closer to the usual input; the history remembers what this particular workload has done. Either alone
    claims too little or too much risk.

    Args:
        runs: Oldest first. If they always read the same, or their inputs are unknown, the forecast is ignored.
        sizes_bytes: Sizes that the forecast expects ``[K]``.
        weights: Their probabilities ``[K]``.
    """
    known = expected(runs)
    recent = KnownRuns.of(runs).facts.input_bytes[-_RECENT_RUNS - 1 :]
    sizes = recent[recent > 0]
    if not len(sizes) or _is_constant(np.diff(sizes)):
        return known
    both = np.concatenate([sizes_bytes, known.input_bytes]), np.concatenate([weights, known.weights]) / 2
    return Inputs(*both, known.is_known)


def _is_constant(changes: npt.NDArray[np.number]) -> bool:
    return len(changes) >= _CONSTANT_RUNS and not changes.any()
