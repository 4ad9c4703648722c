"""Fit repeated runs at a heap: how much slower it is, and how likely an OOM, each with its interval."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.9
_LOW, _HIGH = 50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)
_RESAMPLES = 4000
_STEEPNESS = np.geomspace(3, 300, 40)
_MIDDLES_COUNT = 300


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 90 % confidence interval."""

    value: float
    low: float
    high: float


def slow_down(pairs: Sequence[tuple[float, float]], seed: int) -> Interval:
    """Return the geometric mean of time at this heap over time at the generous heap, with a percentile bootstrap.

    A pair is from one round, so a temporary slow-down of the machine cancels out. It is a mean, not a median: a heap at
    which one run in five thrashes is not as good as one at which none does.
    """
    logs = np.log([own / generous for own, generous in pairs])
    drawn = np.random.default_rng(seed).integers(0, len(logs), (_RESAMPLES, len(logs)))
    low, high = np.percentile(logs[drawn].mean(axis=1), [_LOW, _HIGH])
    return Interval(float(np.exp(logs.mean())), float(np.exp(low)), float(np.exp(high)))


@dataclass(frozen=True, slots=True)
class OomCurve:
    """The probability of an OOM by heap, which never rises with memory.

    A logistic curve in the logarithm of the heap, ``1 / (1 + exp(steepness x (log heap - middle)))`` with a steepness
    above 0. Runs at a few heaps, many of them all good or all bad, do not determine such a curve: there is a family of
    them, weighted by likelihood (flat priors over the middle, within the tried heaps and one step beyond, and over the
    logarithm of the steepness), and every figure is a quantile of the family.

    Attributes:
        middles: Log heap (MiB) at probability 0.5, per curve.
        steepness: Steepness of each curve.
        weights: Weight of each curve; they sum to 1.
    """

    middles: np.ndarray
    steepness: np.ndarray
    weights: np.ndarray

    def half(self) -> Interval:
        """The heap, in MiB, at which every second run dies."""
        return self._middle_of(np.exp(self.middles))

    def probability(self, heap_mib: float) -> Interval:
        """Return how likely a run dies at this heap."""
        return self._middle_of(_logistic(self.steepness * (np.log(heap_mib) - self.middles)))

    def _middle_of(self, each: np.ndarray) -> Interval:
        """Return the family's median and its 5 % and 95 % quantiles; unlike a mean, it never lies outside of them."""
        order = np.argsort(each)
        below = np.cumsum(self.weights[order])
        return Interval(
            *(
                float(each[order][min(int(np.searchsorted(below, share)), len(order) - 1)])
                for share in (0.5, _LOW / 100, _HIGH / 100)
            )
        )


def fit_oom(runs: Sequence[tuple[int, bool]], step_ratio: float) -> OomCurve:
    """Fit the curve to runs, each a heap in MiB and whether the run died."""
    heaps = np.log([heap for heap, _ in runs])
    margin = np.log(step_ratio)
    middles, steepness = (
        grid.ravel()
        for grid in np.meshgrid(np.linspace(heaps.min() - margin, heaps.max() + margin, _MIDDLES_COUNT), _STEEPNESS)
    )
    likelihood = np.zeros(len(middles))
    for (heap, death), count in Counter(runs).items():
        signed = steepness * (np.log(heap) - middles)
        likelihood -= count * np.logaddexp(0, signed if death else -signed)
    weights = np.exp(likelihood - likelihood.max())
    return OomCurve(middles, steepness, weights / weights.sum())


def _logistic(signed: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-np.logaddexp(0, signed)))
