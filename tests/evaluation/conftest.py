"""A small forecaster fitted to nothing: construction, not skill, is what these tests look at."""

from datetime import UTC, datetime

import pytest
import torch

from sparkwright.features.columns import COLUMNS, current_contract_hash
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster, ForecasterSpec
from sparkwright.forecast.network import RequirementNetwork
from tests.simulated_runs import as_table, simulated_runs

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


@pytest.fixture(scope="session")
def index() -> HistoryIndex:
    return HistoryIndex(as_table(simulated_runs(workload_count=6, runs_each=20, seed=3)))


@pytest.fixture(scope="session")
def forecaster(index: HistoryIndex) -> Forecaster:
    """Random weights, far from their start: what holds now holds by construction."""
    scaler = Scaler.fit(index.arrays, index.workload_codes)
    torch.manual_seed(5)
    network = RequirementNetwork(scaler, LEVELS, hidden_size=16, dropout=0.0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    spec = ForecasterSpec(
        context_length=8,
        quantiles=LEVELS,
        hidden_size=16,
        scaler=scaler,
        warm_offsets=[[0.1] * 5, [-0.4] * 5],
        cold_offsets=[[0.5] * 5, [0.2] * 5],
        columns=COLUMNS,
        contract_hash=current_contract_hash(),
        table_versions={"runs": 3},
        heap_support_bytes=(1 << 30, 8 << 30),
        trained_until=datetime(2026, 1, 1, 12, tzinfo=UTC),
        held_out_workloads=("workload-005",),
    )
    return Forecaster(network, spec)
