"""Scores of quantile and probability forecasts.

Shapes: N runs, Q quantiles. NaN in ``actual`` means that the value is unknown; such runs do not count. A score over no
runs is NaN.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


def pinball_loss(actual: Doubles, quantiles: Doubles, levels: Sequence[float]) -> float:
    """Return the mean pinball loss of ``quantiles`` ``[N, Q]`` against ``actual`` ``[N]``, over runs and levels."""
    return _mean(pinball_losses(actual, quantiles, levels))


def pinball_losses(actual: Doubles, quantiles: Doubles, levels: Sequence[float]) -> Doubles:
    """Return the pinball loss of each run ``[N]``, averaged over the levels.

    Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978), equation 2.1.
    """
    error = actual[:, None] - quantiles
    level = np.asarray(levels)
    return np.asarray(np.maximum(level * error, (level - 1) * error).mean(axis=1))


def worse_p_value(losses: Doubles, other: Doubles) -> float:
    """Return the p-value of "``losses`` ``[N]`` are larger than ``other`` on the same runs": one-sided paired t-test.

    1 if they are not larger on average, or if there are too few runs to tell.
    """
    from scipy.stats import ttest_rel

    known = ~np.isnan(losses) & ~np.isnan(other)
    if known.sum() < 2 or losses[known].mean() <= other[known].mean():
        return 1.0
    return float(ttest_rel(losses[known], other[known], alternative="greater").pvalue)


def coverage_ratio(actual: Doubles, low: Doubles, high: Doubles) -> float:
    """Return the share of ``actual`` ``[N]`` between ``low`` and ``high``, both included."""
    inside = ((low <= actual) & (actual <= high)).astype(np.float64)
    return _mean(np.where(np.isnan(actual), np.nan, inside))


def interval_width(actual: Doubles, low: Doubles, high: Doubles) -> float:
    """Return the mean of ``high - low`` over the runs that count."""
    return _mean(np.where(np.isnan(actual), np.nan, high - low))


def brier_score(happened: Doubles, probability: Doubles) -> float:
    """Return the mean squared distance of ``probability`` ``[N]`` from what ``happened`` (0 or 1).

    Source: Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    """
    return _mean((probability - happened) ** 2)


def log_loss(happened: Doubles, probability: Doubles) -> float:
    """Return the mean negative log likelihood of what ``happened`` (0 or 1), with probabilities clipped by 1e-6."""
    sure = probability.clip(1e-6, 1 - 1e-6)
    return _mean(-(happened * np.log(sure) + (1 - happened) * np.log(1 - sure)))


def _mean(values: Doubles) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
