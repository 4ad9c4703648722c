"""Calibrated intervals: split-conformal offsets on top of forecast quantiles.

Source: Romano, Patterson, Candes, "Conformalized Quantile Regression", NeurIPS 2019, section 3. The guarantee holds for
runs exchangeable with the calibration runs; recurring jobs drift, so every backtest measures coverage again.
Unlike there, offsets from few runs are shrunk towards 0: their rank is then the largest error or nearly so, and a
forecast that has seen its own errors is a better guess than one outlier.

Shapes: N runs, R requirements, Q quantiles, P pairs of levels around the median (outermost first).
"""

import math

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

_MIN_TO_WIDEN, _MIN_TO_NARROW = 5, 100
"""Minimum calibration runs: below, an offset is noise; narrowing on noise breaks the guarantee, widening does not."""
_PRIOR_RUNS = 20.0
"""Weight, in calibration runs, of the prior that the intervals are already right."""


def conformal_offsets(quantiles: Doubles, actual: Doubles, levels: tuple[float, ...]) -> Doubles:
    """Return offsets ``[P, R]`` that widen (above 0) or narrow each pair of quantiles towards its nominal coverage.

    Args:
        quantiles: Forecast ``[N, R, Q]``.
        actual: Observed requirements ``[N, R]``, NaN where unknown; in the unit of ``quantiles``.
        levels: The Q levels, symmetric around 0.5.
    """
    offsets = np.zeros((len(levels) // 2, actual.shape[1]))
    for pair in range(len(levels) // 2):
        low, high = quantiles[..., pair], quantiles[..., len(levels) - 1 - pair]
        distance = np.maximum(low - actual, actual - high)
        for requirement in range(actual.shape[1]):
            known = np.sort(distance[:, requirement][~np.isnan(distance[:, requirement])])
            if len(known) < _MIN_TO_WIDEN:
                continue
            rank = math.ceil((len(known) + 1) * (levels[-1 - pair] - levels[pair]))
            offset = known[min(rank, len(known)) - 1] * len(known) / (len(known) + _PRIOR_RUNS)
            offsets[pair, requirement] = offset if len(known) >= _MIN_TO_NARROW else max(0.0, offset)
    return offsets


def widen(quantiles: Doubles, offsets: Doubles) -> Doubles:
    """Move ``quantiles`` ``[..., R, Q]`` apart by ``offsets`` ``[P, ..., R]``; they never cross or pass the median."""
    widened = quantiles.copy()
    median = quantiles.shape[-1] // 2
    # From the median outwards, so that each level is bounded by the one inside it.
    for pair in reversed(range(median)):
        low, high = pair, quantiles.shape[-1] - 1 - pair
        widened[..., low] = np.minimum(quantiles[..., low] - offsets[pair], widened[..., low + 1])
        widened[..., high] = np.maximum(quantiles[..., high] + offsets[pair], widened[..., high - 1])
    return widened
