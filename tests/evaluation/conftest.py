"""A forecaster that claims to have been trained half a day into the history, without one of its workloads."""

from datetime import timedelta

import pytest

from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster
from tests.support.random_forecaster import random_forecaster
from tests.support.simulated_runs import START, as_table, simulated_runs


@pytest.fixture(scope="session")
def index() -> HistoryIndex:
    return HistoryIndex(as_table(simulated_runs(workload_count=6, runs_each=20, seed=3)))


@pytest.fixture(scope="session")
def forecaster(index: HistoryIndex) -> Forecaster:
    claims = {"trained_until": START + timedelta(hours=12), "held_out_workloads": ("workload-005",)}
    return random_forecaster(index, (0.1, 0.5, 0.9), noise=0.5, **claims)
