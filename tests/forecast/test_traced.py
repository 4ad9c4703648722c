"""The recorded network answers what the network answers, but for rounding, whatever the sizes."""

import numpy as np
import pytest
import torch

from sparkwright.features.columns import ALLOCATION_FEATURES
from sparkwright.features.lags import lags_of
from sparkwright.features.windows import History, HistoryIndex
from sparkwright.forecast.network import Past
from sparkwright.forecast.traced import Traced, traced
from tests.support.simulated_runs import START

ROUNDING = 1e-5
"""Relative, in single precision: equal to the bit on some processors, within 2e-6 on others."""


@pytest.fixture(scope="module")
def graph(forecaster) -> Traced:
    return traced(forecaster._network)


def histories(index: HistoryIndex, workload_count: int, run_count: int) -> History:
    """Of runs somewhere in the index: the first have few or no runs before them."""
    positions = np.linspace(0, len(index) - 1, workload_count).astype(int)
    start, stop = (values[positions] for values in index.past(run_count))
    return index.histories(start, stop, run_count, index.submissions(positions, told_input=positions % 2 == 0))


@pytest.mark.parametrize("workloads", [1, 2, 16])
@pytest.mark.parametrize("run_count", [2, 4, 9])
@pytest.mark.parametrize("candidates", [1, 7])
def test_the_recording_says_what_the_network_says(forecaster, index, graph, workloads, run_count, candidates):
    history = histories(index, workloads, run_count)
    past = Past.of(history, lags_of(history, np.asarray(forecaster.spec.scaler.input_slope), ""))
    asked = torch.randn(workloads, candidates, len(ALLOCATION_FEATURES), generator=torch.Generator().manual_seed(1))
    asked[0, 0, 3] = torch.nan
    with torch.inference_mode():
        expected = forecaster._network(past, asked)[1].quantiles
    encoded = graph.encode(past)
    np.testing.assert_allclose(graph.decode(encoded, asked), expected, rtol=ROUNDING)
    np.testing.assert_array_equal(encoded.only(torch.tensor([0])).summary, encoded.summary[:1])


def test_requirements_are_those_of_a_whole_forecast(forecaster, index):
    history = index.history("workload-001", START.replace(year=START.year + 1), forecaster.context_length)
    asked = np.random.default_rng(2).normal(20, 3, (1, 5, len(ALLOCATION_FEATURES))).astype(np.float32)
    found = forecaster.requirements(forecaster.outlook(history), asked)
    np.testing.assert_allclose(found, forecaster.predict(history, asked).quantiles, rtol=ROUNDING)
