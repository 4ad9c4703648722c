"""A forecaster with random weights, fitted to nothing: what holds for it holds by construction."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import torch

from sparkwright.features.columns import COLUMNS, REQUIREMENTS, current_contract_hash
from sparkwright.features.scaling import Scaler
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.blend import Blend
from sparkwright.forecast.forecaster import Forecaster, ForecasterSpec
from sparkwright.forecast.naive import NaiveForecasts
from sparkwright.forecast.network import RequirementNetwork
from sparkwright.forecast.trees import Trees


def random_forecaster(
    index: HistoryIndex,
    levels: tuple[float, ...],
    *,
    noise: float,
    seed: int = 5,
    hidden_size: int = 16,
    **spec: object,
) -> Forecaster:
    """Weights ``noise`` away from their start; ``spec`` is laid over the rest of the specification."""
    scaler = Scaler.fit(index.arrays, index.workload_codes)
    torch.manual_seed(seed)
    network = RequirementNetwork(scaler, levels, hidden_size=hidden_size, dropout=0.0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(noise * torch.randn_like(parameter))
    offsets = [[0.0] * len(REQUIREMENTS)] * (len(levels) // 2)
    values: Mapping[str, object] = {
        "context_length": 8,
        "network_length": 8,
        "region": "",
        "quantiles": levels,
        "hidden_size": hidden_size,
        "scaler": scaler,
        "blend": _blend(index, levels),
        "warm_offsets": offsets,
        "told_offsets": offsets,
        "cold_offsets": offsets,
        "columns": COLUMNS,
        "contract_hash": current_contract_hash(),
        "table_versions": {},
        "heap_support_bytes": (1 << 30, 8 << 30),
        "trained_until": datetime(2026, 1, 1, tzinfo=UTC),
        "held_out_workloads": (),
    }
    trees = Trees({}, len(levels), np.asarray(scaler.requirement_mean))
    return Forecaster(network, trees, ForecasterSpec.model_validate({**values, **spec}))


def _blend(index: HistoryIndex, levels: tuple[float, ...]) -> Blend:
    """Mostly the network, with naive forecasts from the runs of the index."""
    start, stop = index.past(8)
    submitted = index.submissions(np.arange(len(index)), told_input=False)
    past = index.histories(start, stop, 8, submitted).requirement.astype(np.float64)
    naive = NaiveForecasts.fit(past, index.arrays.requirement.astype(np.float64), levels)
    weights = [[0.6, 0.0, 0.3, 0.1]] * len(REQUIREMENTS)
    return Blend(naive, weights, weights, weights)
