"""``sparkwright compare``."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from sparkwright.diagnosis.detectors import ApplicationMetrics
    from sparkwright.report.comparison.compare import Comparison, Figure, StagePair

_SHOWN_STAGES = 10


def compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright compare``."""
    parser.add_argument("before", metavar="A", help="application id of the lake, or the path of an event log")
    parser.add_argument("after", metavar="B", help="the application to compare A with")
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument(
        "--stages", type=int, default=_SHOWN_STAGES, metavar="N", help=f"show N stages (default: {_SHOWN_STAGES})"
    )


def compare_run(args: argparse.Namespace) -> int:
    """Print what differs between two applications."""
    from rich.console import Console

    from sparkwright.report.comparison.compare import compare

    if args.stages < 0:
        raise ConfigError(f"expected --stages of at least 0, got {args.stages}")
    found = compare(_application(args.before, args.lake), _application(args.after, args.lake))
    if args.json:
        json.dump(dataclasses.asdict(found), sys.stdout, indent=1)
        print()
    else:
        _print(Console(highlight=False, markup=False), found, args.stages)
    return 0


def _application(word: str, lake_uri: str | None) -> "ApplicationMetrics":
    """Return the last attempt of an application in the lake, or the application in an event log.

    Raises:
        ConfigError: The lake has no such application, or the path has no event log of one.
    """
    from sparkwright.advisor.targets import read_attempt
    from sparkwright.diagnosis.detectors import read_metrics
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    path = Path(word)
    if path.exists():
        found = read_attempt(path)
        if found is None:
            raise ConfigError(f"expected the event log of an application at {path}, found none")
        return found.metrics
    lake = Lake(lake_uri or settings().lake_uri)
    attempts = read_metrics(lake, [("app_id", "=", word)])
    if not attempts:
        raise ConfigError(
            f"expected the path of an event log, or the id of an application in the lake {lake.uri}; got {word}"
        )
    return attempts[-1]


def _print(console: "Console", found: "Comparison", stage_count: int) -> None:
    from sparkwright.report.outputs.words import plain

    for letter, side in (("A", found.before), ("B", found.after)):
        console.print(f"{letter}  {plain(side.app_id)}  {plain(side.app_name)}  ({side.status})", soft_wrap=True)
    console.print()
    for sentence in found.changes or ("no significant changes",):
        console.print(plain(sentence))
    if found.properties:
        console.print("\nproperties")
        for change in found.properties:
            line = f"{change.name}: {_value(change.before)} -> {_value(change.after)}"
            console.print(f"  {plain(line)}", soft_wrap=True)
    console.print("\napplication")
    _print_figures(console, found.figures)
    for title, causes in (("slow in A only", found.slow_before), ("slow in B only", found.slow_after)):
        for cause in causes:
            console.print(f"\n{title}: {cause.title}, {cause.lost_s:.1f} s")
            console.print(f"  {plain(cause.facts[0])}")
    shown = [pair for pair in found.stages if any(figure.differs for figure in pair.figures)][:stage_count]
    if shown:
        console.print("\nstages whose time changed most")
    for pair in shown:
        _print_stage(console, pair)
    more = len(found.stages) - len(shown)
    if more > 0:
        console.print(f"\nand {more:,} more stages: --stages {len(found.stages)}, or --json")


def _print_stage(console: "Console", pair: "StagePair") -> None:
    from sparkwright.report.outputs.words import plain

    ids = " -> ".join("none" if one is None else str(one) for one in (pair.before_id, pair.after_id))
    console.print(f"\n  {ids}  {plain(pair.stage_name.splitlines()[0]) if pair.stage_name else ''}")
    _print_figures(console, [figure for figure in pair.figures if figure.differs or figure.name.startswith("task_")])


def _print_figures(console: "Console", figures: "list[Figure] | tuple[Figure, ...]") -> None:
    for figure in figures:
        if not figure.before and not figure.after:
            continue
        change = "" if figure.change is None else "same" if not figure.differs else f"{figure.change:+.0%}"
        texts = (_figure(figure.name, figure.before), _figure(figure.name, figure.after))
        console.print(f"    {_words(figure.name):<15}{texts[0]:>12} -> {texts[1]:<12}{change:>7}")


def _words(name: str) -> str:
    words, _, unit = name.rpartition("_")
    return f"{words}s".replace("_", " ") if unit == "count" else words.replace("_", " ")


def _figure(name: str, value: float | None) -> str:
    from sparkwright.spark.figures import seconds, size

    if value is None:
        return "?"
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_count"):
        return f"{value:,.0f}"
    return seconds(value if name.endswith("_ms") else 1000 * value)


def _value(text: str | None) -> str:
    return "not set" if text is None else text or "(empty)"
