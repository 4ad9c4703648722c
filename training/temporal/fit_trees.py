"""Fit boosters for each requirement and level on the same runs as the network; separate runs decide when to stop.

Shapes: N rows, R requirements, F features.
"""

from collections.abc import Iterable
from typing import NamedTuple

import lightgbm
import numpy as np
import numpy.typing as npt

from sparkwright.features.columns import REQUIREMENTS
from sparkwright.features.lags import lags_of
from sparkwright.features.scaling import Scaler
from sparkwright.forecast.replay import Asked, Replay, evenly
from sparkwright.forecast.trees import Trees, centre_of, tree_features, usual_allocation
from training.temporal.config import TemporalConfig
from training.temporal.split import Split

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

_INPUT = REQUIREMENTS.index("input_bytes")
_MAX_STOPPING = 8192
_BINS = 127
_CHUNK = 4096


class _Rows(NamedTuple):
    features: list[Floats]  # R times [N, F]
    distance: Doubles  # [N, R]


def fit_trees(replay: Replay, split: Split, scaler: Scaler, config: TemporalConfig) -> Trees:
    """Fit the boosters of every requirement.

    A share of the runs is shown with the size of their input and the rest without (if runs are few, each both ways),
    and some without a past, so that one model serves all cases.
    """
    dice = np.random.default_rng(config.seed)
    usual = np.asarray(scaler.requirement_mean)
    train = evenly(split.train, config.tree_run_count)
    twice = train if 2 * len(train) <= config.tree_run_count else train[:0]
    told = dice.random(len(train)) < config.told_ratio
    cold = train[dice.random(len(train)) < 0.5 * config.cold_ratio]
    fitted = [
        *_asked(replay, train, told),
        *_asked(replay, twice, ~told[: len(twice)]),
        *_asked(replay, cold, dice.random(len(cold)) < config.told_ratio, past=False),
    ]
    stopping = evenly(split.stop, _MAX_STOPPING)
    half = np.arange(len(stopping)) % 2 == 0
    rows = _rows(fitted, scaler, config.region, usual)
    stop = _rows(_asked(replay, stopping, half), scaler, config.region, usual)
    texts = {
        name: tuple(_booster(requirement, level, rows, stop, config) for level in config.quantiles)
        for requirement, name in enumerate(REQUIREMENTS)
        if not np.isnan(rows.distance[:, requirement]).all()
    }
    return Trees(texts, len(config.quantiles), usual)


def _asked(
    replay: Replay, positions: npt.NDArray[np.int64], told: npt.NDArray[np.bool_], *, past: bool = True
) -> Iterable[Asked]:
    for first in range(0, len(positions), _CHUNK):
        chunk = slice(first, first + _CHUNK)
        lengths = None if past else np.zeros(len(positions[chunk]), dtype=np.int64)
        yield replay.asked(positions[chunk], told_input=told[chunk], lengths=lengths)


def _rows(parts: Iterable[Asked], scaler: Scaler, region: str, usual: Doubles) -> _Rows:
    features: list[list[Floats]] = [[] for _ in REQUIREMENTS]
    distances = []
    for asked in parts:
        lags = lags_of(asked.history, np.asarray(scaler.input_slope), region)
        given = usual_allocation(asked.history)
        for requirement, kept in enumerate(features):
            kept.append(tree_features(requirement, lags, asked.candidates, given))
        distance = asked.actual - centre_of(lags, usual)
        # If the input size is given, there is none to forecast.
        distance[~np.isnan(asked.history.submitted.input_log), _INPUT] = np.nan
        distances.append(distance)
    return _Rows([np.concatenate(kept) for kept in features], np.concatenate(distances))


def _booster(requirement: int, level: float, rows: _Rows, stop: _Rows, config: TemporalConfig) -> str:
    known, judged = (~np.isnan(part.distance[:, requirement]) for part in (rows, stop))
    settings = {
        "objective": "quantile",
        "alpha": level,
        "learning_rate": config.tree_learning_rate,
        "num_leaves": config.tree_leaves,
        "min_data_in_leaf": 30,
        "lambda_l2": 1.0,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "max_bin": _BINS,
        "num_threads": config.threads,
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(rows.features[requirement][known], rows.distance[known, requirement], params=settings)
    if not judged.any():
        return str(lightgbm.train(settings, data, config.tree_rounds).model_to_string())
    kept = lightgbm.Dataset(stop.features[requirement][judged], stop.distance[judged, requirement], reference=data)
    patience = lightgbm.early_stopping(config.patience, verbose=False)
    booster = lightgbm.train(settings, data, config.tree_rounds, valid_sets=[kept], callbacks=[patience])
    return str(booster.model_to_string(num_iteration=booster.best_iteration))
