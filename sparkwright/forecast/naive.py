"""Forecasts that need no network: what a workload did before, plus or minus that guess's past errors.

With few runs they are hard to beat, so the forecaster leans on them (:mod:`sparkwright.forecast.blend`), and every
backtest shows them alongside.

Shapes: N runs, T context, R requirements, Q quantiles, M rules; all on the scale of ``requirement_logs``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from sparkwright.features.picking import of_each

Doubles = npt.NDArray[np.float64]


def last_value(past: Doubles) -> Doubles:
    """Return the newest known value ``[N, R]`` of ``past`` ``[N, T, R]``; NaN if none is known."""
    known = ~np.isnan(past)
    steps = np.where(known, np.arange(past.shape[1])[None, :, None], 0).max(axis=1)
    return of_each(past, steps)


def median_value(past: Doubles) -> Doubles:
    """Return the median ``[N, R]`` of the known values of ``past`` ``[N, T, R]``; NaN if none is known."""
    known = ~np.isnan(past)
    count = known.sum(axis=1)
    ascending = np.sort(past, axis=1)  # NaN last
    low = of_each(ascending, np.maximum((count - 1) // 2, 0))
    high = of_each(ascending, np.minimum(count // 2, past.shape[1] - 1))
    return np.where(count > 0, 0.5 * (low + high), np.nan)


RULES: Mapping[str, Callable[[Doubles], Doubles]] = {"last value": last_value, "median of the past": median_value}
"""The M rules, keyed by the names that reports show."""


@dataclass(frozen=True, slots=True)
class NaiveForecasts:
    """What the rules need to answer with quantiles, as plain lists so that it serialises to JSON unchanged.

    Attributes:
        errors: ``[M, R, Q]`` quantiles of each rule's errors.
        values: ``[R, Q]`` quantiles of all values: the forecast for an unknown workload.
    """

    errors: list[list[list[float]]]
    values: list[list[float]]

    @classmethod
    def fit(cls, past: Doubles, actual: Doubles, levels: Sequence[float]) -> Self:
        """Fit errors and values to runs with outcome ``actual`` ``[N, R]`` after ``past`` ``[N, T, R]``."""
        errors = [_quantiles(actual - rule(past), levels).tolist() for rule in RULES.values()]
        return cls(errors, _quantiles(actual, levels).tolist())

    def quantiles(self, past: Doubles) -> Doubles:
        """Return each rule's quantiles ``[M, N, R, Q]`` of the run that follows ``past`` ``[N, T, R]``."""
        values = np.asarray(self.values)
        points = np.stack([rule(past) for rule in RULES.values()])[..., None]
        return np.where(np.isnan(points), values, points + np.asarray(self.errors)[:, None])


def _quantiles(values: Doubles, levels: Sequence[float]) -> Doubles:
    """Return quantiles ``[R, Q]`` of the known values of each column; 0 if none is known."""
    columns = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.quantile(column, levels) if column.size else np.zeros(len(levels)) for column in columns])
