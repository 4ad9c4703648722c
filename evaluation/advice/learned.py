"""Baselines that learn from a workload's peaks: a high quantile of a fitted model, plus a margin.

They are told the input, like published sizers. Features of a task: its input, the last three peaks, the largest, the
mean, and their number. A model is refitted whenever the runs it could learn from have grown by half; until there are
enough of them, and after a death, a plain peak rule decides.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.properties.spark import MIB
from evaluation.advice.policies import MAX_PEAK, RULES, Choice, Observation, Policy
from sparkwright.allocation.past import PastRun

Doubles = npt.NDArray[np.float64]
QUANTILE, FACTOR = 0.95, 1.1
"""Chosen beforehand, not tuned on these tasks."""

LIGHTGBM, FOREST = (f"{model} q{QUANTILE:.2f} x{FACTOR}" for model in ("LightGBM", "quantile forest"))

_MIN_RUNS, _GROWTH = 12, 1.5


def learned() -> dict[str, Policy]:
    """Return the baselines by name; each keeps the model of the last workload it was asked about."""
    return {LIGHTGBM: _Learned(_trees), FOREST: _Learned(_forest)}


def _trees() -> Any:
    from lightgbm import LGBMRegressor  # heavy, and not every replay needs it

    return LGBMRegressor(
        objective="quantile", alpha=QUANTILE, n_estimators=60, num_leaves=7, min_child_samples=5, n_jobs=1,
        random_state=0, deterministic=True, verbose=-1,
    )  # fmt: skip


def _forest() -> Any:
    from quantile_forest import RandomForestQuantileRegressor

    return RandomForestQuantileRegressor(40, min_samples_leaf=3, default_quantiles=QUANTILE, random_state=0)


class _Learned:
    """One learned baseline.

    Args:
        make: Creates a model whose ``predict`` returns the quantile.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._seen: list[PastRun] = []
        self._fitted: Any = None

    def __call__(self, observation: Observation) -> Choice:
        """Return the quantile of the peak plus a margin, or what the rule of the largest peak says."""
        runs = [
            run for run in observation.past if run.memory_verdict == "enough" and run.peak_jvm_heap_bytes is not None
        ]
        if len(runs) < _MIN_RUNS or observation.died_bytes:
            return RULES[MAX_PEAK](observation)
        told = observation.input_bytes or 0
        features = _features(told, _peaks(runs))
        log_peak = float(self._model(runs).predict(np.array([features]))[0])
        return observation.sized(FACTOR * math.exp(log_peak))

    def _model(self, runs: list[PastRun]) -> Any:
        """Return a model fitted on a prefix of the runs; the last one if that prefix is unchanged."""
        count = _MIN_RUNS
        while math.ceil(count * _GROWTH) <= len(runs):
            count = math.ceil(count * _GROWTH)
        if self._fitted is None or self._seen != runs[:count]:
            self._seen = runs[:count]
            peaks = _peaks(self._seen)
            rows = [_features(run.input_bytes, peaks[:at]) for at, run in enumerate(self._seen) if at]
            self._fitted = self._make().fit(np.array(rows), np.log(peaks[1:]))
        return self._fitted


def _peaks(runs: Sequence[PastRun]) -> list[float]:
    """Return the peaks; because of the log scale, a peak of 0 counts as 1 MiB."""
    return [float(max(MIB, run.peak_jvm_heap_bytes or 0)) for run in runs]


def _features(input_bytes: int, peaks: Sequence[float]) -> list[float]:
    """Return the features of a run, from its input and the earlier peaks, of which there is at least one."""
    last = [peaks[-min(back, len(peaks))] for back in (1, 2, 3)]
    return [math.log1p(input_bytes), *np.log([*last, max(peaks), sum(peaks) / len(peaks)]), float(len(peaks))]
