"""The product as policies of the closed loop: as it decides over the rows that its harvest would have."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from data_contracts.spark_properties import parse_size_bytes
from evaluation.advice.plots import PENALTY
from evaluation.advice.policies import Choice, Policy, Question, told_input
from sparkwright.allocation.advise import advise
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, NeedPrior, load_prior
from sparkwright.allocation.observed import next_need, size_for
from sparkwright.allocation.past import PastRun

_HISTORIES = 8
"""Kept by a policy: told and untold, in open and closed loop, and room."""


def product(
    forecaster_folder: Path | None = None,
    *,
    penalty: float = DEFAULT_LIMITS.lost_attempts,
    alpha: float = DEFAULT_LIMITS.max_risk,
    prior: NeedPrior | None = None,
) -> dict[str, Policy]:
    """The product's advice, without and with trials, untold and told the input; with a forecaster where one is given.

    Args:
        forecaster_folder: Of a trained forecaster.
        penalty: Cost of a death beside the attempt and its retry [attempts].
        alpha: Largest risk of a heap below what was asked for or held.
        prior: What is believed of a workload's need before its first run; default: the forecaster's.
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
    """The product's size of a container whose need is observed, untold and told the input."""

    def choose(question: Question) -> Choice:
        runs = [run for run in question.past if run.memory_verdict == "enough" and run.peak_jvm_heap_bytes is not None]
        asked = question.asked_bytes
        need = next_need(
            [run.peak_jvm_heap_bytes for run in runs],
            [run.input_bytes for run in runs],
            question.request.input_bytes,
            under_way=question.under_way,
            asked_bytes=asked,
        )
        if need is None:
            return Choice(asked)
        size = size_for(need, limits, least_bytes=question.least_bytes)
        return Choice(size.size_bytes, claim=size.risk)

    return {"product, container": choose, "product, container, hint": told_input(choose)}


def by_penalty(penalties: Sequence[float], make: Callable[..., dict[str, Policy]] = product) -> dict[str, Policy]:
    """The same policies under several penalties of a death [lost attempts], named for the frontier's plot.

    Args:
        penalties: In the order in which the frontier joins them.
        make: Takes ``penalty`` and gives policies by name.
    """
    return {
        f"{name}{PENALTY}{penalty:g}": policy for penalty in penalties for name, policy in make(penalty=penalty).items()
    }


def gated(prior: NeedPrior = DEFAULT_PRIOR) -> dict[str, Policy]:
    """What promotion holds to its claim, by names that MLflow takes: advice as served, and with trials allowed.

    Args:
        prior: The one that would be served.
    """
    policies = product(prior=prior)
    return {"served": policies["product"], "trials": policies["product, trials"]}


def _product(forecaster_folder: Path | None, limits: RiskLimits, prior: NeedPrior) -> Policy:
    forecaster, beliefs = None, _Beliefs(prior)
    if forecaster_folder is not None:
        # Imported here: the product decides without a forecaster, too, and then needs no torch.
        from sparkwright.features.windows import HistoryIndex
        from sparkwright.forecast.answers import forecast_of, history_of
        from sparkwright.forecast.forecaster import Forecaster

        forecaster = Forecaster.load(forecaster_folder)

    def choose(question: Question) -> Choice:
        forecast = None
        if forecaster is not None:
            if question.rows is None:
                raise ValueError("expected rows of runs for the forecaster, got none")
            index = HistoryIndex(question.rows)
            history = history_of(forecaster, index, question.workload_id, question.at, question.request)
            forecast = forecast_of(forecaster, history)
        belief = beliefs.after(question.past)
        advice = advise(question.request, question.past, forecast, limits=limits, posterior=belief)
        heap = advice.allocation.get("spark.executor.memory")
        overhead = advice.allocation.get("spark.executor.memoryOverhead")
        return Choice(
            parse_size_bytes(heap) if heap else question.asked_bytes,
            parse_size_bytes(overhead) if overhead else None,
            advice.trial,
            advice.risk,
        )

    return choose


class _Beliefs:
    """The posteriors of the histories that were asked about last: policies walk side by side, each with its own."""

    def __init__(self, prior: NeedPrior) -> None:
        self._prior = prior
        self._known: dict[int, tuple[Sequence[PastRun], int, NeedPosterior | None]] = {}

    def after(self, past: Sequence[PastRun]) -> NeedPosterior | None:
        """The belief after all of ``past``, which only ever grows."""
        # What is kept holds its history, so that no other list can take its id.
        _, seen, belief = self._known.pop(id(past), (past, 0, None))
        for run in past[seen:]:
            belief = (belief or NeedPosterior.before(self._prior, run.heap_bytes, run.tasks)).after(run)
        self._known[id(past)] = past, len(past), belief
        if len(self._known) > _HISTORIES:
            del self._known[next(iter(self._known))]
        return belief
