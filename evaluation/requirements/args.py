"""``sparkwright evaluate requirements``."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

_RECORDINGS = Path(__file__).parents[1] / "recordings" / "requirements"
_VALIDATION = _RECORDINGS / "validation.jsonl"


def requirements_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``evaluate requirements``."""
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="FILE",
        default=_VALIDATION,
        help="texts whose requirements are known, one JSON object a line (default: the project's own validation split)",
    )
    parser.add_argument("--answers", type=Path, metavar="OUT", help="write the answer to each case, one per line")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write all figures to this file")


def requirements_run(args: argparse.Namespace) -> int:
    """Print how much of the texts is understood."""
    from evaluation.requirements.scoring import read_cases, score, write_answers
    from sparkwright.requirements.understand import understand

    cases = read_cases(args.cases)
    understand(cases[0].text)  # the words of all languages are read once
    started_s = time.perf_counter()
    scores, answers = score(cases, lambda text: understand(text).understood)
    seconds = time.perf_counter() - started_s
    figures = {
        **scores.figures(),
        "answered_by": "grammar",
        "seconds": seconds,
        "ms_per_case": 1000 * seconds / len(cases),
    }
    if args.answers:
        write_answers(args.answers, answers)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _show(figures)
    return 0


def _show(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=max(_WIDTH, Console().width))
    for name in ("fields", "languages"):
        table = Table("of", "decisions", "right", "precision", "recall", "asks", "asked back", "needless asks")
        for key, row in [*figures[name].items(), ("all", figures)]:
            cells = (row[column] for column in _COLUMNS)
            table.add_row(key, *(_cell(cell) for cell in cells))
        console.print(table)
    console.print(
        f"{figures['cases']} cases, {_cell(figures['exact_cases'])} exact; by {figures['answered_by']} in "
        f"{figures['seconds']:.2f} s, {figures['ms_per_case']:.1f} ms each"
    )


_WIDTH = 110
_COLUMNS = ("decisions", "right", "precision", "recall", "asks", "asked_back", "needless_asks")


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{100 * value:.1f}%"
