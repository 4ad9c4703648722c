"""The product as policies of the closed loop, deciding over the rows that its harvest would produce."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from data_contracts.properties.spark import parse_size_bytes
from evaluation.advice.plots import BOUND, PENALTY
from evaluation.advice.policies import Choice, Observation, Policy, told_input
from sparkwright.advisor.foreseen_inputs import inputs_after
from sparkwright.advisor.trials import why_no_trial, why_not_yet
from sparkwright.allocation.advise import InputsOf, advise
from sparkwright.allocation.inputs import expected
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, NeedPrior, load_prior
from sparkwright.allocation.observed import next_need, size_for
from sparkwright.allocation.past import PastRun
from sparkwright.feedback.trial_counts import TrialCounts

_HISTORIES = 8
"""Histories kept per policy: told and untold, in open and closed loop, plus a margin."""


def product(
    forecaster_folder: Path | None = None,
    *,
    penalty: float = DEFAULT_LIMITS.lost_attempts,
    alpha: float = DEFAULT_LIMITS.max_risk,
    prior: NeedPrior | None = None,
) -> dict[str, Policy]:
    """Return the product's advice, without and with trials, untold and told the input; optionally with a forecaster.

    Args:
        forecaster_folder: Folder of a trained forecaster.
        penalty: Cost of a death besides the attempt and its retry, in attempts.
        alpha: Maximum risk of a heap below what was asked for or held.
        prior: Prior of a workload's need before its first run; default: the forecaster's.
    """
    if prior is None:
        prior = load_prior(forecaster_folder) if forecaster_folder is not None else DEFAULT_PRIOR
    limits = RiskLimits(max_risk=alpha, lost_attempts=penalty)
    careful, trying = (
        _product(forecaster_folder, replace(limits, allow_trials=trials), prior) for trials in (False, True)
    )
    return {
        "product": careful,
        "product, hint": told_input(careful),
        "product, trials": trying,
        "product, trials, hint": told_input(trying),
    }


def containers(limits: RiskLimits = DEFAULT_LIMITS) -> dict[str, Policy]:
    """Return the product's sizing of containers whose need is observed, untold and told the input."""

    def choose(observation: Observation) -> Choice:
        runs = [
            run for run in observation.past if run.memory_verdict == "enough" and run.peak_jvm_heap_bytes is not None
        ]
        asked = observation.asked_bytes
        need = next_need(
            [run.peak_jvm_heap_bytes for run in runs],
            [run.input_bytes for run in runs],
            observation.request.input_bytes,
            under_way=observation.under_way,
            asked_bytes=asked,
        )
        if need is None:
            return Choice(asked)
        size = size_for(need, limits, min_bytes=observation.min_bytes)
        return Choice(size.size_bytes, claim=size.risk)

    return {"product, container": choose, "product, container, hint": told_input(choose)}


def by_penalty(penalties: Sequence[float], make: Callable[..., dict[str, Policy]] = product) -> dict[str, Policy]:
    """Return the same policies under several penalties of a death, in lost attempts, named for the frontier's plot.

    Args:
        penalties: In the order in which the frontier joins them.
        make: Takes ``penalty`` and returns policies by name.
    """
    return {
        f"{name}{PENALTY}{penalty:g}": policy for penalty in penalties for name, policy in make(penalty=penalty).items()
    }


def by_bound(bounds: Sequence[float], make: Callable[..., dict[str, Policy]] = product) -> dict[str, Policy]:
    """Return the same policies under several bounds on P(death), named for the frontier's plot.

    Args:
        bounds: In the order in which the frontier joins them.
        make: Takes ``alpha`` and returns policies by name.
    """
    return {f"{name}{BOUND}{bound:.2%}": policy for bound in bounds for name, policy in make(alpha=bound).items()}


def gated(prior: NeedPrior = DEFAULT_PRIOR) -> dict[str, Policy]:
    """Return the policies that promotion checks, by names valid in MLflow: advice as served, and with trials allowed.

    Args:
        prior: The prior that would be served.
    """
    policies = product(prior=prior)
    return {"served": policies["product"], "trials": policies["product, trials"]}


def _product(forecaster_folder: Path | None, limits: RiskLimits, prior: NeedPrior) -> Policy:
    forecaster, walks = None, _Walks(prior)
    if forecaster_folder is not None:
        # Imported here: the product decides without a forecaster, too, and then needs no torch.
        from sparkwright.features.windows import HistoryIndex
        from sparkwright.forecast.answers import forecast_of, history_of
        from sparkwright.forecast.forecaster import Forecaster

        forecaster = Forecaster.load(forecaster_folder)

    def choose(observation: Observation) -> Choice:
        forecast = None
        inputs_of: InputsOf = expected
        if forecaster is not None:
            if observation.rows is None:
                raise ValueError("expected rows of runs for the forecaster, got none")
            index = HistoryIndex(observation.rows)
            history = history_of(forecaster, index, observation.workload_id, observation.at, observation.request)
            forecast = forecast_of(forecaster, history)
            if not observation.request.input_bytes:
                (inputs_of,) = inputs_after(forecaster, forecaster.outlook(history))
        walk = walks.after(observation.past)
        allowed = replace(limits, allow_trials=limits.allow_trials and not walk.why_no_trial())
        advice = advise(
            observation.request, observation.past, forecast, limits=allowed, posterior=walk.belief, inputs_of=inputs_of
        )
        walk.decided(observation.at, trial=advice.trial)
        heap = advice.allocation.get("spark.executor.memory")
        overhead = advice.allocation.get("spark.executor.memoryOverhead")
        return Choice(
            parse_size_bytes(heap) if heap else observation.asked_bytes,
            parse_size_bytes(overhead) if overhead else None,
            advice.trial,
            advice.risk,
        )

    return choose


class _Walk:
    """One append-only history: the belief after it, and the decisions that the decision log would hold.

    Args:
        past: The history.
        prior: Belief before its first run.

    Attributes:
        belief: Belief after all runs processed so far.
    """

    def __init__(self, past: Sequence[PastRun], prior: NeedPrior) -> None:
        self.past, self._prior = past, prior  # holding the history keeps its id from being reused
        self.belief: NeedPosterior | None = None
        self._seen, self._decisions, self._trials = 0, 0, 0
        self._last_trial_at: datetime | None = None

    def take_in(self) -> None:
        """Catch up with the end of the history."""
        for run in self.past[self._seen :]:
            self.belief = (self.belief or NeedPosterior.before(self._prior, run.heap_bytes, run.tasks)).after(run)
        self._seen = len(self.past)

    def why_no_trial(self) -> str:
        """Answer like the service with the shipped settings, but without budgets of fleet and queue."""
        counts = TrialCounts(self._decisions, self._trials, self._last_trial_at, 0, 0)
        return why_no_trial(counts) or why_not_yet(self._last_trial_at, self.past)

    def decided(self, at: datetime, *, trial: bool) -> None:
        """Count a decision."""
        self._decisions += 1
        if trial:
            self._trials, self._last_trial_at = self._trials + 1, at


class _Walks:
    """The most recently used histories: policies run in lockstep, each with its own."""

    def __init__(self, prior: NeedPrior) -> None:
        self._prior = prior
        self._known: dict[int, _Walk] = {}

    def after(self, past: Sequence[PastRun]) -> _Walk:
        """Return what is known after all of ``past``."""
        walk = self._known.pop(id(past), None) or _Walk(past, self._prior)
        walk.take_in()
        self._known[id(past)] = walk
        if len(self._known) > _HISTORIES:
            del self._known[next(iter(self._known))]
        return walk
