"""The network's quantiles as traced graphs: a network this small spends its time in Python, between its layers.

The traces run the same operations on the same numbers, so their answers are the network's, for any number of workloads,
runs and candidates. Freezing changes the layout of the weights, for which some processors use another matrix
multiplication, so the last bits may differ. Operations that only the memory risk needs are left out.

The past is encoded apart from the candidates: what the next run may read is known before an allocation is chosen.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from sparkwright.features.columns import ALLOCATION_FEATURES, REQUIREMENTS, USAGE_FEATURES
from sparkwright.features.lags import GENERAL, LAGS
from sparkwright.forecast.network import Past, RequirementNetwork, State


class Encoded(NamedTuple):
    """What the past says, before any candidate is considered: the part of the network's state that quantiles need."""

    summary: Tensor  # [B, S]
    anchor: Tensor  # [B, R]
    scale: Tensor  # [B, R]
    allocation: Tensor  # [B, A]
    input_quantiles: Tensor  # [B, Q] logarithms

    def only(self, rows: Tensor) -> "Encoded":
        """Return the workloads at these positions, in this order."""
        return Encoded(*(values[rows] for values in self))


class Traced(NamedTuple):
    """The two graphs."""

    encode: Callable[[Past], Encoded]
    decode: Callable[[Encoded, Tensor], Tensor]
    """Quantiles ``[B, K, R, Q]`` as logarithms, for candidates ``[B, K, A]``."""


_BATCH, _CANDIDATES, _RUNS = 3, 2, 4
"""Sizes of the example inputs; none is 1, because tracing would take that for a size that broadcasts."""


class _Encoder(nn.Module):  # type: ignore[misc]  # torch has no types here
    def __init__(self, network: RequirementNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *past: Tensor) -> tuple[Tensor, ...]:
        state = self.network.encode(Past(*past))
        return tuple(getattr(state, name) for name in Encoded._fields)


class _Decoder(nn.Module):  # type: ignore[misc]
    def __init__(self, network: RequirementNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, candidates: Tensor, *encoded: Tensor) -> Tensor:
        unused = torch.ones(1)  # by quantiles: what the memory risk needs
        quantiles: Tensor = self.network.decode(State(*Encoded(*encoded), unused, unused, unused), candidates).quantiles
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
    encoder = _frozen(_Encoder(network), past)
    decoder = _frozen(_Decoder(network), (torch.zeros(_BATCH, _CANDIDATES, width), *encoder(*past)))

    def encode(past: Past) -> Encoded:
        return Encoded(*encoder(*past))

    def decode(encoded: Encoded, candidates: Tensor) -> Tensor:
        found: Tensor = decoder(candidates, *encoded)
        return found

    return Traced(encode, decode)


def _frozen(module: nn.Module, example: Sequence[Tensor]) -> Callable[..., Any]:
    with torch.inference_mode(), warnings.catch_warnings():
        # Deprecated, but its successor needs a compiler at run time. The other warnings concern checks of widths,
        # which never change.
        warnings.simplefilter("ignore")
        graph = torch.jit.freeze(torch.jit.trace(module.eval(), tuple(example), check_trace=False))

    def call(*given: Tensor) -> Any:
        # With optimisation on, new sizes trigger recompilation and an occasional call takes a hundred times as long.
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            return graph(*given)

    return call
