"""Baselines for forecasters: forecasts that need no training, to see what training is worth.

Shapes: N runs, T context, R requirements, Q quantiles; all on the scale of ``requirement_logs``.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sparkwright.forecast.naive import RULES, NaiveForecasts

Doubles = npt.NDArray[np.float64]

_WITH_ERRORS = " +- its errors"


NAIVE = tuple(f"{name}{suffix}" for name in RULES for suffix in ("", _WITH_ERRORS))
"""The names of the baselines."""


def baselines(past: Doubles, before_past: Doubles, before: Doubles, levels: Sequence[float]) -> dict[str, Doubles]:
    """Return quantiles ``[N, R, Q]`` by baseline: every naive rule as a bare point, and with its earlier errors.

    Args:
        past: Requirements of the runs before each of the N runs ``[N, T, R]``.
        before_past: The same for n earlier runs ``[n, T, R]``.
        before: Actual requirements of those ``[n, R]``.
        levels: The Q levels.
    """
    naive = NaiveForecasts.fit(before_past, before, levels)
    usual = np.asarray(naive.values)[:, list(levels).index(0.5)]
    forecasts = {}
    for (name, rule), quantiles in zip(RULES.items(), naive.quantiles(past), strict=True):
        points = rule(past)
        points = np.where(np.isnan(points), usual, points)
        forecasts[name] = np.repeat(points[..., None], len(levels), axis=-1)
        forecasts[f"{name}{_WITH_ERRORS}"] = quantiles
    return forecasts
