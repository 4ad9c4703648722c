"""Forecasts that need no training, to see what training is worth.

Shapes: N runs, T context, R requirements, Q quantiles; all on the scale of ``requirement_logs``.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


def last_value(past: Doubles) -> Doubles:
    """The newest known value ``[N, R]`` of ``past`` ``[N, T, R]``; NaN where nothing is known."""
    known = ~np.isnan(past)
    steps = np.where(known, np.arange(past.shape[1])[None, :, None], -1).max(axis=1).clip(min=0)
    return np.take_along_axis(past, steps[:, None], axis=1)[:, 0]


def median_value(past: Doubles) -> Doubles:
    """The median ``[N, R]`` of the known values of ``past`` ``[N, T, R]``; NaN where nothing is known."""
    known = ~np.isnan(past)
    count = known.sum(axis=1)
    ascending = np.sort(past, axis=1)  # NaN last
    low = np.take_along_axis(ascending, ((count - 1) // 2).clip(min=0)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ascending, (count // 2).clip(max=past.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where(count > 0, 0.5 * (low + high), np.nan)


def with_errors(points: Doubles, earlier_points: Doubles, earlier_actual: Doubles, levels: Sequence[float]) -> Doubles:
    """Quantiles ``[N, R, Q]``: ``points`` ``[N, R]`` plus the quantiles of the errors that the same rule made earlier.

    Where there is no point (an unseen workload), the quantiles of all earlier values.
    """
    errors = _quantiles(earlier_actual - earlier_points, levels)
    return np.where(np.isnan(points)[..., None], _quantiles(earlier_actual, levels), points[..., None] + errors)


def as_quantiles(points: Doubles, earlier_actual: Doubles, levels: Sequence[float]) -> Doubles:
    """The points ``[N, R]`` as every quantile ``[N, R, Q]``; where there is none, the median of all earlier values."""
    filled = np.where(np.isnan(points), _quantiles(earlier_actual, [0.5])[:, 0], points)
    return np.repeat(filled[..., None], len(levels), axis=-1)


def _quantiles(values: Doubles, levels: Sequence[float]) -> Doubles:
    """Quantiles ``[R, Q]`` of the known values of each column; 0 where none is known."""
    columns = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.quantile(column, levels) if column.size else np.zeros(len(levels)) for column in columns])
