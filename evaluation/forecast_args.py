"""``sparkwright evaluate forecast``: score a forecaster and its members on the runs of any lake, even simulated."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

_WIDTH = 170


def forecast_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``evaluate forecast``."""
    parser.add_argument("--lake", help="folder or address of the lake (default: SPARKWRIGHT_LAKE_URI)")
    parser.add_argument(
        "--origin",
        action="append",
        choices=["cluster", "lab", "simulated"],
        help="origins of the runs to score on; may be given several times (default: cluster and lab)",
    )
    parser.add_argument("--forecaster", type=Path, metavar="DIR", help="folder of a forecaster, instead of a release's")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the metrics to this file")


def forecast_run(args: argparse.Namespace, download: Callable[[], tuple[str, Path]]) -> int:
    """Run ``sparkwright evaluate forecast`` and return its exit code.

    Args:
        args: The parsed arguments.
        download: Returns the version of the named release and the folder of its forecaster.
    """
    from data_contracts.tables import Run
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    lake = Lake(args.lake or settings().lake_uri)
    lake.version(Run)
    name, folder = (args.forecaster.name, args.forecaster) if args.forecaster else download()
    import pyarrow as pa
    import pyarrow.compute as pc
    from rich.console import Console

    from evaluation.backtest import backtest, tables
    from sparkwright.features.columns import COLUMNS
    from sparkwright.forecast.forecaster import Forecaster
    from sparkwright.held_out import without_faults
    from sparkwright.progress import waiting_for

    origins = args.origin or ["cluster", "lab"]
    columns = [*COLUMNS, "origin"]
    runs = without_faults(lake.read(Run, columns=columns, filters=pc.field("origin").isin(pa.array(origins))))
    with waiting_for("scoring on runs that it was not trained on", Console(stderr=True)):
        report = backtest(Forecaster.load(folder), runs)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)  # a file has no width, and wide tables wrap at 80
    for table in tables({name: report}):
        console.print(table)
    console.print(f"runs that started after {report.score_from:%Y-%m-%d %H:%M:%S} UTC", highlight=False)
    if args.json:
        args.json.write_text(json.dumps(report.metrics, indent=1) + "\n", encoding="utf-8")
    return 0
