"""The network's quantiles as a recorded graph: a network this small spends its time in Python, between its layers.

The recording runs the same operations on the same numbers, so its answers are the network's, for any number of
workloads, runs and candidates; freezing it lays weights out anew, for which some processors have another matrix
multiplication, so the last bits may differ. What only the risk of memory needs is not in it.
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
"""Of what it is recorded with: none is 1, which would be taken for what fits any size."""


class _Quantiles(nn.Module):  # type: ignore[misc]  # torch has no types here
    def __init__(self, network: RequirementNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, candidates: Tensor, *past: Tensor) -> Tensor:
        quantiles: Tensor = self.network(Past(*past), candidates)[1].quantiles
        return quantiles


def traced(network: RequirementNetwork) -> Traced:
    """The recording of a network that learns no more; making it takes a tenth of a second."""
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
        # Deprecated without a successor that needs no compiler where it runs. What it warns of are checks of widths,
        # which never change.
        warnings.simplefilter("ignore")
        module = _Quantiles(network).eval()
        graph = torch.jit.trace(module, (torch.zeros(_BATCH, _CANDIDATES, width), *past), check_trace=False)
        graph = torch.jit.freeze(graph)

    def quantiles(past: Past, candidates: Tensor) -> Tensor:
        # Optimised again and again for new sizes, a call would take a hundred times as long now and then.
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            found: Tensor = graph(candidates, *past)
            return found

    return quantiles
