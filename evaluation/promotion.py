"""Decide whether a challenger may become the champion: figures in, objections out; no registry, no files."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from sparkwright.config import Config


class PromotionConfig(Config):
    """What a challenger must show (``evaluation/promotion.yaml``)."""

    max_champion_ratio: float = Field(gt=0, description="Challenger's pinball loss over the champion's.")
    min_coverage: float = Field(ge=0, le=1, description="Share of durations that fall into p10-p90.")
    significance: float = Field(gt=0, lt=1, description="p-value below which naive baseline and coverage count.")
    min_run_count: int = Field(ge=1, description="With fewer test runs the check says no.")
    max_gain_drop: float = Field(ge=0, le=1, description="How much accuracy over the rules may be lost.")
    max_died_over_claimed: float = Field(ge=1, description="Deaths over the deaths that the advice claimed.")
    max_wrong: float = Field(ge=0, le=1, description="Share of failures that may be put down to a wrong cause.")


@dataclass(frozen=True, slots=True)
class ForecastScores:
    """One forecaster on the common test runs.

    Attributes:
        run_count: Test runs.
        pinball: Mean pinball loss over requirements and quantiles, log units.
        naive_pinball: The best naive baseline's on the same runs, chosen in hindsight.
        naive_p_value: p-value of being worse than that baseline, run by run.
        coverage_ratio: Share of durations between p10 and p90.
    """

    run_count: int
    pinball: float
    naive_pinball: float
    naive_p_value: float
    coverage_ratio: float


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """The value of answers: a wrong cause costs more than none.

    Attributes:
        case_count: Failures whose cause is known.
        wrong: Share attributed to a wrong cause.
        cost: Mean per case: right +1, unknown 0, wrong -2 (with properties, or harmful ones, -5).
        rules_cost: The rules' on the same cases.
    """

    case_count: int
    wrong: float
    cost: float
    rules_cost: float


@dataclass(frozen=True, slots=True)
class DiagnosisScores:
    """One troubleshooter on its validation cases: whoever answers (model or rules), next to the rules alone."""

    case_count: int
    accuracy: float
    rules_accuracy: float
    answers: AnswerScores | None = None

    @property
    def gain(self) -> float:
        """Accuracy minus that of the rules."""
        return self.accuracy - self.rules_accuracy


@dataclass(frozen=True, slots=True)
class AdviceScores:
    """Claims and deaths of advice followed on the measured oracle.

    Attributes:
        decisions: Attempts with a stated risk.
        claimed: Sum of their P(death).
        died: Deaths among them.
        ratio_low: Lower bound of died / claimed, one-sided 97.5%, by bootstrapping workloads; 0 without claims.
    """

    decisions: int
    claimed: float
    died: int
    ratio_low: float


def advice_objections(advice: Mapping[str, AdviceScores], config: PromotionConfig) -> list[str]:
    """Return why a release that decides like this may not be promoted; empty if no policy's deaths exceed its claim.

    Args:
        advice: By policy.
        config: The bounds.
    """
    return [
        f"{name}: {one.died} deaths, {one.claimed:.1f} claimed in {one.decisions} attempts on the measured oracle: "
        f"over {config.max_died_over_claimed:g} times the claim (at least {one.ratio_low:.2f} times, one-sided 97.5%)"
        for name, one in advice.items()
        if one.ratio_low > config.max_died_over_claimed
    ]


def forecaster_objections(
    challenger: ForecastScores, champion: ForecastScores | None, config: PromotionConfig
) -> list[str]:
    """Return why the challenger's forecaster may not be promoted; empty if it may.

    Args:
        challenger: Its scores.
        champion: The champion's on the same runs; None if there is no champion.
        config: The bounds.
    """
    from scipy.stats import binomtest

    if challenger.run_count < config.min_run_count:
        return [f"expected at least {config.min_run_count} test runs, got {challenger.run_count}: harvest more"]
    objections = []
    if challenger.naive_p_value < config.significance:
        objections.append(
            f"pinball loss {challenger.pinball:.4f}, naive baseline {challenger.naive_pinball:.4f}: worse on "
            f"{challenger.run_count} runs with p = {challenger.naive_p_value:.3f} (at least {config.significance})"
        )
    if champion is not None and challenger.pinball > config.max_champion_ratio * champion.pinball:
        objections.append(
            f"pinball loss {challenger.pinball:.4f}, champion {champion.pinball:.4f} "
            f"(at most {config.max_champion_ratio} times)"
        )
    covered = round(challenger.coverage_ratio * challenger.run_count)
    p_value = binomtest(covered, challenger.run_count, config.min_coverage, alternative="less").pvalue
    if p_value < config.significance:
        objections.append(
            f"{covered} of {challenger.run_count} durations between p10 and p90, expected {config.min_coverage:.0%} "
            f"(p = {p_value:.3f}, at least {config.significance})"
        )
    return objections


def troubleshooter_objections(
    challenger: DiagnosisScores, champion: DiagnosisScores | None, config: PromotionConfig
) -> list[str]:
    """Return why the challenger's troubleshooter may not be promoted; empty if it may."""
    minimum = (champion.gain if champion else 0.0) - config.max_gain_drop
    objections = answer_objections(challenger.answers, config) if challenger.answers else []
    if challenger.gain < minimum:
        objections.append(
            f"accuracy over the rules {challenger.gain:+.3f} on {challenger.case_count} cases, at least {minimum:+.3f}"
        )
    return objections


def answer_objections(scores: AnswerScores, config: PromotionConfig) -> list[str]:
    """Return why such answers should not be given; empty if they may be."""
    objections = []
    if scores.wrong > config.max_wrong:
        objections.append(
            f"{scores.wrong:.1%} of {scores.case_count} failures put down to a wrong cause, at most "
            f"{config.max_wrong:.0%}"
        )
    if scores.cost < scores.rules_cost:
        objections.append(
            f"cost {scores.cost:+.3f} a case on {scores.case_count} cases, at least the rules' {scores.rules_cost:+.3f}"
        )
    return objections
