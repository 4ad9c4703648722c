"""Size memory whose earlier need *was* observed, as a container's resident memory is.

The heap's need is only ever bounded (``need.py``). Observed needs say more: the next one is equally likely to have any
rank among the ``n`` earlier ones, so it exceeds all of them with probability ``1 / (n + 1)`` whatever its distribution
(Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Mathematical Statistics 12, 1941). How
far above is learned: excesses over the median are exponential on the logarithmic scale (Hill, "A simple general
approach to inference about the tail of a distribution", Annals of Statistics 3, 1975) with a gamma prior on the scale,
so the predicted tail beyond the largest is Lomax, heavy after few runs and lighter after many.

If the next input is known, a share of the need may grow with it: ``log(1 - e + e * input / usual input)`` for a few
elasticities ``e``. Each predicts on its own, weighted by how well it predicts every run from the others.

Shapes: N earlier needs, E elasticities, C sizes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need_prior import ELASTICITIES

Doubles = npt.NDArray[np.float64]
Observed: TypeAlias = Sequence[float | None] | npt.NDArray[np.int64]
"""Sizes ``[N]``, which may be unknown."""

_RECENT = 200
_TAIL_SHAPE, _TAIL_SCALE = 2.0, 0.15
"""Prior of the excess over the largest need, in log units: worth two runs, 15% on average."""
_QUANTILE = 0.9
"""Elasticities are weighted by how well they predict this quantile: a size must cover nearly all runs."""
_INPUT_HELPS = 0.5
"""Prior P(need grows with the input)."""
_LOSS_PRIOR = 0.02
"""Loss of one imaginary extra run, in log units: no elasticity is perfect after three runs."""
_MIN_WEIGHT = 1e-3
_MAX_GROWTH, _MIN_NEED = 5.0, 1e-3
_FARTHEST = 3.0
"""Cap on excesses over the median, in log units: a broken measurement must not widen the tail."""
_LATE_ARE_LARGER = 0.5
"""Runs still in progress are not random ones: they take longer and need more. This share of them counts as larger than
all that ended, unless inputs explain who needs more."""
_OUTGROWN_REQUESTS = 500
"""A request is outgrown about once in this many runs: people ask for what they know to be enough."""
_LARGEST, _BEYOND = 3, np.geomspace(1e-3, 4.0, 40)
"""Candidates beyond each of the three largest needs, in log units: two of these may be outliers."""
_DOUBLINGS = 8
_FACTORS = np.array([2.0**doubled for doubled in range(_DOUBLINGS)])
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ObservedSize:
    """A size and its claimed risk.

    Attributes:
        size_bytes: Not rounded to any grid.
        risk: P(the next run needs more); rounding the size up never raises it.
    """

    size_bytes: int
    risk: float


@dataclass(frozen=True, slots=True)
class NextNeed:
    """Predictive distribution of the next need.

    Attributes:
        log_needs: ``[E, N]`` earlier needs, moved to the next input by each elasticity, largest first.
        weights: ``[E]``, summing to 1.
        late: Number of runs in progress that count as larger than all that ended.
        asked_bytes: The requested size; None without a request.
        outgrown: Number of earlier runs that needed more than that.
    """

    log_needs: Doubles
    weights: Doubles
    late: float
    asked_bytes: int | None
    outgrown: int

    def exceed_probability(self, sizes_bytes: Sequence[float] | Doubles) -> Doubles:
        """Return P(the next need is larger) ``[C]``; it never rises with the size."""
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

    def sizes(self, min_bytes: float) -> Doubles:
        """Return candidate sizes ``[C]``, ascending: earlier needs, sizes somewhat beyond, and the requested one."""
        upper = self.log_needs[:, : max(3, self.log_needs.shape[1] // 2)]
        largest = self.log_needs[:, :_LARGEST]
        logs = np.concatenate([upper.ravel(), (largest[..., None] + _BEYOND).ravel()])
        asked = [] if self.asked_bytes is None else [float(self.asked_bytes)]
        return np.unique(np.maximum(min_bytes, np.r_[np.exp(logs) * (1 + _ROUNDING), asked]))


def next_need(
    needs_bytes: Observed,
    inputs_bytes: Observed = (),
    input_bytes: float | None = None,
    *,
    under_way: int = 0,
    asked_bytes: int | None = None,
) -> NextNeed | None:
    """Predict what the next run may need; None if no earlier need was observed.

    Args:
        needs_bytes: Needs of earlier runs ``[N]``, oldest first; None, NaN or non-positive if not observed.
        inputs_bytes: What those read ``[N]``, 0 or None if unknown; omit it if all are unknown.
        input_bytes: What the next run will read; None if unknown.
        under_way: Runs of the workload in progress.
        asked_bytes: The requested size, if the owner set one.

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
        late = 0.0  # runs in progress are larger because of what they read
        elasticities = np.array(ELASTICITIES)
        usual = float(np.median(inputs[inputs > 0]))
        without = logs - _growth(elasticities, np.where(inputs > 0, inputs, usual) / usual)
        weights = _weights(elasticities, without)
        moved = without + _growth(elasticities, np.array([read / usual]))
    kept = weights >= _MIN_WEIGHT
    outgrown = 0 if asked_bytes is None else int((needs[seen] > asked_bytes).sum())
    ordered = -np.sort(-moved[kept], axis=1)
    return NextNeed(ordered, weights[kept] / weights[kept].sum(), late, asked_bytes, outgrown)


def size_for(
    need: NextNeed, limits: RiskLimits = DEFAULT_LIMITS, *, min_bytes: float = 0.0, capped: bool = True
) -> ObservedSize:
    """Return the size with the lowest expected cost.

    A size costs its memory for the length of a run. If the run needs more, that is lost, the run is repeated with
    double the size as often as needed, and each death costs ``limits.lost_attempts`` on top.

    Args:
        need: What the next run may need.
        limits: The owner's limits.
        min_bytes: Minimum size.
        capped: Whether sizes below the requested one are limited to a risk of ``limits.max_risk``. If no size is that
            safe, the largest candidate is returned, with its actual risk.
    """
    sizes = need.sizes(min_bytes)
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
    """Return what inputs ``[N]``, as multiples of the usual one, add to the need ``[E, N]``, in log units."""
    grown = np.log(1 + elasticities[:, None] * (factors - 1) + _MIN_NEED)
    return np.asarray(np.clip(grown, -_MAX_GROWTH, _MAX_GROWTH))


def _weights(elasticities: Doubles, logs: Doubles) -> Doubles:
    """Return P(each elasticity) ``[E]``, by how well needs without growth ``[E, N]`` predict each other.

    Leave-one-out: each run is compared with the quantile of the others, under an asymmetric Laplace likelihood.
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


def _numbers(values: Observed) -> Doubles:
    """Convert to numbers ``[N]``; 0 for None and non-finite values."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "i":
        return values.astype(np.float64)
    numbers = np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, 0.0)
