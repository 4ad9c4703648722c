"""Fit a fleet's prior to its own history, by empirical Bayes.

Expectation-maximisation over workloads: the new prior is the mean of the posteriors that the workloads' runs make of
the previous prior. Runs that held bound need only from above, so belief about what lies far below every heap ever given
must stay as it was: hence few iterations from a wide prior, part of whose weight never leaves it.

Source: Efron, "Large-Scale Inference" (2010), chapter 1; Laird, "Nonparametric maximum likelihood estimation of a
mixing distribution", JASA 73 (1978).
"""

import math
from collections.abc import Sequence

import numpy as np

from sparkwright.allocation.inputs import told
from sparkwright.allocation.need import LEVELS, Doubles, NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, LevelComponent, NeedPrior
from sparkwright.allocation.past import PastRun

ITERATIONS = 4
_WIDE_SHARE = 0.1
"""Share of the levels' prior that stays twice as wide as the fitted part."""
_MIN_VARIANCE = 0.01
_PRIOR_WORKLOADS = 5.0
"""Weight of the default's shares, in workloads."""


def fit_prior(
    workloads: Sequence[Sequence[PastRun]], default: NeedPrior = DEFAULT_PRIOR, iterations: int = ITERATIONS
) -> NeedPrior:
    """Fit the prior of a fleet.

    Args:
        workloads: The runs of each workload, oldest first.
        default: Prior to start from; a fleet without deaths or without runs keeps most of it.
        iterations: Iterations of expectation-maximisation.
    """
    prior = default
    for _ in range(iterations):
        found = [
            (belief, math.log(runs[0].heap_bytes))
            for runs in workloads
            if runs and (belief := NeedPosterior.of(runs, prior)) is not None and belief.run_count
        ]
        if not found:
            return default
        prior = _mean(found, default)
    return prior


def _mean(found: Sequence[tuple[NeedPosterior, float]], default: NeedPrior) -> NeedPrior:
    """Return the mean of these beliefs as a prior; each comes with the logarithm of its workload's first heap."""
    weights = np.array([belief.weights for belief, _ in found])
    levels = np.array([belief.anchor_log_bytes - first for belief, first in found])[:, None] + LEVELS
    of_level = weights.sum(axis=(1, 2)) / len(found)
    mean = float((of_level * levels).sum())
    spread = math.sqrt(max(_MIN_VARIANCE, float((of_level * levels**2).sum()) - mean**2))
    return default.model_copy(
        update={
            "levels": (
                LevelComponent(share=1 - _WIDE_SHARE, mean=mean, spread=spread),
                LevelComponent(share=_WIDE_SHARE, mean=mean, spread=2 * spread),
            ),
            "elasticity_shares": _shares(weights.sum(axis=(0, 2, 3)), default.elasticity_shares, len(found)),
            "noise_shares": _shares(weights.sum(axis=(0, 1, 3)), default.noise_shares, len(found)),
        }
    )


def log_score(workloads: Sequence[Sequence[PastRun]], prior: NeedPrior) -> float | None:
    """Return how well a prior predicts each run from the earlier ones, as a mean log likelihood; None if no run counts.

    Each workload counts the same, whatever its number of runs.

    Args:
        workloads: The runs of each workload, oldest first; not those that the prior was fitted on.
        prior: Belief before the first run.
    """
    scores = []
    for runs in workloads:
        found = []
        belief: NeedPosterior | None = None
        for run in runs:
            belief = belief or NeedPosterior.before(prior, run.heap_bytes, run.tasks)
            died = run.memory_verdict == "heap_oom"
            if died or run.held:
                risk = belief.with_tasks(run.tasks).death_probability([run.heap_bytes], told(run.input_bytes))[0]
                seen = prior.death_label_error * (1 - risk) + (1 - prior.success_label_error) * risk
                found.append(math.log(seen if died else 1 - seen))
            belief = belief.after(run)
        if found:
            scores.append(sum(found) / len(found))
    return sum(scores) / len(scores) if scores else None


def _shares(sums: Doubles, default: Sequence[float], count: int) -> tuple[float, ...]:
    """Return mean shares over ``count`` workloads, shrunk towards the default's."""
    learned = sums + _PRIOR_WORKLOADS * np.array(default)
    return tuple((learned / (count + _PRIOR_WORKLOADS)).tolist())
