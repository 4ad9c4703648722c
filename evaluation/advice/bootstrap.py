"""How certain a difference is between policies that met the same workloads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """An estimate and its 95% percentile interval."""

    value: float
    low: float
    high: float

    def as_percent(self) -> str:
        """Format as a percentage."""
        return f"{self.value:+.1%} ({self.low:+.1%}, {self.high:+.1%})"


def paired_difference(
    strata: Sequence[Doubles], statistic: Callable[[Sequence[Doubles]], float], seed: int = 0
) -> Difference:
    """Run a paired bootstrap: draw workloads with replacement, with what all policies did to each.

    Args:
        strata: One array ``[W, K]`` per stratum: K figures per workload, those of both policies side by side.
            Workloads are drawn within their stratum.
        statistic: Computes the difference from such arrays.
        seed: Seed of the draws.
    """
    dice = np.random.default_rng(seed)
    drawn = [statistic([one[dice.integers(0, len(one), len(one))] for one in strata]) for _ in range(_RESAMPLES)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Difference(statistic(strata), float(low), float(high))


def change_of_sums(strata: Sequence[Doubles]) -> float:
    """For columns (policy, base): geometric mean over the strata of sum / sum, minus 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.exp(np.mean([np.log(one[:, 0].sum() / one[:, 1].sum()) for one in strata])) - 1)


def difference_of_means(strata: Sequence[Doubles]) -> float:
    """For columns (policy, base): mean over the strata of mean - mean."""
    return float(np.mean([(one[:, 0] - one[:, 1]).mean() for one in strata]))


def difference_of_shares(strata: Sequence[Doubles]) -> float:
    """For columns (policy's part, its whole, base's part, its whole): mean over the strata of share - share."""
    return float(np.mean([a.sum() / b.sum() - c.sum() / d.sum() for a, b, c, d in (one.T for one in strata)]))
