"""Where the level of a series changed for good: the split that explains most, repeated in the part after it.

Source: Scott and Knott, "A cluster analysis method for grouping means in the analysis of variance", Biometrics 30
(1974), followed into the newest part only. The noise is estimated as the median step from value to value, which one
change of level does not affect; distances are clipped at ``_CUT`` times the noise, so that one outlier is no change.

Shapes: B series, T values each, oldest first; NaN means unknown. Pass logarithms, so that a change is a factor.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sparkwright.features.picking import at_each, at_one

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_CUT, _SIGNIFICANT, _MIN_RUNS = 4.0, 5.0, 3
"""In units of the noise, the largest distance of a value and the smallest score of a split; and the fewest known values
on either side. Three values far off are a change, two are not."""
_MIN_NOISE = 0.05
"""5%: no recurring job repeats itself more exactly than that indefinitely."""
_STEP_TO_NOISE = 1 / (0.6745 * np.sqrt(2))
"""From the median absolute step of independent normal values to their standard deviation."""


def changed(values: Sequence[float] | Doubles) -> int | None:
    """Position of the first value of the newest level in ``values`` ``[T]``; None if the level never changed."""
    position = int(change_positions(np.asarray(values, dtype=np.float64)[None])[0])
    return position or None


def change_positions(values: Doubles) -> Integers:
    """For each series of ``values`` ``[B, T]``, where its newest level begins ``[B]``; 0 if it never changed."""
    begun = np.zeros(len(values), dtype=np.int64)
    if values.shape[1] < 2 * _MIN_RUNS:
        return begun
    scaled = values / _noise(values)[:, None]
    open_ones = np.arange(len(values))
    while len(open_ones):
        part = np.where(np.arange(values.shape[1]) < begun[open_ones, None], np.nan, scaled[open_ones])
        position = _best_split(part)
        open_ones = open_ones[position > 0]
        begun[open_ones] = position[position > 0]
    return begun


def _best_split(values: Doubles) -> Integers:
    """Where the second of two levels of ``values`` ``[B, T]``, in units of the noise, begins; 0 if there is one."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    order = np.sort(values, axis=1)  # NaN last
    last = values.shape[1] - 1
    low, high = (np.minimum(np.maximum(position, 0), last) for position in ((count - 1) // 2, count // 2))
    centre = 0.5 * (at_one(order, low) + at_one(order, high))
    distance = np.where(known, np.minimum(np.maximum(values - centre[:, None], -_CUT), _CUT), 0.0)
    before, total = known.cumsum(axis=1) - known, distance.cumsum(axis=1) - distance
    after = count[:, None] - before
    some_before, some_after = np.maximum(before, 1), np.maximum(after, 1)
    step = (distance.sum(axis=1)[:, None] - total) / some_after - total / some_before
    score = np.abs(step) / np.sqrt(1 / some_before + 1 / some_after)
    score = np.where(known & (np.minimum(before, after) >= _MIN_RUNS), score, 0.0)
    best = score.argmax(axis=1)
    return np.where(at_one(score, best) > _SIGNIFICANT, best, 0)


def _noise(values: Doubles) -> Doubles:
    """The usual distance of a value from its level ``[B]``, from the steps between known neighbours."""
    packed = at_each(values, np.isnan(values).argsort(axis=1, kind="stable"))
    steps = np.sort(np.abs(np.diff(packed, axis=1)), axis=1)  # NaN last
    known = (~np.isnan(steps)).sum(axis=1)
    middle = at_one(steps, np.minimum(known // 2, steps.shape[1] - 1))
    return np.asarray(np.fmax(middle * _STEP_TO_NOISE, _MIN_NOISE))
