"""``sparkwright feedback``: join outcomes to decisions, judge them, decide whether to retrain."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import CheckFailed, ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from data_contracts.tables import DeathWatch, Outcome
    from sparkwright.feedback.judge import JudgeConfig, Judgement
    from sparkwright.lake import Lake
    from sparkwright.settings import Settings

_BATCH_ROWS = 50_000
_CONFIG = Path(__file__).with_name("judge.yaml")


def feedback_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "step",
        nargs="?",
        choices=["join", "decide", "clear", "all"],
        default="all",
        help="join: write outcomes to the lake; decide: exit 0 if a training is due, 3 if not, and judge the claimed "
        "risks; clear: end a stop, so that only later decisions are watched; default: join, then show the judgement",
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="join all decisions and runs again, not only what is new since the last join: after the decision log or "
        "the lake was restored from a backup",
    )
    parser.add_argument("--config", type=Path, default=_CONFIG, help="when to retrain (YAML; default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one of its values")


def feedback_run(args: argparse.Namespace) -> int:
    """Run ``sparkwright feedback`` and return its exit code."""
    from sparkwright.config import load_config
    from sparkwright.feedback.judge import JudgeConfig
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    if args.full and args.step not in {"join", "all"}:
        raise ConfigError(f"expected --full with join or all, got it with {args.step}, which joins nothing")
    where = settings()
    config = load_config(JudgeConfig, args.config, args.set)
    lake = Lake(where.lake_uri)
    if args.step == "clear":
        _clear(lake)
    if args.step in {"decide", "all"}:
        _require_table_and_registry(where, lake)
    if args.step in {"join", "all"}:
        _join(where, lake, full=args.full)
    if args.step in {"decide", "all"}:
        from sparkwright.feedback.show import show_judgement

        judgement = _judge(where, lake, config)
        show_judgement(judgement)
        _judge_claims(lake)
        if args.step == "decide" and not judgement.reasons:
            raise CheckFailed("no training is due: the champion is still good")
    return 0


def _require_table_and_registry(where: "Settings", lake: "Lake") -> None:
    """Raise at once if a table or the registry is missing: a judgement needs both."""
    from data_contracts.tables import Run
    from sparkwright.registry.reach import refuse_unreachable

    lake.version(Run)
    refuse_unreachable(where)


def _join(where: "Settings", lake: "Lake", *, full: bool) -> None:
    from datetime import UTC, datetime

    from sparkwright.feedback.decision_log import DecisionLog
    from sparkwright.feedback.incremental_join import join_outcomes

    checkpoint = where.make_home() / "checkpoints" / "feedback.json"
    log = DecisionLog(where.decision_log_url)
    try:
        joined = join_outcomes(log, where.decision_log_url, lake, checkpoint, datetime.now(UTC), full=full)
    finally:
        log.close()
    which = "everything" if joined.everything else "what is new"
    print(f"joined {which}: {joined.decision_count} decisions read, {joined.outcome_count} outcomes written")
    if not joined.kept:
        print(f"{checkpoint} cannot be written: the next join reads everything that this one read", file=sys.stderr)


def _judge(where: "Settings", lake: "Lake", config: "JudgeConfig") -> "Judgement":
    import pyarrow.compute as pc

    from data_contracts.fields.decision import NONE
    from data_contracts.tables import Decision, Outcome, Run
    from sparkwright.feedback.judge import JUDGED_COLUMNS, judge
    from sparkwright.held_out import without_faults
    from sparkwright.registry import releases, tracking
    from sparkwright.registry.models import trained_run_count

    client = tracking.connect(where)
    champion = releases.by_alias(client, "champion")
    forecaster = champion.forecaster_version if champion else NONE
    outcomes = []
    if lake.exists(Outcome):
        # Only its own decisions say anything about this forecaster.
        decided = lake.read(Decision, columns=["decision_id"], filters=[("forecaster_version", "=", forecaster)])
        found = lake.read(Outcome, columns=JUDGED_COLUMNS)
        outcomes = _models(found.filter(pc.is_in(found["decision_id"], decided["decision_id"].combine_chunks())))
    real = lake.read(Run, columns=["origin", "workload_id"], filters=[("origin", "!=", "simulated")])
    return judge(
        outcomes,
        run_count=without_faults(real).num_rows,
        trained_run_count=None if forecaster == NONE else trained_run_count(client, forecaster),
        config=config,
    )


def _judge_claims(lake: "Lake") -> None:
    """Write how the claims held up to the lake, where the service and ``sparkwright recommend`` find it."""
    from datetime import UTC, datetime

    from data_contracts.tables import Certificate, DeathWatch, Outcome
    from sparkwright.feedback.certify import certificates
    from sparkwright.feedback.judge import JUDGED_COLUMNS
    from sparkwright.feedback.savings import savings
    from sparkwright.feedback.show import show_claims
    from sparkwright.feedback.watch import watch

    if not lake.exists(Outcome):
        return
    outcomes, at = _models(lake.read(Outcome, columns=JUDGED_COLUMNS)), datetime.now(UTC)
    found = certificates(outcomes, at)
    watched = watch(outcomes, _last_watch(lake), at)
    lake.merge(Certificate, found)
    lake.merge(DeathWatch, [watched])
    show_claims(found, watched, savings(outcomes))


def _models(rows: "pa.Table") -> "list[Outcome]":
    """Outcomes with the columns that are judged, as stored: checking a million again takes minutes."""
    from data_contracts.tables import Outcome

    return [
        Outcome.model_construct(**row)
        for batch in rows.to_batches(max_chunksize=_BATCH_ROWS)
        for row in batch.to_pylist()
    ]


def _clear(lake: "Lake") -> None:
    from datetime import UTC, datetime

    from data_contracts.tables import DeathWatch
    from sparkwright.feedback.watch import cleared

    last = _last_watch(lake)
    if last is None or last.stopped_at is None:
        print("no stop is in force: nothing was cleared")
        return
    lake.merge(DeathWatch, [cleared(last, datetime.now(UTC))])
    print("the stop is cleared: the watch starts over with decisions from now on")


def _last_watch(lake: "Lake") -> "DeathWatch | None":
    from data_contracts.tables import DeathWatch
    from sparkwright.feedback.watch import HEAP
    from sparkwright.lake.rows import rows_of

    if not lake.exists(DeathWatch):
        return None
    return next((one for one in rows_of(DeathWatch, lake.read(DeathWatch)) if one.watch == HEAP), None)
