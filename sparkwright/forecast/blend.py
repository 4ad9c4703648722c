"""The network's quantiles averaged with the naive ones, by weights that the calibration runs chose.

A network fitted to two dozen runs knows less than the last value does; one fitted to thousands knows more. Averaging
quantiles level by level lets the data say how much, requirement by requirement; averages of quantiles that do not
cross do not cross, and as the naive ones ignore the candidate, what is monotone in memory stays so.

Sources: Lichtendahl, Grushka-Cockayne, Winkler, "Is It Better to Average Probabilities or Quantiles?", Management
Science 59 (2013); Wolpert, "Stacked generalization", Neural Networks 5 (1992).

Shapes: B batch, N runs, T context, K candidates, R requirements, Q quantiles, M naive rules, S = 1 + M forecasts (the
network's first).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from sparkwright.forecast.naive import RULES, NaiveForecasts

Doubles = npt.NDArray[np.float64]

_STEPS = 10
"""Weights are tried in tenths: finer ones would fit the calibration runs' noise."""
_PRIOR_RUNS = 20.0
"""How many calibration runs the belief counts for that all naive rules are equally good and the network is useless."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Naive forecasts and the weights to average with, as plain lists so that it is written to JSON as it is.

    Attributes:
        naive: The naive forecasts.
        warm_weights: ``[R, S]`` for workloads of which a requirement is known.
        cold_weights: ``[R, S]`` for those of which it is not.
    """

    naive: NaiveForecasts
    warm_weights: list[list[float]]
    cold_weights: list[list[float]]

    def quantiles(self, network: Doubles, past: Doubles) -> Doubles:
        """The averaged quantiles ``[B, K, R, Q]``.

        Args:
            network: The network's ``[B, K, R, Q]``.
            past: Requirements of the runs before ``[B, T, R]``, NaN where unknown.
        """
        unknown = np.asarray(np.isnan(past).all(axis=1))[..., None]
        weights = np.where(unknown, np.asarray(self.cold_weights), np.asarray(self.warm_weights))
        naive = np.einsum("mbrq,brm->brq", self.naive.quantiles(past), weights[..., 1:])
        return np.asarray(network * weights[:, None, :, :1] + naive[:, None])


def stacking_weights(
    network: Doubles, naive: Doubles, actual: Doubles, levels: Sequence[float], independent_count: int
) -> Doubles:
    """Weights ``[R, S]`` of least pinball loss on calibration runs, drawn towards the naive rules where these are few.

    Args:
        network: The network's quantiles ``[N, R, Q]``.
        naive: Those of the rules ``[M, N, R, Q]``.
        actual: What came ``[N, R]``, NaN where it is not known.
        levels: The Q levels.
        independent_count: How many observations the runs amount to: those of one unseen workload are little more
            than one.
    """
    prior = np.r_[0.0, np.full(len(RULES), 1 / len(RULES))]
    weights = np.repeat(prior[None], actual.shape[1], axis=0)
    forecasts = np.concatenate([network[None], naive])
    for requirement in range(actual.shape[1]):
        known = ~np.isnan(actual[:, requirement])
        if not known.any():
            continue
        choices = _simplex(len(forecasts))
        averaged = np.tensordot(choices, forecasts[:, known, requirement], axes=1)
        losses = _pinball(averaged, actual[known, requirement], levels)
        trust = independent_count * known.mean()
        best = choices[losses.argmin()]
        weights[requirement] = (trust * best + _PRIOR_RUNS * prior) / (trust + _PRIOR_RUNS)
    return weights


def _simplex(parts: int) -> Doubles:
    """All ``[C, parts]`` weights in steps of ``1 / _STEPS`` that add up to 1, those of the naive rules first."""
    counts = [count for count in product(range(_STEPS + 1), repeat=parts) if sum(count) == _STEPS]
    return np.array(counts) / _STEPS


def _pinball(quantiles: Doubles, actual: Doubles, levels: Sequence[float]) -> Doubles:
    """Mean pinball loss ``[C]`` of ``quantiles`` ``[C, N, Q]`` against ``actual`` ``[N]``."""
    error, level = actual[:, None] - quantiles, np.asarray(levels)
    return np.asarray(np.maximum(level * error, (level - 1) * error).mean(axis=(1, 2)))
