"""A small forecaster fitted to nothing: construction, not skill, is what these tests look at."""

import pytest

from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster
from tests.support.random_forecaster import random_forecaster
from tests.support.simulated_runs import as_table, simulated_runs


@pytest.fixture(scope="session")
def index() -> HistoryIndex:
    return HistoryIndex(as_table(simulated_runs(workload_count=6, runs_each=20, seed=3)))


@pytest.fixture(scope="session")
def forecaster(index: HistoryIndex) -> Forecaster:
    offsets = {
        "warm_offsets": [[0.1] * 5, [-0.4] * 5],
        "told_offsets": [[0.05] * 5, [-0.2] * 5],
        "cold_offsets": [[0.5] * 5, [0.2] * 5],
    }
    return random_forecaster(index, (0.1, 0.25, 0.5, 0.75, 0.9), noise=0.5, **offsets)
