"""Decide on separate runs, once everything is fitted, how far to trust each forecast and how wide intervals must be.

Shapes: N runs, R requirements, Q quantiles, P pairs of levels around the median, S members of the blend.
"""

from typing import NamedTuple

import numpy as np

from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.windows import Integers
from sparkwright.forecast.blend import MEMBERS, NETWORK, TREES, Blend, pinball, stacking_weights
from sparkwright.forecast.calibration import Doubles, conformal_offsets
from sparkwright.forecast.forecaster import Forecaster
from sparkwright.forecast.naive import NaiveForecasts
from sparkwright.forecast.replay import Replay, evenly
from training.temporal.split import Split

_MAX_RUNS = 50_000
"""The most runs that one decision rests on; more would change no digit that matters."""
_INPUT = REQUIREMENTS.index("input_bytes")


class Offsets(NamedTuple):
    """Conformal offsets ``[P, R]`` of the blend's quantiles."""

    warm: Doubles
    told: Doubles
    cold: Doubles


class Worth(NamedTuple):
    """What the network is worth for one requirement on the calibration runs, without their input sizes.

    Attributes:
        weight: Its share of the blend.
        pinball: Loss of the blend.
        pinball_without: Loss of the blend that would be chosen without the network.
    """

    weight: float
    pinball: float
    pinball_without: float


class _Runs(NamedTuple):
    learned: Doubles  # [2, N, R, Q]
    past: Doubles  # [N, T, R]
    actual: Doubles  # [N, R]
    told: bool


def fit_naive(replay: Replay, positions: Integers, levels: tuple[float, ...]) -> NaiveForecasts:
    """Fit the naive rules: their errors on the training runs."""
    past, actual = [], []
    for asked in replay.in_order(evenly(positions, _MAX_RUNS)):
        past.append(asked.history.requirement)
        actual.append(asked.actual)
    return NaiveForecasts.fit(np.concatenate(past).astype(float), np.concatenate(actual).astype(float), levels)


def choose_blend(forecaster: Forecaster, replay: Replay, split: Split, naive: NaiveForecasts) -> tuple[Blend, Blend]:
    """The blend of the members of ``forecaster``, and the one that would be chosen without its network."""
    warm, told = (_forecasts(forecaster, replay, split.blend, told_input=is_told) for is_told in (False, True))
    cold = _forecasts(forecaster, replay, split.cold_blend, cold=True)
    unseen_count = len(set(replay.index.workload_codes[split.cold_blend].tolist()))

    def blend(*, with_network: bool) -> Blend:
        def weights(runs: _Runs, independent_count: int) -> list[list[float]]:
            learned = runs.learned.copy()
            if not with_network:
                learned[MEMBERS.index(NETWORK)] = np.nan
            actual = runs.actual.copy()
            if runs.told:
                actual[:, _INPUT] = np.nan
            by_rules = naive.quantiles(runs.past)
            found = stacking_weights(learned, by_rules, actual, forecaster.quantiles, independent_count)
            return [[float(weight) for weight in row] for row in found]

        count = len(split.blend)
        return Blend(naive, weights(warm, count), weights(told, count), weights(cold, unseen_count))

    return blend(with_network=True), blend(with_network=False)


def fit_offsets(
    forecaster: Forecaster, replay: Replay, split: Split, blend: Blend, without: Blend
) -> tuple[Offsets, dict[str, Worth]]:
    """How far to move the intervals, and what the network is worth, both from runs that decided nothing else."""
    levels = forecaster.quantiles
    warm, told = (_forecasts(forecaster, replay, split.calibrate, told_input=is_told) for is_told in (False, True))
    cold = _forecasts(forecaster, replay, split.cold_calibrate, cold=True)

    def offsets(runs: _Runs) -> Doubles:
        return conformal_offsets(_blended(blend, runs), runs.actual, levels)

    # A handful of unseen workloads may widen the intervals, but is too little to narrow them.
    found = Offsets(offsets(warm), offsets(told), offsets(cold).clip(min=0.0))
    made = [_blended(one, warm) for one in (blend, without)]
    worth = {}
    for requirement, name in enumerate(REQUIREMENTS):
        known = ~np.isnan(warm.actual[:, requirement])
        losses = [pinball(one[known, requirement], warm.actual[known, requirement], levels) for one in made]
        worth[name] = Worth(blend.warm_weights[requirement][MEMBERS.index(NETWORK)], *losses)
    return found, worth


def _blended(blend: Blend, runs: _Runs) -> Doubles:
    network, trees = runs.learned[:, :, None]
    return blend.quantiles(network, trees, runs.past, np.full(len(runs.past), runs.told))[:, 0]


def _forecasts(
    forecaster: Forecaster, replay: Replay, positions: Integers, *, told_input: bool = False, cold: bool = False
) -> _Runs:
    """The forecasts of network and trees for the runs at ``positions``."""
    levels, requirements = len(forecaster.quantiles), len(REQUIREMENTS)
    learned = [np.zeros((2, 0, requirements, levels))]
    past = [np.zeros((0, replay.length, requirements))]
    actual = [np.zeros((0, requirements))]
    for asked in replay.in_order(evenly(positions, _MAX_RUNS), told_input=told_input, cold=cold):
        members = forecaster.members(asked.history, asked.candidates)
        learned.append(np.stack([members[NETWORK][:, 0], members[TREES][:, 0]]))
        past.append(asked.history.requirement.astype(np.float64))
        actual.append(asked.actual.astype(np.float64))
    return _Runs(np.concatenate(learned, axis=1), np.concatenate(past), np.concatenate(actual), told_input)
