"""``sparkwright evaluate`` and ``sparkwright promote``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.advice.args import advice_arguments, advice_run
from evaluation.forecast_args import forecast_arguments, forecast_run
from evaluation.policies_args import policies_arguments, policies_run
from evaluation.requirements.args import requirements_arguments, requirements_run
from evaluation.troubleshooter.args import troubleshooter_arguments, troubleshooter_run
from sparkwright.errors import CheckFailed, RegistryError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from evaluation.scores import Evaluation
    from sparkwright.registry.releases import Release

_CONFIG = Path(__file__).with_name("promotion.yaml")


def evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``evaluate``."""
    parser.add_argument("--release", metavar="VERSION", help="release to score (default: the challenger)")
    subjects = parser.add_subparsers(
        dest="subject",
        metavar="{advice,forecast,policies,requirements,troubleshooter}",
        title="instead of a whole release",
    )
    help_text = "replay advice and simple policies, attempt by attempt"
    advice_arguments(subjects.add_parser("advice", help=help_text, description=help_text))
    help_text = (
        "score one-step-ahead forecasts, next to network, LightGBM and naive rules, with and without the input told"
    )
    forecast_arguments(subjects.add_parser("forecast", help=help_text, description=help_text))
    help_text = "score how well requirements in plain language are understood"
    requirements_arguments(subjects.add_parser("requirements", help=help_text, description=help_text))
    help_text = "score how well policies in plain language are understood, part by part"
    policies_arguments(subjects.add_parser("policies", help=help_text, description=help_text))
    help_text = "score diagnoses of failures whose cause is known"
    troubleshooter_arguments(subjects.add_parser("troubleshooter", help=help_text, description=help_text))


def promote_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``promote``."""
    parser.add_argument("--release", metavar="VERSION", help="release to promote (default: the challenger)")
    parser.add_argument("--config", type=Path, default=_CONFIG, help="requirements on it (YAML; default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one of its values")
    parser.add_argument(
        "--force",
        action="store_true",
        help="promote exactly this release whatever its scores, for example to roll back",
    )


def evaluate_run(args: argparse.Namespace) -> int:
    """Run ``sparkwright evaluate`` and return its exit code."""
    if args.subject == "advice":
        return advice_run(args)
    if args.subject == "forecast":
        return forecast_run(args, lambda: _downloaded_forecaster(args.release))
    if args.subject == "requirements":
        return requirements_run(args)
    if args.subject == "policies":
        return policies_run(args)
    if args.subject == "troubleshooter":
        return troubleshooter_run(args)
    from sparkwright.registry.reach import refuse_empty
    from sparkwright.settings import settings

    where = settings()
    refuse_empty(where)
    import pyarrow.compute as pc
    from rich.console import Console

    from data_contracts.tables import Run
    from sparkwright.lake import Lake

    lake = Lake(where.lake_uri)
    lake.version(Run)
    from evaluation import scores
    from sparkwright.held_out import without_faults
    from sparkwright.progress import waiting_for
    from sparkwright.registry import releases, tracking

    client = tracking.connect(where)
    release, champion = _release(client, args.release), releases.by_alias(client, "champion")
    # Simulated runs say nothing about real ones.
    runs = without_faults(lake.read(Run, filters=pc.field("origin") != "simulated"))
    with waiting_for("scoring on runs that neither model was trained on", Console(stderr=True)):
        evaluation = scores.evaluate_release(client, release, champion, runs)
    scores.log_scores(client, release, champion, evaluation)
    _show(evaluation, release, champion)
    return 0


def promote_run(args: argparse.Namespace) -> int:
    """Run ``sparkwright promote`` and return its exit code: 3 if the scores are against it."""
    from sparkwright.registry.reach import refuse_empty
    from sparkwright.settings import settings

    where = settings()
    refuse_empty(where)
    from evaluation import scores
    from evaluation.promotion import (
        PromotionConfig,
        advice_objections,
        forecaster_objections,
        troubleshooter_objections,
    )
    from sparkwright.config import load_config
    from sparkwright.registry import releases, tracking

    config = load_config(PromotionConfig, args.config, args.set)
    client = tracking.connect(where)
    release, champion = _release(client, args.release), releases.by_alias(client, "champion")
    if not args.force:
        logged = scores.logged_scores(client, release, champion)
        objections = advice_objections(logged.advice, config)
        if releases.FORECASTER_HALF in release.changed_halves:
            challenger = logged.forecasters[scores.CHALLENGER]
            objections += forecaster_objections(challenger, logged.forecasters.get(scores.CHAMPION), config)
        if releases.TROUBLESHOOTER_HALF in release.changed_halves:
            tuned = logged.troubleshooters[scores.CHALLENGER]
            objections += troubleshooter_objections(tuned, logged.troubleshooters.get(scores.CHAMPION), config)
        if objections:
            raise CheckFailed(f"release {release.version} is not promoted: {'; '.join(objections)}")
        release = releases.rebased(client, release)
    releases.promote(client, release)
    print(
        f"champion: forecaster {release.forecaster_version} and troubleshooter {release.troubleshooter_version}, "
        f"release {release.version}"
    )
    return 0


def _release(client: "MlflowClient", version: str | None) -> "Release":
    from sparkwright.registry import releases

    if version:
        return releases.by_version(client, version)
    challenger = releases.by_alias(client, "challenger")
    if challenger is None:
        raise RegistryError(
            "expected a challenger, there is none: propose one with `sparkwright train` or `sparkwright finetune`, or "
            "name a release with --release"
        )
    return challenger


def _downloaded_forecaster(version: str | None) -> tuple[str, Path]:
    """Return the version of a release and the folder of its forecaster."""
    from sparkwright.registry import models, tracking
    from sparkwright.registry.reach import refuse_empty
    from sparkwright.settings import settings

    where = settings()
    refuse_empty(where)
    client = tracking.connect(where)
    release = _release(client, version)
    return release.version, models.download(client, models.FORECASTER, release.forecaster_version)


def _show(evaluation: "Evaluation", release: "Release", champion: "Release | None") -> None:
    from rich.console import Console
    from rich.table import Table

    from evaluation.backtest import tables
    from evaluation.scores import diagnosis_scores

    console = Console()
    if not console.is_terminal:
        console = Console(width=140)  # a DAG's log has no width, and wide tables wrap at 80
    for table in tables(evaluation.backtests):
        console.print(table)
    if evaluation.troubleshooters:
        table = Table("release", "validation cases", "accuracy", "rules", "decides", title="Root causes")
        for role, version in evaluation.troubleshooters.items():
            scores = diagnosis_scores(version)
            decides = "model" if version.prefer == "llm" else "rules"
            figures = [f"{scores.accuracy:.3f}", f"{scores.rules_accuracy:.3f}"]
            table.add_row(role, str(scores.case_count), *figures, decides)
        console.print(table)
    if evaluation.advice:
        table = Table(
            "policy", "claims", "claimed deaths", "died", "at least x the claim", title="Advice on the oracle"
        )
        for policy, one in evaluation.advice.items():
            table.add_row(policy, f"{one.decisions:,}", f"{one.claimed:.1f}", f"{one.died:,}", f"{one.ratio_low:.2f}")
        console.print(table)
    beside = f"release {champion.version}" if champion else "no champion"
    console.print(f"release {release.version} was scored beside {beside}", highlight=False)
