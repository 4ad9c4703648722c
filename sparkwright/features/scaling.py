"""Means and spreads of the training data, which put features and requirements on one scale."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS
from sparkwright.features.windows import ENOUGH, HEAP_OOM, Floats, Integers, RunArrays

_HEAP = ALLOCATION_FEATURES.index("executor_memory_bytes")
_INPUT = REQUIREMENTS.index("input_bytes")
_USUAL_SLOPE, _MAX_SLOPE, _SLOPE_PRIOR = 0.7, 1.5, 0.1
"""How a requirement grows with the input (slope in logarithms): before any data, at most, and the weight of the former,
that of ten runs with inputs 10% apart."""
_MIN_SPREAD = 0.05
"""About 5% in log space: no recurring job repeats itself more exactly than that indefinitely."""


@dataclass(frozen=True, slots=True)
class Scaler:
    """Statistics of the training runs, as plain lists so that they can be written to JSON directly.

    Attributes:
        allocation_mean: ``[A]`` mean of each allocation feature.
        allocation_std: ``[A]`` its spread; 1 where it never changed.
        usage_mean: ``[U]`` mean of each usage feature.
        usage_std: ``[U]`` its spread; 1 where it never changed.
        requirement_mean: ``[R]`` mean of each requirement (logarithm) over all runs: the estimate for an unseen
            workload.
        requirement_std: ``[R]`` its spread over all runs.
        requirement_spread: ``[R]`` its spread within one workload.
        input_slope: ``[R]`` how much each requirement grows with the input within one workload, both in logarithms.
        heap_mean: Mean ``log1p`` heap (bytes) of the runs whose memory verdict concerns the heap.
    """

    allocation_mean: list[float]
    allocation_std: list[float]
    usage_mean: list[float]
    usage_std: list[float]
    requirement_mean: list[float]
    requirement_std: list[float]
    requirement_spread: list[float]
    input_slope: list[float]
    heap_mean: float

    @classmethod
    def fit(cls, arrays: RunArrays, workload_codes: Integers) -> Self:
        """The statistics of ``arrays``; ``workload_codes`` ``[N]`` says which runs belong together."""
        known = ~np.isnan(arrays.requirement)
        count = np.zeros((int(workload_codes.max(initial=-1)) + 1, len(REQUIREMENTS)))
        total = np.zeros_like(count)
        values = np.where(known, arrays.requirement, 0.0)
        np.add.at(count, workload_codes, known)
        np.add.at(total, workload_codes, values)
        centre = total / np.maximum(count, 1)
        residual = np.where(known, arrays.requirement - centre[workload_codes], 0.0)
        x = residual[:, [_INPUT]] * (known & known[:, [_INPUT]])
        slope = ((x * residual).sum(axis=0) + _SLOPE_PRIOR * _USUAL_SLOPE) / ((x**2).sum(axis=0) + _SLOPE_PRIOR)
        # Each workload spends one degree of freedom on its own mean.
        freedom = np.maximum((count - 1).clip(min=0).sum(axis=0), 1)
        spread = np.sqrt((residual**2).sum(axis=0) / freedom)
        heaps = arrays.allocation[np.isin(arrays.memory, (ENOUGH, HEAP_OOM)), _HEAP]
        requirement_std = np.maximum(_std(arrays.requirement), _MIN_SPREAD)
        return cls(
            allocation_mean=_mean(arrays.allocation).tolist(),
            allocation_std=_spread_or_one(arrays.allocation).tolist(),
            usage_mean=_mean(arrays.usage).tolist(),
            usage_std=_spread_or_one(arrays.usage).tolist(),
            requirement_mean=_mean(arrays.requirement).tolist(),
            requirement_std=requirement_std.tolist(),
            requirement_spread=np.clip(spread, _MIN_SPREAD, requirement_std).tolist(),
            input_slope=np.where(np.arange(len(slope)) == _INPUT, 1.0, slope.clip(0.0, _MAX_SLOPE)).tolist(),
            heap_mean=float(heaps.mean()) if len(heaps) else float(_mean(arrays.allocation)[_HEAP]),
        )


def _mean(values: Floats) -> npt.NDArray[np.float64]:
    """Mean of each column over its known values; 0 where none is known."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=0, dtype=np.float64)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def _std(values: Floats) -> npt.NDArray[np.float64]:
    known = ~np.isnan(values)
    squares = np.where(known, (values - _mean(values)) ** 2, 0.0).sum(axis=0, dtype=np.float64)
    return np.asarray(np.sqrt(squares / np.maximum(known.sum(axis=0), 1)))


def _spread_or_one(values: Floats) -> npt.NDArray[np.float64]:
    spread = _std(values)
    return np.asarray(np.where(spread > 1e-3, np.maximum(spread, 0.1), 1.0))
