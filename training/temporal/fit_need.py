"""The fleet's prior of need: fitted to its own runs, and kept only if it predicts unseen workloads better."""

from dataclasses import dataclass

import numpy as np

from sparkwright.allocation.need_fit import fit_prior, log_score
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, ELASTICITIES, NOISE_SCALES, NeedPrior
from sparkwright.allocation.past import COLUMNS, PastRun, past_runs_of
from sparkwright.features.windows import HistoryIndex, Integers
from training.temporal.config import TemporalConfig
from training.temporal.split import Split


@dataclass(frozen=True, slots=True)
class FleetPrior:
    """A prior and how it was chosen.

    Attributes:
        prior: The prior that is better on the unseen workloads.
        is_fitted: Whether that is the fleet's own.
        workload_count: Number of workloads that it was fitted on.
        fitted_score: Mean log likelihood of the runs of unseen workloads under the fitted prior; None without any.
        default_score: The same under the default.
    """

    prior: NeedPrior
    is_fitted: bool
    workload_count: int
    fitted_score: float | None
    default_score: float | None

    @property
    def metrics(self) -> dict[str, float]:
        """The logged metrics."""
        found = {
            "need_prior_fitted": float(self.is_fitted),
            "need_prior_workload_count": float(self.workload_count),
            "need_prior_level": self.prior.levels[0].mean,
            "need_prior_level_spread": self.prior.levels[0].spread,
            "need_prior_elasticity": float(np.dot(self.prior.elasticity_shares, ELASTICITIES)),
            "need_prior_noise": float(np.dot(self.prior.noise_shares, NOISE_SCALES)),
        }
        scores = {"need_prior_log_score": self.fitted_score, "need_prior_default_log_score": self.default_score}
        return found | {name: score for name, score in scores.items() if score is not None}


def fit_need(index: HistoryIndex, split: Split, config: TemporalConfig) -> FleetPrior:
    """Fit the prior to the first runs of the workloads that are learned from, and judge it by those set apart.

    Args:
        index: All runs.
        split: Which of them are learned from; the newest runs, which are tested on, play no part.
        config: How many workloads, and runs of each.
    """
    fitted_on = _workloads(index, np.concatenate([split.train, split.stop]), config)
    apart = _workloads(index, np.concatenate([split.cold_stop, split.cold_blend, split.cold_calibrate]), config)
    fitted = fit_prior(fitted_on)
    score, usual = log_score(apart, fitted), log_score(apart, DEFAULT_PRIOR)
    better = score is not None and usual is not None and score > usual
    return FleetPrior(fitted if better else DEFAULT_PRIOR, better, len(fitted_on), score, usual)


def _workloads(index: HistoryIndex, positions: Integers, config: TemporalConfig) -> list[list[PastRun]]:
    """The first runs, oldest first, of workloads chosen evenly among those with runs at ``positions``."""
    positions = np.sort(positions)
    codes = index.workload_codes[positions]
    parts = np.split(positions, np.flatnonzero(np.diff(codes)) + 1) if len(positions) else []
    every = max(1, -(-len(parts) // config.prior_workload_count))
    found = []
    for part in parts[::every]:
        rows = index.rows.take(part[: config.prior_run_count])
        found.append(past_runs_of({name: rows[name].to_pylist() for name in COLUMNS}))
    return found
