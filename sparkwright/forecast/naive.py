"""Forecasts that need no network: what a workload did before, give or take the errors that this guess made earlier.

With few runs they are hard to beat, so the forecaster leans on them (:mod:`sparkwright.forecast.blend`), and every
backtest shows them beside it.

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
    """The newest known value ``[N, R]`` of ``past`` ``[N, T, R]``; NaN where nothing is known."""
    known = ~np.isnan(past)
    steps = np.where(known, np.arange(past.shape[1])[None, :, None], 0).max(axis=1)
    return of_each(past, steps)


def median_value(past: Doubles) -> Doubles:
    """The median ``[N, R]`` of the known values of ``past`` ``[N, T, R]``; NaN where nothing is known."""
    known = ~np.isnan(past)
    count = known.sum(axis=1)
    ascending = np.sort(past, axis=1)  # NaN last
    low = of_each(ascending, np.maximum((count - 1) // 2, 0))
    high = of_each(ascending, np.minimum(count // 2, past.shape[1] - 1))
    return np.where(count > 0, 0.5 * (low + high), np.nan)


RULES: Mapping[str, Callable[[Doubles], Doubles]] = {"last value": last_value, "median of the past": median_value}
"""The M rules, by the names that reports show."""


@dataclass(frozen=True, slots=True)
class NaiveForecasts:
    """What the rules need to answer with quantiles, as plain lists so that it is written to JSON as it is.

    Attributes:
        errors: ``[M, R, Q]`` quantiles of the errors that each rule made.
        values: ``[R, Q]`` quantiles of all values: the forecast for a workload of which nothing is known.
    """

    errors: list[list[list[float]]]
    values: list[list[float]]

    @classmethod
    def fit(cls, past: Doubles, actual: Doubles, levels: Sequence[float]) -> Self:
        """Errors and values of runs that came out as ``actual`` ``[N, R]`` after ``past`` ``[N, T, R]``."""
        errors = [_quantiles(actual - rule(past), levels).tolist() for rule in RULES.values()]
        return cls(errors, _quantiles(actual, levels).tolist())

    def quantiles(self, past: Doubles) -> Doubles:
        """Each rule's quantiles ``[M, N, R, Q]`` of what comes after ``past`` ``[N, T, R]``."""
        values = np.asarray(self.values)
        points = np.stack([rule(past) for rule in RULES.values()])[..., None]
        return np.where(np.isnan(points), values, points + np.asarray(self.errors)[:, None])


def _quantiles(values: Doubles, levels: Sequence[float]) -> Doubles:
    """Quantiles ``[R, Q]`` of the known values of each column; 0 where none is known."""
    columns = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.quantile(column, levels) if column.size else np.zeros(len(levels)) for column in columns])
