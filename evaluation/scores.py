"""Score a release and the champion, and keep the scores as metrics of the release's MLflow run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from data_contracts.fields.decision import NONE
from evaluation.promotion import AdviceScores, AnswerScores, DiagnosisScores, ForecastScores
from sparkwright.diagnosis.scoring import NO_ANSWER, DiagnosisReport
from sparkwright.diagnosis.taxonomy import UNKNOWN
from sparkwright.diagnosis.version import TroubleshooterVersion, read_version
from sparkwright.errors import CheckFailed
from sparkwright.registry import models
from sparkwright.registry.releases import Release

if TYPE_CHECKING:
    import pyarrow as pa
    from mlflow import MlflowClient

    from evaluation.backtest import BacktestReport

CHALLENGER, CHAMPION = "challenger", "champion"
_ADVICE = "advice."
_ANSWERS = ("wrong", "cost", "rules_cost")
_AGAINST = "evaluated_against."
"""Tag: the champion's version of a half that a release was compared with."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Reports by role, ``challenger`` and ``champion`` (if any); halves that do not exist are left out.

    ``advice`` is by policy, as decided by this checkout with the challenger's prior of need.
    """

    backtests: dict[str, "BacktestReport"]
    troubleshooters: dict[str, TroubleshooterVersion]
    advice: dict[str, AdviceScores]


def evaluate_release(
    client: "MlflowClient", release: Release, champion: Release | None, runs: "pa.Table"
) -> Evaluation:
    """Score both releases; forecasters on the same ``runs``, which neither saw in training."""
    from evaluation.advice.gate import advice_scores
    from evaluation.advice.product import gated
    from evaluation.backtest import backtest
    from evaluation.lab.oracle.rows import MEASURED, read
    from evaluation.lab.simulator.responses import load_responses
    from sparkwright.allocation.need_prior import DEFAULT_PRIOR, load_prior
    from sparkwright.forecast.forecaster import Forecaster

    roles = {CHALLENGER: release, **({CHAMPION: champion} if champion else {})}
    folders = {
        role: models.download(client, models.FORECASTER, half.forecaster_version)
        for role, half in roles.items()
        if half.forecaster_version != NONE
    }
    forecasters = {role: Forecaster.load(folder) for role, folder in folders.items()}
    prior = load_prior(folders[CHALLENGER]) if CHALLENGER in folders else DEFAULT_PRIOR
    score_from = max((forecaster.spec.trained_until for forecaster in forecasters.values()), default=None)
    return Evaluation(
        {role: backtest(forecaster, runs, score_from) for role, forecaster in forecasters.items()},
        {
            role: read_version(models.download(client, models.TROUBLESHOOTER, half.troubleshooter_version))
            for role, half in roles.items()
            if half.troubleshooter_version != NONE
        },
        advice_scores(gated(prior), read(MEASURED), load_responses()),
    )


def diagnosis_scores(version: TroubleshooterVersion) -> DiagnosisScores:
    """Score whoever answers in this version, and the rules, on its validation cases."""
    scores = version.scores["validation"]
    preferred = scores.model if version.prefer == "llm" else scores.rules
    answers = AnswerScores(preferred.case_count, _wrong(preferred), _cost(preferred), _cost(scores.rules))
    return DiagnosisScores(preferred.case_count, preferred.accuracy, scores.rules.accuracy, answers)


def _wrong(report: DiagnosisReport) -> float:
    """Return the share of wrong causes; answers that failed their checks were never shown."""
    shown = [one for one in report.mistakes if one.answered not in (NO_ANSWER, UNKNOWN.name)]
    return len(shown) / report.case_count if report.case_count else 0.0


def _cost(report: DiagnosisReport) -> float:
    return report.accuracy - 2 * _wrong(report)


def log_scores(client: "MlflowClient", release: Release, champion: Release | None, evaluation: Evaluation) -> None:
    """Write the scores to the release's run, where the MLflow UI compares them and :func:`logged_scores` finds them."""
    for role, report in evaluation.backtests.items():
        for name, value in report.metrics.items():
            client.log_metric(release.run_id, f"{role}.forecaster.{name}", value)
    for role, version in evaluation.troubleshooters.items():
        scores = diagnosis_scores(version)
        figures = {name: getattr(scores, name) for name in ("case_count", "accuracy", "rules_accuracy")}
        figures |= {name: getattr(scores.answers, name) for name in _ANSWERS if scores.answers}
        for name, value in figures.items():
            client.log_metric(release.run_id, f"{role}.troubleshooter.{name}", value)
    for policy, advice in evaluation.advice.items():
        for name, value in asdict(advice).items():
            client.log_metric(release.run_id, f"{_ADVICE}{policy}.{name}", value)
    for half in release.changed_halves:
        client.set_tag(release.run_id, _AGAINST + half, getattr(champion, half) if champion else NONE)


@dataclass(frozen=True, slots=True)
class LoggedScores:
    """The scores written by :func:`log_scores`, by role."""

    forecasters: dict[str, ForecastScores]
    troubleshooters: dict[str, DiagnosisScores]
    advice: dict[str, AdviceScores]


def logged_scores(client: "MlflowClient", release: Release, champion: Release | None) -> LoggedScores:
    """Return the scores logged for the release.

    Raises:
        CheckFailed: A half that it changed was not evaluated against the champion's current one, or its advice was not
            evaluated.
    """
    run = client.get_run(release.run_id)
    for half in release.changed_halves:
        against, present = run.data.tags.get(_AGAINST + half), getattr(champion, half) if champion else NONE
        if against != present:
            raise CheckFailed(
                f"expected the {half} of release {release.version} to be evaluated beside the champion's ({present}), "
                f"it was {'not evaluated' if against is None else f'evaluated beside {against}'}; run `sparkwright "
                f"evaluate --release {release.version}`"
            )
    found = run.data.metrics
    if not (advice := _logged_advice(found)):
        raise CheckFailed(
            f"expected the advice of release {release.version} to be evaluated, it was not; run `sparkwright evaluate "
            f"--release {release.version}`"
        )

    def number(role: str, name: str) -> float:
        return float(found[f"{role}.{name}"])

    def answers(role: str) -> AnswerScores | None:
        """Return None if an earlier version evaluated, which had no such figures."""
        if not all(f"{role}.troubleshooter.{name}" in found for name in _ANSWERS):
            return None
        case_count = int(number(role, "troubleshooter.case_count"))
        return AnswerScores(case_count, *(number(role, f"troubleshooter.{name}") for name in _ANSWERS))

    roles = (CHALLENGER, CHAMPION)
    return LoggedScores(
        {
            role: ForecastScores(
                int(number(role, "forecaster.run_count")),
                number(role, "forecaster.pinball"),
                number(role, "forecaster.naive_pinball"),
                number(role, "forecaster.naive_p_value"),
                number(role, "forecaster.coverage_ratio"),
            )
            for role in roles
            if f"{role}.forecaster.pinball" in found
        },
        {
            role: DiagnosisScores(
                int(number(role, "troubleshooter.case_count")),
                number(role, "troubleshooter.accuracy"),
                number(role, "troubleshooter.rules_accuracy"),
                answers(role),
            )
            for role in roles
            if f"{role}.troubleshooter.accuracy" in found
        },
        advice,
    )


def _logged_advice(found: Mapping[str, float]) -> dict[str, AdviceScores]:
    """By policy."""
    whole = _ADVICE, ".decisions"
    policies = [
        name[len(whole[0]) : -len(whole[1])] for name in found if name.startswith(whole[0]) and name.endswith(whole[1])
    ]
    return {
        policy: AdviceScores(
            decisions=int(found[f"{_ADVICE}{policy}.decisions"]),
            claimed=float(found[f"{_ADVICE}{policy}.claimed"]),
            died=int(found[f"{_ADVICE}{policy}.died"]),
            ratio_low=float(found[f"{_ADVICE}{policy}.ratio_low"]),
        )
        for policy in policies
    }
