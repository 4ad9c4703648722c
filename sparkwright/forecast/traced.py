"""The network's quantiles as a traced graph: a network this small spends its time in Python, between its layers.

The trace runs the same operations on the same numbers, so its answers are the network's, for any number of workloads,
runs and candidates. Freezing changes the layout of the weights, for which some processors use another matrix
multiplication, so the last bits may differ. Operations that only the memory risk needs are left out.
"""

import warnings
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS, USAGE_FEATURES
from sparkwright.features.lags import GENERAL, LAGS
from sparkwright.forecast.network import Past, RequirementNetwork

Traced: TypeAlias = Callable[[Past, Tensor], Tensor]
"""Quantiles ``[B, K, R, Q]`` as logarithms, from the past and candidates ``[B, K, A]``."""

_BATCH, _CANDIDATES, _RUNS = 3, 2, 4
"""Sizes of the example inputs; none is 1, because tracing would take that for a size that broadcasts."""


class _Quantiles(nn.Module):  # type: ignore[misc]  # torch has no types here
    def __init__(self, network: RequirementNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, candidates: Tensor, *past: Tensor) -> Tensor:
        quantiles: Tensor = self.network(Past(*past), candidates)[1].quantiles
        return quantiles


def traced(network: RequirementNetwork) -> Traced:
    """Trace a fully trained network; takes a tenth of a second."""
    width = len(ALLOCATION_FEATURES)
    past = Past(
        torch.zeros(_BATCH, _RUNS, width),
        torch.zeros(_BATCH, _RUNS, len(REQUIREMENTS)),
        torch.zeros(_BATCH, _RUNS, len(USAGE_FEATURES)),
        torch.zeros(_BATCH, _RUNS, dtype=torch.int64),
        torch.full((_BATCH,), _RUNS),
        torch.zeros(_BATCH, len(REQUIREMENTS)),
        torch.zeros(_BATCH, len(REQUIREMENTS), len(LAGS)),
        torch.zeros(_BATCH, len(GENERAL)),
    )
    with torch.inference_mode(), warnings.catch_warnings():
        # Deprecated, but its successor needs a compiler at run time. The other warnings concern checks of widths,
        # which never change.
        warnings.simplefilter("ignore")
        module = _Quantiles(network).eval()
        graph = torch.jit.trace(module, (torch.zeros(_BATCH, _CANDIDATES, width), *past), check_trace=False)
        graph = torch.jit.freeze(graph)

    def quantiles(past: Past, candidates: Tensor) -> Tensor:
        # With optimisation on, new sizes trigger recompilation and an occasional call takes a hundred times as long.
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            found: Tensor = graph(candidates, *past)
            return found

    return quantiles
