"""Average the quantiles of network, trees and naive rules, with weights chosen on runs held out from fitting.

A network fitted to two dozen runs knows less than the last value does; one fitted to thousands knows more. Averaging
quantiles level by level lets the data decide how much each counts, per requirement. Averages of non-crossing quantiles
do not cross, and because the naive ones ignore the candidate, what is monotone in memory stays so.

Sources: Lichtendahl, Grushka-Cockayne, Winkler, "Is It Better to Average Probabilities or Quantiles?", Management
Science 59 (2013); Wolpert, "Stacked generalization", Neural Networks 5 (1992).

Shapes: B batch, N runs, T context, K candidates, R requirements, Q quantiles, M naive rules, S = 2 + M forecasts
(``MEMBERS``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from sparkwright.features.columns import REQUIREMENTS
from sparkwright.forecast.naive import RULES, NaiveForecasts

Doubles = npt.NDArray[np.float64]

NETWORK, TREES = "network", "LightGBM"
MEMBERS = (NETWORK, TREES, *RULES)
_LEARNED = 2

_STEPS = 10
"""Weights are tried in tenths: finer ones would fit the noise of the runs."""
_MIN_GAIN = 0.01
"""Minimum relative gain in loss for the network to be used: it is the slowest member, to fit and to query."""
_PRIOR_RUNS = 20.0
"""Weight, in runs, of the prior that all naive rules are equally good and the learned members are useless."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Naive forecasts and averaging weights, as plain lists so that they serialise to JSON unchanged.

    Attributes:
        naive: The naive forecasts.
        warm_weights: ``[R, S]`` for workloads with a known value of the requirement.
        told_weights: The same ``[R, S]``, if the request also states the input size.
        cold_weights: ``[R, S]`` for workloads without a known value of the requirement.
    """

    naive: NaiveForecasts
    warm_weights: list[list[float]]
    told_weights: list[list[float]]
    cold_weights: list[list[float]]

    def requirements_of(self, member: str) -> tuple[str, ...]:
        """Return the requirements to which a member of ``MEMBERS`` contributes."""
        every = np.array([self.warm_weights, self.told_weights, self.cold_weights])
        used = (every[..., MEMBERS.index(member)].max(axis=0) > 0).tolist()
        return tuple(name for name, is_used in zip(REQUIREMENTS, used, strict=True) if is_used)

    def quantiles(self, network: Doubles, trees: Doubles, past: Doubles, told: npt.NDArray[np.bool_]) -> Doubles:
        """Return the averaged quantiles ``[B, K, R, Q]``.

        Args:
            network: The network's ``[B, K, R, Q]``, NaN for requirements it does not contribute to.
            trees: The trees' ``[B, K, R, Q]``, NaN for requirements they do not contribute to.
            past: Requirements of earlier runs ``[B, T, R]``, NaN where unknown.
            told: Whether the input size is known ``[B]``.
        """
        unknown = np.asarray(np.isnan(past).all(axis=1))[..., None]
        warm = np.where(told[:, None, None], np.asarray(self.told_weights), np.asarray(self.warm_weights))
        weights = np.where(unknown, np.asarray(self.cold_weights), warm)[:, None, :, :, None]
        naive = np.einsum("mbrq,brm->brq", self.naive.quantiles(past), weights[:, 0, :, _LEARNED:, 0])
        by_trees = np.where(weights[..., 1, :] > 0, trees * weights[..., 1, :], 0.0)
        by_network = np.where(weights[..., 0, :] > 0, network * weights[..., 0, :], 0.0)
        return np.asarray(by_network + by_trees + naive[:, None])


def untrusted(naive: NaiveForecasts) -> Blend:
    """Return the blend to start from: the naive rules, equally weighted."""
    weights = [_prior().tolist()] * len(REQUIREMENTS)
    return Blend(naive, weights, weights, weights)


def _prior() -> Doubles:
    return np.array([0.0] * _LEARNED + [1 / len(RULES)] * len(RULES))


def stacking_weights(
    learned: Doubles, naive: Doubles, actual: Doubles, levels: Sequence[float], independent_count: int
) -> Doubles:
    """Return weights ``[R, S]`` that minimise pinball loss on held-out runs, shrunk to the naive rules if few.

    Args:
        learned: Quantiles of network and trees ``[2, N, R, Q]``; a member with NaN gets no weight.
        naive: Quantiles of the rules ``[M, N, R, Q]``.
        actual: Observed requirements ``[N, R]``, NaN where unknown.
        levels: The Q levels.
        independent_count: Effective number of observations: the runs of one unseen workload amount to little more
            than one.
    """
    prior = _prior()
    weights = np.repeat(prior[None], actual.shape[1], axis=0)
    forecasts = np.concatenate([learned, naive])
    for requirement in range(actual.shape[1]):
        known = ~np.isnan(actual[:, requirement])
        if not known.any():
            continue
        members = forecasts[:, known, requirement]
        answers = ~np.isnan(members).any(axis=(1, 2))
        choices = _simplex(len(forecasts))
        choices = choices[(choices[:, ~answers] == 0).all(axis=1)]
        members = np.where(answers[:, None, None], members, 0.0)
        came = actual[known, requirement]
        losses = [pinball(np.tensordot(choice, members, axes=1), came, levels) for choice in choices]
        trust = independent_count * known.mean()
        best = choices[_cheapest(np.array(losses), choices[:, MEMBERS.index(NETWORK)] > 0)]
        weights[requirement] = (trust * best + _PRIOR_RUNS * prior) / (trust + _PRIOR_RUNS)
    return weights


def _cheapest(losses: Doubles, with_network: npt.NDArray[np.bool_]) -> int:
    """Return the position of the lowest of ``losses`` ``[C]``; a choice with the network must gain enough."""
    best, without = int(losses.argmin()), int(np.where(with_network, np.inf, losses).argmin())
    return best if losses[best] < (1 - _MIN_GAIN) * losses[without] else without


def _simplex(parts: int) -> Doubles:
    """Return all weights ``[C, parts]`` in steps of ``1 / _STEPS`` that sum to 1, those of the naive rules first."""
    counts = [count for count in product(range(_STEPS + 1), repeat=parts) if sum(count) == _STEPS]
    return np.array(counts) / _STEPS


def pinball(quantiles: Doubles, actual: Doubles, levels: Sequence[float]) -> float:
    """Return the mean pinball loss of ``quantiles`` ``[N, Q]`` against ``actual`` ``[N]``."""
    error, level = actual[:, None] - quantiles, np.asarray(levels)
    return float(np.maximum(level * error, (level - 1) * error).mean())
