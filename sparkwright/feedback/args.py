"""``sparkwright feedback``: join outcomes to decisions, judge them, decide whether to train again."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import CheckFailed

if TYPE_CHECKING:
    import pyarrow as pa

    from sparkwright.feedback.judge import JudgeConfig, Judgement
    from sparkwright.lake import Lake
    from sparkwright.settings import Settings

_CONFIG = Path(__file__).with_name("judge.yaml")


def feedback_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "step",
        nargs="?",
        choices=["join", "decide", "all"],
        default="all",
        help="join: outcomes into the lake; decide: exit 0 where a training is due, 3 where not; default: join, then "
        "show the judgement",
    )
    parser.add_argument("--config", type=Path, default=_CONFIG, help="when to train again (YAML; default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one of its values")


def feedback_run(args: argparse.Namespace) -> int:
    """Exit code of ``sparkwright feedback``."""
    from sparkwright.config import load_config
    from sparkwright.feedback.judge import JudgeConfig
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    where = settings()
    config = load_config(JudgeConfig, args.config, args.set)
    lake = Lake(where.lake_uri)
    if args.step in {"join", "all"}:
        _join(where, lake)
    if args.step in {"decide", "all"}:
        judgement = _judge(where, lake, config)
        _show(judgement)
        if args.step == "decide" and not judgement.reasons:
            raise CheckFailed("no training is due: the champion is still good")
    return 0


def _join(where: "Settings", lake: "Lake") -> None:
    import pyarrow.compute as pc

    from data_contracts.tables import Application, Decision, Outcome, Run
    from sparkwright.feedback.decision_log import DecisionLog
    from sparkwright.feedback.join import outcomes
    from sparkwright.lake import rows_of

    log = DecisionLog(where.decision_log_url)
    decisions = log.read_since()
    log.close()
    lake.merge(Decision, decisions)
    runs, applications = [], []
    if lake.exists(Run):
        obeyed = pc.field("decision_id").is_valid() & (pc.field("origin") != "simulated")
        runs = rows_of(Run, lake.read(Run, filters=obeyed))
        of_runs = pc.field("app_id").isin(_texts(run.app_id for run in runs))
        applications = rows_of(Application, lake.read(Application, filters=of_runs))
    joined = outcomes(decisions, runs, applications)
    lake.merge(Outcome, joined)
    print(f"{len(decisions)} decisions, {len(joined)} outcomes of theirs in the lake")


def _judge(where: "Settings", lake: "Lake", config: "JudgeConfig") -> "Judgement":
    import pyarrow.compute as pc

    from data_contracts.fields.decision import NONE
    from data_contracts.tables import Decision, Outcome, Run
    from sparkwright.feedback.judge import judge
    from sparkwright.held_out import without_faults
    from sparkwright.lake import rows_of
    from sparkwright.registry import releases, tracking
    from sparkwright.registry.models import trained_run_count

    client = tracking.connect(where)
    champion = releases.by_alias(client, "champion")
    forecaster = champion.forecaster_version if champion else NONE
    outcomes = []
    if lake.exists(Outcome):
        # Only what this forecaster decided says anything about it.
        own = pc.field("forecaster_version") == forecaster
        decided = _texts(lake.read(Decision, columns=["decision_id"], filters=own)["decision_id"].to_pylist())
        outcomes = rows_of(Outcome, lake.read(Outcome, filters=pc.field("decision_id").isin(decided)))
    real = lake.read(Run, columns=["origin", "workload_id"], filters=pc.field("origin") != "simulated")
    return judge(
        outcomes,
        run_count=without_faults(real).num_rows,
        trained_run_count=None if forecaster == NONE else trained_run_count(client, forecaster),
        config=config,
    )


def _texts(values: Iterable[str]) -> "pa.Array":
    """The values with their type, which pyarrow cannot guess where there are none."""
    import pyarrow as pa

    return pa.array(values, pa.string())


def _show(judgement: "Judgement") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Decisions of the champion, by their outcomes", show_header=False)
    rows = {
        "outcomes": f"{judgement.outcome_count}, {judgement.obeyed_count} obeyed in every property",
        "duration between p10 and p90": _share(judgement.covered_ratio, judgement.scored_count),
        "duration over its p50, median": f"{judgement.median_error_ratio:.2f}" if judgement.median_error_ratio else "-",
        "memory advice": f"{judgement.memory_advice_count} judged, {judgement.died_count} died",
        "trials among them": f"{judgement.trial_count}, {judgement.trial_died_count} died",
        "train again": "; ".join(judgement.reasons) or "no",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console().print(table)


def _share(ratio: float | None, count: int) -> str:
    return "-" if ratio is None else f"{ratio:.0%} of {count} (nominal 80%)"
