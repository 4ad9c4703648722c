"""A forecaster with random weights: the policy must hold its bounds whatever the model says."""

import pytest

from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster
from tests.random_forecaster import random_forecaster
from tests.simulated_runs import as_table, simulated_runs


@pytest.fixture(scope="session")
def forecasters() -> list[Forecaster]:
    """A few of them, from tame to wild."""
    index = HistoryIndex(as_table(simulated_runs(workload_count=6, runs_each=10, seed=3)))
    return [
        random_forecaster(index, (0.1, 0.5, 0.9), noise=noise, seed=seed, hidden_size=8, context_length=16)
        for seed, noise in enumerate((0.0, 0.2, 0.5, 1.0))
    ]
