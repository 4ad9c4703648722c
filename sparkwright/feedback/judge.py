"""Judge all outcomes: how the champion does, and whether to retrain."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pydantic import Field

from data_contracts.tables import Outcome
from sparkwright.config import Config

NOMINAL_COVERAGE = 0.8
"""Share of outcomes that should lie between the p10 and p90 of their forecasts."""

JUDGED_COLUMNS = (
    "decision_id",
    "app_id",
    "workload_id",
    "decided_at",
    "status",
    "obeyed",
    "trial",
    "memory_verdict",
    "memory_regret",
    "duration_ms",
    "forecast_duration_p50_ms",
    "duration_covered",
    "claimed_death_probability",
    "held_back",
    "report_only",
    "executor_memory_mib_s",
)
"""The columns of outcomes that judgements of the champion, of claims and of savings are made of."""


class JudgeConfig(Config):
    """When to retrain (``sparkwright/feedback/judge.yaml``)."""

    significance: float = Field(gt=0, lt=1, description="A coverage this improbable under 0.8 counts as off.")
    max_deaths_ratio: float = Field(
        ge=0, le=1, description="Maximum share of followed memory advice that may end in a death, trials included."
    )
    min_new_runs: int = Field(ge=1, description="New runs since the champion was trained that justify a training.")
    min_growth_ratio: float = Field(gt=1, description="Ratio of runs now to runs trained on that justifies one.")


@dataclass(frozen=True, slots=True)
class Judgement:
    """How decisions fared. Counts are of outcomes; ratios are None if there was nothing to count.

    Attributes:
        memory_advice_count: Outcomes of memory advice that was followed and could be judged.
        died_count: Those that died, in trials or not.
        trial_count: Those that were trials.
        trial_died_count: Trials that died.
        reasons: Why to retrain; empty if the champion is still good.
    """

    outcome_count: int
    applied_count: int
    scored_count: int
    covered_ratio: float | None
    median_error_ratio: float | None
    memory_advice_count: int
    died_count: int
    trial_count: int
    trial_died_count: int
    reasons: tuple[str, ...]


def judge(
    outcomes: Sequence[Outcome], *, run_count: int, trained_run_count: int | None, config: JudgeConfig
) -> Judgement:
    """Judge ``outcomes``.

    Args:
        outcomes: All outcomes of decisions by the champion's forecaster.
        run_count: Runs in the lake now that a training would use.
        trained_run_count: Runs that the champion's forecaster was trained on; None if there is no champion.
        config: When to retrain.
    """
    from scipy.stats import binomtest

    scored = [outcome for outcome in outcomes if outcome.duration_covered is not None]
    covered = sum(bool(outcome.duration_covered) for outcome in scored)
    errors = [
        outcome.duration_ms / outcome.forecast_duration_p50_ms for outcome in scored if outcome.forecast_duration_p50_ms
    ]
    advised = [outcome for outcome in outcomes if outcome.memory_regret != "unknown"]
    # A death costs the same whether or not it was a trial.
    died = [outcome for outcome in advised if outcome.memory_regret == "died"]
    trials, trials_died = (sum(outcome.trial for outcome in some) for some in (advised, died))
    reasons = []
    if trained_run_count is None:
        reasons.append("there is no champion yet")
    else:
        if scored and binomtest(covered, len(scored), NOMINAL_COVERAGE).pvalue < config.significance:
            reasons.append(
                f"{covered} of {len(scored)} durations fell between p10 and p90, expected {NOMINAL_COVERAGE:.0%}"
            )
        if advised and len(died) / len(advised) > config.max_deaths_ratio:
            reasons.append(
                f"{len(died)} of {len(advised)} runs died of memory on advice (at most "
                f"{config.max_deaths_ratio:.0%}), {trials_died} of them in {trials} trials"
            )
        new = run_count - trained_run_count
        if new >= config.min_new_runs or (new > 0 and run_count >= config.min_growth_ratio * trained_run_count):
            reasons.append(f"{new} new runs since it was trained on {trained_run_count}")
    return Judgement(
        outcome_count=len(outcomes),
        applied_count=sum(outcome.obeyed == "all" for outcome in outcomes),
        scored_count=len(scored),
        covered_ratio=covered / len(scored) if scored else None,
        median_error_ratio=median(errors) if errors else None,
        memory_advice_count=len(advised),
        died_count=len(died),
        trial_count=trials,
        trial_died_count=trials_died,
        reasons=tuple(reasons),
    )
