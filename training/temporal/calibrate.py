"""What the calibration runs decide once the network is fitted: how far to trust it, and how wide intervals must be.

Shapes: N runs, T context, R requirements, Q quantiles, P pairs of levels around the median.
"""

from typing import NamedTuple

import numpy as np
import torch

from sparkwright.features.windows import HistoryIndex, Integers
from sparkwright.forecast.blend import Blend, stacking_weights
from sparkwright.forecast.calibration import Doubles, conformal_offsets
from sparkwright.forecast.naive import NaiveForecasts
from sparkwright.forecast.network import Past, RequirementNetwork
from training.temporal.split import Split


class Calibration(NamedTuple):
    """The blend of the network with the naive forecasts, and the conformal offsets of what it answers."""

    blend: Blend
    warm_offsets: Doubles  # [P, R]
    cold_offsets: Doubles  # [P, R]


class _Runs(NamedTuple):
    network: Doubles  # [N, R, Q]
    past: Doubles  # [N, T, R]
    actual: Doubles  # [N, R]


def calibrate(
    network: RequirementNetwork, index: HistoryIndex, split: Split, *, context_length: int, levels: tuple[float, ...]
) -> Calibration:
    """Blend and offsets; the naive rules' errors come from the training runs alone."""
    start, stop = index.past(context_length)
    train = _forecasts(network, index, split.train, start, stop, context_length)
    warm = _forecasts(network, index, split.calibrate, start, stop, context_length)
    # Without their past, as if they had never run.
    cold = _forecasts(network, index, split.cold_calibrate, stop, stop, context_length)
    naive = NaiveForecasts.fit(train.past, train.actual, levels)

    def weights(runs: _Runs, independent_count: int) -> list[list[float]]:
        chosen = stacking_weights(runs.network, naive.quantiles(runs.past), runs.actual, levels, independent_count)
        return [[float(weight) for weight in row] for row in chosen]

    unseen_count = len(set(index.workload_codes[split.cold_calibrate].tolist()))
    blend = Blend(naive, weights(warm, len(split.calibrate)), weights(cold, unseen_count))

    def offsets(runs: _Runs) -> Doubles:
        blended = blend.quantiles(runs.network[:, None], runs.past)[:, 0]
        return conformal_offsets(blended, runs.actual, levels)

    # A handful of unseen workloads may widen the intervals, but is too little to narrow them on.
    return Calibration(blend, offsets(warm), offsets(cold).clip(min=0.0))


def _forecasts(
    network: RequirementNetwork,
    index: HistoryIndex,
    positions: Integers,
    start: Integers,
    stop: Integers,
    context_length: int,
) -> _Runs:
    """What the network says of the runs at ``positions``, each seen with the past ``[start, stop)`` of its position."""
    history = index.histories(start[positions], stop[positions], context_length)
    candidates = torch.from_numpy(index.arrays.allocation[positions][:, None])
    with torch.inference_mode():
        quantiles = network(Past.of(history), candidates)[1].quantiles[:, 0].double().numpy()
    return _Runs(
        quantiles, history.requirement.astype(np.float64), index.arrays.requirement[positions].astype(np.float64)
    )
