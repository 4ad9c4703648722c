"""``sparkwright train``: the runs of the lake to a registered forecaster, proposed as the challenger."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import CheckFailed

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from sparkwright.lake import Lake
    from training.temporal.config import TemporalConfig
    from training.temporal.train import Trained

_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "temporal.yaml"
EXPERIMENT = "forecaster"


def train_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, default=_CONFIG, help="what to do (YAML; default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one of its values")
    parser.add_argument("--lake", help="folder or address of the lake (default: SPARKWRIGHT_LAKE_URI)")


def train_run(args: argparse.Namespace) -> int:
    """Exit code of ``sparkwright train``; its last word is the release that it proposed."""
    from rich.console import Console

    from sparkwright.config import load_config
    from sparkwright.lake import Lake
    from sparkwright.settings import settings
    from training.temporal.config import TemporalConfig

    config = load_config(TemporalConfig, args.config, args.set)
    where = settings()
    lake = Lake(args.lake or where.lake_uri)
    notes = Console(stderr=True)
    runs, version = _checked_runs(lake, config, where.home / "validation", notes)
    with notes.status("loading torch, Lightning and MLflow"):
        from sparkwright.features.windows import HistoryIndex
        from sparkwright.registry import releases, tracking
        from training.temporal.register import register
        from training.temporal.split import split_by_time
        from training.temporal.train import train_forecaster

        index = HistoryIndex(runs)
        split = split_by_time(
            index,
            train_ratio=config.train_ratio,
            calibrate_ratio=config.calibrate_ratio,
            held_out_ratio=config.held_out_ratio,
            least_run_count=config.least_run_count,
        )
        client = tracking.connect(where)
    with tracking.training_run(client, EXPERIMENT, config.model_dump(), {"runs": version}) as run:
        with _progress(config.epochs, notes) as on_round:

            def report(round_number: int, metrics: dict[str, float]) -> None:
                run.log_metrics(metrics, step=round_number)
                on_round(metrics)

            trained = train_forecaster(index, split, config, {"runs": version}, report)
        with notes.status("plots, model card, registering"):
            model_version = register(run, trained)
    release = releases.propose(client, forecaster_version=model_version)
    _show(trained, Console())
    print(f"forecaster version {model_version}, proposed in release {release.version}")
    return 0
