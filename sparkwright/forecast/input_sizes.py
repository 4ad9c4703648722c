"""Possible sizes of the next input: a forecast's quantiles, with tails as long as its past errors.

A forecast's quantiles end where the interesting runs begin: a backfill of four times the usual size lies above every
p90, and it is the run that dies. So the errors of earlier forecasts, in units of their own interval's width, are kept
as a few means between levels that are spaced closer the further out they are.

Shapes: N runs, B batch, Q quantiles, K sizes.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

_EDGES = np.array([0, 0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.985, 0.993, 0.998, 1.0])
WEIGHTS: Doubles = np.diff(_EDGES)
"""Probability of each size ``[K]``."""
_MIN_WIDTH = 0.02
"""In log units; an interval of zero width means that its forecaster saw no change, not that there is none."""
_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9


def standard_errors(
    quantile_logs: Doubles, levels: Sequence[float], actual_logs: Doubles, weights: Doubles
) -> tuple[float, ...]:
    """Return mean errors between the levels of :data:`WEIGHTS`, ascending, in widths of the forecast's interval.

    Args:
        quantile_logs: Logarithms of forecast sizes ``[N, Q]``.
        levels: The Q levels, 0.1, 0.5 and 0.9 among them.
        actual_logs: Logarithms of the observed sizes ``[N]``; N is at least 1.
        weights: How much each run counts ``[N]``.
    """
    middle, width = _interval(quantile_logs, levels)
    errors = (actual_logs - middle) / width
    order = np.argsort(errors)
    errors, share = errors[order], weights[order] / weights.sum()
    # The integral of the quantile function up to each level; linear between the runs.
    ends, sums = np.r_[0.0, np.cumsum(share)], np.r_[0.0, np.cumsum(share * errors)]
    return tuple(float(mean) for mean in np.diff(np.interp(_EDGES, ends, sums)) / WEIGHTS)


def sizes_bytes(quantiles_bytes: Doubles, levels: Sequence[float], errors: Sequence[float]) -> Doubles:
    """Return sizes ``[B, K]`` in bytes for forecasts ``[B, Q]`` in bytes, with probabilities :data:`WEIGHTS`."""
    middle, width = _interval(np.log(np.maximum(quantiles_bytes, 1.0)), levels)
    return np.asarray(np.exp(middle[:, None] + width[:, None] * np.asarray(errors)))


def _interval(quantile_logs: Doubles, levels: Sequence[float]) -> tuple[Doubles, Doubles]:
    low, middle, high = (quantile_logs[:, list(levels).index(level)] for level in (_LOW, _MIDDLE, _HIGH))
    return middle, np.maximum(high - low, _MIN_WIDTH)
