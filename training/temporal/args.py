"""``sparkwright train``: the runs of the lake to a registered forecaster, proposed as the challenger."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
_LISTED = 10


def train_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright train``."""
    parser.add_argument("--config", type=Path, default=_CONFIG, help="what to train (YAML; default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one value of it")
    parser.add_argument("--lake", help="folder or address of the lake (default: SPARKWRIGHT_LAKE_URI)")


def train_run(args: argparse.Namespace) -> int:
    """Train, register and propose; the last word printed is the proposed release."""
    from data_contracts.tables import Run
    from sparkwright.lake import Lake
    from sparkwright.registry.reach import refuse_unreachable
    from sparkwright.settings import settings

    where = settings()
    refuse_unreachable(where)
    lake = Lake(args.lake or where.lake_uri)
    lake.version(Run)
    from rich.console import Console

    from sparkwright.config import load_config
    from sparkwright.progress import waiting_for
    from training.temporal.config import TemporalConfig

    config = load_config(TemporalConfig, args.config, args.set)
    notes = Console(stderr=True)
    runs, version = _checked_runs(lake, config, notes)
    with waiting_for("loading torch, Lightning and MLflow", notes):
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
            min_run_count=config.min_run_count,
        )
        client = tracking.connect(where)
    with tracking.training_run(client, EXPERIMENT, config.model_dump(), {"runs": version}) as run:
        with _progress(config.epochs, notes) as on_epoch:

            def report(epoch: int, metrics: Mapping[str, float]) -> None:
                run.log_metrics(metrics, step=epoch)
                on_epoch(metrics)

            trained = train_forecaster(index, split, config, {"runs": version}, report)
        with waiting_for("plots, model card, registering", notes):
            model_version = register(run, trained)
    release = releases.propose(client, forecaster_version=model_version)
    _show(trained, Console())
    print(f"forecaster version {model_version}, proposed in release {release.version}")
    return 0


def _checked_runs(lake: "Lake", config: "TemporalConfig", notes: "Console") -> "tuple[pa.Table, int]":
    """The runs to learn from, without the few that break their contract, and their Delta version.

    The lake is only read: ``sparkwright validate`` moves bad rows, which the trainer has no right to do.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from data_contracts.tables import Run
    from sparkwright.progress import waiting_for

    with waiting_for("checking the runs against their contract", notes):
        from sparkwright.features.columns import COLUMNS
        from sparkwright.held_out import without_faults
        from sparkwright.validation.check import check

        found = check(lake, tables=[Run])
    suite = found.results(Run)
    if not found.report.passed:
        broken = "\n  ".join([suite.sentence, *(failure.sentence for failure in suite.failures[:_LISTED])])
        raise CheckFailed(
            f"the runs break their contract, nothing was trained:\n  {broken}\n`sparkwright validate` shows them all"
        )
    if suite.bad_count:
        notes.print(
            f"{suite.bad_count} run(s) break their contract and are left out; `sparkwright validate` sets them aside"
        )
    runs = without_faults(found.good_rows(Run)).select([*COLUMNS, "origin"])
    return runs.filter(pc.is_in(runs["origin"], pa.array(config.origins))), suite.version


@contextmanager
def _progress(epochs: int, console: "Console") -> Iterator[Callable[[Mapping[str, float]], None]]:
    """Show a bar over the epochs with the newest loss; yield what to call after each."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("training", total=epochs)

        def advance(metrics: Mapping[str, float]) -> None:
            losses = ", ".join(f"{part} {metrics[f'{part}_loss']:.3f}" for part in ("train", "stop"))
            progress.update(task, advance=1, description=f"training (loss: {losses})")

        yield advance


def _show(trained: "Trained", console: "Console") -> None:
    """Print what was learned from, how the network did on the test runs, and how far it is trusted."""
    from rich.table import Table

    from sparkwright.features.columns import REQUIREMENTS
    from sparkwright.forecast.blend import MEMBERS

    split = trained.split
    parts = Table("runs", "count", title="Forecaster")
    for name, positions in (
        ("fitted on", split.train),
        ("stopped on", split.stop),
        ("stopped on, unseen workloads", split.cold_stop),
        ("blended on", split.blend),
        ("blended on, unseen workloads", split.cold_blend),
        ("calibrated on", split.calibrate),
        ("calibrated on, unseen workloads", split.cold_calibrate),
        ("tested on", split.test),
        ("tested on, unseen workloads", split.held_out),
    ):
        parts.add_row(name, str(len(positions)))
    console.print(parts)
    scores = Table("test metric of the network alone", "value")
    for name, value in sorted(trained.test_metrics.items()):
        scores.add_row(name, f"{value:.4f}")
    console.print(scores)
    blend = trained.forecaster.spec.blend
    trust = Table("requirement", "member", "with history", "input given", "unseen", title="Blend weights")
    groups = (blend.warm_weights, blend.told_weights, blend.cold_weights)
    for name, *weights in zip(REQUIREMENTS, *groups, strict=True):
        for member, *cells in zip(MEMBERS, *weights, strict=True):
            trust.add_row(name, member, *(f"{cell:.2f}" for cell in cells))
    console.print(trust)
    worth = Table("requirement", "its weight", "pinball loss", "without it", title="What the network is worth")
    for name, one in trained.worth.items():
        worth.add_row(name, f"{one.weight:.2f}", f"{one.pinball:.4f}", f"{one.pinball_without:.4f}")
    console.print(worth)
    foreseen, history = trained.input_worth
    console.print(
        f"loss on large inputs: {foreseen:.4f} by the forecast, {history:.4f} by the workloads' own histories"
    )
