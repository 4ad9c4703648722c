"""How much memory to give where the need of earlier runs *was* observed, as a container's resident memory is.

The heap's need is only ever bounded (``need.py``). What was observed says more: the next need is as likely to fall
above any of the ``n`` earlier ones as below, so it exceeds all of them with probability ``1 / (n + 1)`` whatever its
distribution (Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Mathematical Statistics 12,
1941). How far above is learned: excesses over the median are exponential on the logarithmic scale (Hill, "A simple
general approach to inference about the tail of a distribution", Annals of Statistics 3, 1975) with a scale that has a
gamma prior, so that what is predicted beyond the largest is a Lomax tail, heavy after few runs and lighter after many.

Where the next input is known, a share of the need may grow with it: ``log(1 - e + e * input / usual input)`` for a few
elasticities ``e``. Each predicts on its own; they are weighed by how well they predict every run from the others.

Shapes: N earlier needs, E elasticities, C sizes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need_prior import ELASTICITIES

Doubles = npt.NDArray[np.float64]

_RECENT = 200
_TAIL_SHAPE, _TAIL_SCALE = 2.0, 0.15
"""Prior of the excess over the largest need, powers of e: two runs' worth, of 15% on average."""
_QUANTILE = 0.9
"""Elasticities are weighed by how well they predict this quantile: a size has to cover nearly all, not the middle."""
_INPUT_HELPS = 0.5
"""P(need grows with the input) beforehand."""
_LOSS_PRIOR = 0.02
"""Loss that one run more would have had, powers of e: no elasticity is perfect after three runs."""
_LEAST_WEIGHT = 1e-3
_MOST_GROWTH, _LEAST_NEED = 5.0, 1e-3
_FARTHEST = 3.0
"""What lies further above the median, powers of e, says no more about the tail: a broken measurement is no need."""
_LATE_ARE_LARGER = 0.5
"""Runs that are still under way are no random ones: they take longer, and need more. So many of them count as larger
than all that ended, unless the input says who needs more."""
_OUTGROWN_REQUESTS = 500
"""A request is outgrown once in so many runs: people ask for what they know to be enough."""
_LARGEST, _BEYOND = 3, np.geomspace(1e-3, 4.0, 40)
"""Sizes that are weighed beyond each of the largest needs, powers of e: two of them may be poisoned."""
_DOUBLINGS = 8
_FACTORS = np.array([2.0**doubled for doubled in range(_DOUBLINGS)])
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ObservedSize:
    """A size and the claim that goes with it.

    Attributes:
        size_bytes: Not rounded to anybody's grid.
        risk: P(the next run needs more); never higher for a size that is rounded up.
    """

    size_bytes: int
    risk: float


@dataclass(frozen=True, slots=True)
class NextNeed:
    """Predictive distribution of the next need.

    Attributes:
        log_needs: ``[E, N]`` what each elasticity makes of the earlier needs at the next input, largest first.
        weights: ``[E]``, they add up to 1.
        late: Runs under way that count as larger than all that ended.
        asked_bytes: What was asked for; None where nothing was.
        outgrown: Earlier runs that needed more than that.
    """

    log_needs: Doubles
    weights: Doubles
    late: float
    asked_bytes: int | None
    outgrown: int

    def exceed_probability(self, sizes_bytes: Sequence[float] | Doubles) -> Doubles:
        """P(the next need is larger) ``[C]``; it never rises with the size."""
        sizes = np.asarray(sizes_bytes, dtype=np.float64)
        count = self.log_needs.shape[1]
        excesses = count // 2
        excess = self.log_needs[:, :excesses] - self.log_needs[:, excesses, None]
        scales = _TAIL_SCALE + np.minimum(excess, _FARTHEST).sum(axis=1)
        at = np.log(np.maximum(sizes, 1.0))
        risk = np.zeros(len(at))
        for needs, weight, scale in zip(self.log_needs, self.weights, scales, strict=True):
            above = np.searchsorted(-needs, -at, side="left")
            beyond = np.maximum(at - needs[np.minimum(above, count - 1)], 0.0)
            tail = (1 + beyond / scale) ** -(_TAIL_SHAPE + excesses)
            larger = np.where(above > 0, above + self.late + tail, (1 + self.late) * tail)
            risk += weight * np.where(above < count, larger / (count + 1 + self.late), 1.0)
        if self.asked_bytes is not None:
            outgrown = (1 + self.outgrown) / (count + _OUTGROWN_REQUESTS)
            risk = np.where(sizes >= self.asked_bytes, np.minimum(risk, outgrown), risk)
        return np.asarray(np.minimum(risk, 1.0))

    def sizes(self, least_bytes: float) -> Doubles:
        """Sizes worth weighing ``[C]``, ascending: what was needed, some way beyond, and what was asked for."""
        upper = self.log_needs[:, : max(3, self.log_needs.shape[1] // 2)]
        largest = self.log_needs[:, :_LARGEST]
        logs = np.concatenate([upper.ravel(), (largest[..., None] + _BEYOND).ravel()])
        asked = [] if self.asked_bytes is None else [float(self.asked_bytes)]
        return np.unique(np.maximum(least_bytes, np.r_[np.exp(logs) * (1 + _ROUNDING), asked]))


def next_need(
    needs_bytes: Sequence[float | None],
    inputs_bytes: Sequence[float | None] = (),
    input_bytes: float | None = None,
    *,
    under_way: int = 0,
    asked_bytes: int | None = None,
) -> NextNeed | None:
    """What the next run may need; None where no earlier one was observed.

    Args:
        needs_bytes: Of earlier runs ``[N]``, oldest first; one that is None, NaN or not positive was not observed.
        inputs_bytes: What those read ``[N]``; leave it out where nobody knows, 0 or None where one is unknown.
        input_bytes: What the next will read; None where nobody knows.
        under_way: Runs of the workload that have begun and not ended.
        asked_bytes: What was asked for, where the owner sized it.

    Raises:
        ValueError: There are inputs, but not one for each need.
    """
    if len(inputs_bytes) not in {0, len(needs_bytes)}:
        raise ValueError(f"expected one input for each of {len(needs_bytes)} needs or none, got {len(inputs_bytes)}")
    needs = _numbers(needs_bytes)
    inputs = _numbers(inputs_bytes) if len(inputs_bytes) else np.zeros_like(needs)
    seen = np.flatnonzero(needs > 0)[-_RECENT:]
    if not len(seen):
        return None
    logs, inputs = np.log(needs[seen]), inputs[seen]
    elasticities, weights, moved = np.zeros(1), np.ones(1), logs[None]
    late = _LATE_ARE_LARGER * max(0, under_way)
    read = float(_numbers([input_bytes])[0])
    if read > 0 and (inputs > 0).any():
        late = 0.0  # what is larger about them is what they read
        elasticities = np.array(ELASTICITIES)
        usual = float(np.median(inputs[inputs > 0]))
        without = logs - _growth(elasticities, np.where(inputs > 0, inputs, usual) / usual)
        weights = _weights(elasticities, without)
        moved = without + _growth(elasticities, np.array([read / usual]))
    kept = weights >= _LEAST_WEIGHT
    outgrown = 0 if asked_bytes is None else int((needs[seen] > asked_bytes).sum())
    ordered = -np.sort(-moved[kept], axis=1)
    return NextNeed(ordered, weights[kept] / weights[kept].sum(), late, asked_bytes, outgrown)


def size_for(
    need: NextNeed, limits: RiskLimits = DEFAULT_LIMITS, *, least_bytes: float = 0.0, capped: bool = True
) -> ObservedSize:
    """The size of least expected cost.

    It costs its memory for as long as a run takes. Where the run needs more, that was in vain, the run is repeated
    with double, as often as it takes, and each death costs ``limits.lost_attempts`` beside it.

    Args:
        need: What the next run may need.
        limits: The owner's.
        least_bytes: No size is smaller.
        capped: Whether the risk may be no more than ``limits.max_risk`` below what was asked for. Where no size is
            that safe, it is the largest that is weighed, and its risk says so.
    """
    sizes = need.sizes(least_bytes)
    tried = sizes * _FACTORS[:, None]
    exceeds = need.exceed_probability(tried.ravel()).reshape(tried.shape)
    risk, cost = exceeds[0], sizes.copy()
    for size_bytes, probability in zip(tried, exceeds, strict=True):
        cost += size_bytes * probability * (2 + limits.lost_attempts)
    if capped:
        allowed = risk <= limits.max_risk
        if need.asked_bytes is not None:
            allowed |= sizes >= need.asked_bytes
        cost = np.where(allowed, cost, math.inf)
        if not allowed.any():
            cost[-1] = 0.0
    best = int(np.argmin(cost))
    size = math.ceil(sizes[best])
    return ObservedSize(size, float(need.exceed_probability([size])[0]))


def _growth(elasticities: Doubles, factors: Doubles) -> Doubles:
    """What inputs ``[N]``, as multiples of the usual one, add to the need ``[E, N]``, powers of e."""
    grown = np.log(1 + elasticities[:, None] * (factors - 1) + _LEAST_NEED)
    return np.asarray(np.clip(grown, -_MOST_GROWTH, _MOST_GROWTH))


def _weights(elasticities: Doubles, logs: Doubles) -> Doubles:
    """How likely each elasticity is ``[E]``, by how well the needs without growth ``[E, N]`` predict one another.

    Each run is left out in turn, and the quantile of the others is held against it: an asymmetric Laplace likelihood.
    """
    count = logs.shape[1]
    ordered = np.sort(logs, axis=1)
    rank = max(0, math.ceil(_QUANTILE * (count - 1)) - 1)
    predicted = ordered[:, np.where(np.arange(count) <= rank, min(rank + 1, count - 1), rank)]
    error = ordered - predicted
    loss = np.where(error > 0, _QUANTILE * error, (_QUANTILE - 1) * error).sum(axis=1)
    prior = np.where(elasticities == 0, 1 - _INPUT_HELPS, _INPUT_HELPS / np.sum(elasticities > 0))
    log_weights = np.log(prior) - count * np.log((loss + _LOSS_PRIOR) / (count + 1))
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def _numbers(values: Sequence[float | None]) -> Doubles:
    """As numbers ``[N]``; 0 where there is none."""
    numbers = np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, 0.0)
