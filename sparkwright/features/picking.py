"""Pick values at a position of each series by plain indexing; ``np.take_along_axis`` takes several times as long.

Shapes: B batch, T values of a series, P positions, R series of one batch entry.
"""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
V = TypeVar("V", bound=npt.NDArray[Any])


def at_one(values: V, position: Integers) -> V:
    """``values`` ``[B, T]`` at one position ``[B]`` each."""
    return values[np.arange(len(values)), position]  # type: ignore[no-any-return]


def at_each(values: V, positions: Integers) -> V:
    """``values`` ``[B, T]`` or ``[B, T, ...]`` at positions ``[B, P]``."""
    return values[np.arange(len(values))[:, None], positions]  # type: ignore[no-any-return]


def of_each(values: V, position: Integers) -> V:
    """``values`` ``[B, T, R]`` at one position of each series ``[B, R]``."""
    batch, _, width = values.shape
    return values[np.arange(batch)[:, None], position, np.arange(width)]  # type: ignore[no-any-return]
