"""Whether forecasts of the input predict large ones better than a workload's own history, and how wrong they are."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sparkwright.allocation.inputs import Inputs, expected_after
from sparkwright.features.columns import REQUIREMENT_UNITS, REQUIREMENTS
from sparkwright.features.windows import Floats, Integers
from sparkwright.forecast.calibration import Doubles
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.forecast.input_sizes import WEIGHTS, sizes_bytes, standard_errors
from sparkwright.forecast.replay import Replay, evenly
from training.temporal.split import Split

_INPUT = REQUIREMENTS.index("input_bytes")
_LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99)
"""Runs die that read more than was expected, so only these levels count."""
_MAX_RUNS, _MIN_RUNS = 4000, 100
"""The most and the fewest runs that a decision rests on."""
_BETTER = 0.98
"""Share of the history's loss that a forecast must beat; one that is not clearly better is not used."""


class InputWorth(NamedTuple):
    """Loss over the upper levels on the calibration runs, of natural logarithms; NaN if the runs were too few."""

    foreseen: float
    history: float

    @property
    def metrics(self) -> dict[str, float]:
        """The logged metrics."""
        known = {"input_upper_loss": self.foreseen, "input_upper_loss_of_history": self.history}
        return {name: value for name, value in known.items() if not math.isnan(value)}


def fit_input_errors(forecaster: Forecaster, replay: Replay, split: Split) -> tuple[tuple[float, ...], InputWorth]:
    """The errors of the forecaster's inputs, empty unless they beat the histories on large inputs; and both losses.

    Each workload counts the same, however often it runs: decisions are made one workload at a time.

    Args:
        forecaster: With its blend and its offsets.
        replay: All runs.
        split: The errors come from ``split.blend`` and are judged on ``split.calibrate``.
    """
    logs, _, actual, weights = _forecasts(forecaster, replay, split.blend)
    if len(actual) < _MIN_RUNS:
        return (), InputWorth(math.nan, math.nan)
    errors = standard_errors(logs, forecaster.quantiles, actual, weights)
    logs, pasts, actual, weights = _forecasts(forecaster, replay, split.calibrate)
    if len(actual) < _MIN_RUNS:
        return (), InputWorth(math.nan, math.nan)
    sizes = np.log(sizes_bytes(np.exp(logs), forecaster.quantiles, errors))
    by_forecast = [_loss(size, WEIGHTS, came) for size, came in zip(sizes, actual, strict=True)]
    by_history = []
    for past, came in zip(pasts, actual, strict=True):
        inputs: Inputs = expected_after(np.array(past, dtype=np.int64))
        by_history.append(_loss(np.log(inputs.input_bytes), inputs.weights, came))
    worth = InputWorth(*(float(np.average(losses, weights=weights)) for losses in (by_forecast, by_history)))
    return errors if worth.foreseen < _BETTER * worth.history else (), worth


def _forecasts(
    forecaster: Forecaster, replay: Replay, positions: Integers
) -> tuple[Doubles, list[list[int]], Doubles, Doubles]:
    """For runs with a known input and an earlier one: quantiles and actual as logarithms, earlier inputs, weights."""
    parts = list(_asked(forecaster, replay, positions))
    logs = np.concatenate([part[0] for part in parts]) if parts else np.zeros((0, len(forecaster.quantiles)))
    actual = np.concatenate([part[2] for part in parts]) if parts else np.zeros(0)
    codes = np.concatenate([part[3] for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    _, which, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return logs, [past for part in parts for past in part[1]], actual, 1.0 / counts[which] if len(codes) else actual


def _asked(
    forecaster: Forecaster, replay: Replay, positions: Integers
) -> Iterator[tuple[Doubles, Sequence[list[int]], Doubles, Integers]]:
    for asked in replay.in_order(evenly(positions, _MAX_RUNS)):
        before = _bytes(asked.history.requirement[..., _INPUT])
        came = _bytes(asked.actual[:, _INPUT])
        known = (came > 0) & (np.nan_to_num(before) > 0).any(axis=1)
        if not known.any():
            continue
        logs = np.log(np.maximum(forecaster.input_quantiles(forecaster.outlook(asked.history)), 1.0))
        pasts = [
            np.nan_to_num(sizes[:length]).astype(np.int64).tolist()
            for sizes, length in zip(before[known], asked.history.length[known], strict=True)
        ]
        yield logs[known], pasts, np.log(came[known]), replay.index.workload_codes[asked.positions[known]]


def _bytes(logs: Floats) -> Doubles:
    return np.asarray(np.expm1(logs.astype(np.float64)) * REQUIREMENT_UNITS[_INPUT])


def _loss(size_logs: Doubles, weights: Doubles, came: float) -> float:
    """Mean pinball loss over the upper levels of weighted sizes, as natural logarithms."""
    order = np.argsort(size_logs)
    reached = np.cumsum(weights[order])
    at = np.minimum(np.searchsorted(reached, _LEVELS), len(order) - 1)
    error = came - size_logs[order][at]
    return float(np.maximum(np.array(_LEVELS) * error, (np.array(_LEVELS) - 1) * error).mean())
