"""Scores of quantile and probability forecasts.

Shapes: N runs, Q quantiles. NaN in ``actual`` means that nothing is known of this run; it does not count. A score over
no run is NaN.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


def pinball_loss(actual: Doubles, quantiles: Doubles, levels: Sequence[float]) -> float:
    """Mean over runs and levels of the pinball loss of ``quantiles`` ``[N, Q]`` against ``actual`` ``[N]``."""
    return _mean(pinball_losses(actual, quantiles, levels))


def pinball_losses(actual: Doubles, quantiles: Doubles, levels: Sequence[float]) -> Doubles:
    """The pinball loss of each run ``[N]``, averaged over the levels.

    Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978), equation 2.1.
    """
    error = actual[:, None] - quantiles
    level = np.asarray(levels)
    return np.asarray(np.maximum(level * error, (level - 1) * error).mean(axis=1))


def worse_p_value(losses: Doubles, other: Doubles) -> float:
    """P value of "``losses`` ``[N]`` are larger than ``other`` on the same runs": one-sided paired t-test.

    1 where they are not larger on average, or where there are too few runs to say.
    """
    from scipy.stats import ttest_rel

    known = ~np.isnan(losses) & ~np.isnan(other)
    if known.sum() < 2 or losses[known].mean() <= other[known].mean():
        return 1.0
    return float(ttest_rel(losses[known], other[known], alternative="greater").pvalue)


def coverage_ratio(actual: Doubles, low: Doubles, high: Doubles) -> float:
    """Share of ``actual`` ``[N]`` between ``low`` and ``high``, both included."""
    inside = ((low <= actual) & (actual <= high)).astype(np.float64)
    return _mean(np.where(np.isnan(actual), np.nan, inside))


def interval_width(actual: Doubles, low: Doubles, high: Doubles) -> float:
    """Mean of ``high - low`` over the runs that count."""
    return _mean(np.where(np.isnan(actual), np.nan, high - low))


def brier_score(happened: Doubles, probability: Doubles) -> float:
    """Mean squared distance of ``probability`` ``[N]`` from what ``happened`` (0 or 1).

    Source: Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    """
    return _mean((probability - happened) ** 2)


def log_loss(happened: Doubles, probability: Doubles) -> float:
    """Mean negative log likelihood of what ``happened`` (0 or 1), with probabilities kept 1e-6 away from certainty."""
    sure = probability.clip(1e-6, 1 - 1e-6)
    return _mean(-(happened * np.log(sure) + (1 - happened) * np.log(1 - sure)))


def _mean(values: Doubles) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
