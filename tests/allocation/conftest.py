"""A forecaster with random weights: the policy must hold its bounds whatever the model says."""

from datetime import UTC, datetime

import pytest
import torch

from sparkwright.features.columns import COLUMNS, current_contract_hash
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster, ForecasterSpec
from sparkwright.forecast.network import RequirementNetwork
from tests.simulated_runs import as_table, simulated_runs

LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture(scope="session")
def forecasters() -> list[Forecaster]:
    """A few of them, from tame to wild."""
    index = HistoryIndex(as_table(simulated_runs(workload_count=6, runs_each=10, seed=3)))
    scaler = Scaler.fit(index.arrays, index.workload_codes)
    made = []
    for seed, noise in enumerate((0.0, 0.2, 0.5, 1.0)):
        torch.manual_seed(seed)
        network = RequirementNetwork(scaler, LEVELS, hidden_size=8, dropout=0.0)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(noise * torch.randn_like(parameter))
        spec = ForecasterSpec(
            context_length=16,
            quantiles=LEVELS,
            hidden_size=8,
            scaler=scaler,
            warm_offsets=[[0.0] * 5],
            cold_offsets=[[0.0] * 5],
            columns=COLUMNS,
            contract_hash=current_contract_hash(),
            table_versions={},
            heap_support_bytes=(1 << 30, 8 << 30),
            trained_until=datetime(2026, 1, 1, tzinfo=UTC),
            held_out_workloads=(),
        )
        made.append(Forecaster(network, spec))
    return made
