"""``sparkwright validate``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import CheckFailed, ConfigError

if TYPE_CHECKING:
    from rich.console import Console

_LISTED = 20


def validate_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright validate``."""
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    parser.add_argument("--out", type=Path, help="folder of the result pages (default: <home>/validation)")
    parser.add_argument(
        "--table", action="append", dest="tables", metavar="NAME", help="check this table only (may be repeated)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="overrides",
        metavar="KEY=VALUE",
        help="override one value of validation.yaml",
    )


def validate_run(args: argparse.Namespace) -> int:
    """Check tables against their contracts: set a few bad rows aside, or name the many and exit with 3."""
    from data_contracts.tables import TABLES, Application
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    by_name = {row_type.table: row_type for row_type in TABLES}
    unknown = [name for name in args.tables or [] if name not in by_name]
    if unknown:
        raise ConfigError(f"expected --table of {', '.join(by_name)}; got {', '.join(unknown)}")
    lake = Lake(args.lake or settings().lake_uri)
    if not args.tables:
        lake.version(Application)  # report an empty lake before importing Great Expectations
    from rich.console import Console
    from rich.table import Table

    from sparkwright.config import load_config
    from sparkwright.validation.batch import ValidationConfig
    from sparkwright.validation.check import CONFIG
    from sparkwright.validation.page import write_page
    from sparkwright.validation.validate import validate

    config = load_config(ValidationConfig, CONFIG, args.overrides)
    tables = [by_name[name] for name in args.tables] if args.tables else None
    out = args.out or settings().make_home() / "validation"
    out.mkdir(parents=True, exist_ok=True)
    page = out / "index.html"
    report = validate(lake, out / "data_docs", tables, config)
    write_page(report, page)
    console = Console(soft_wrap=True)
    table = Table("table", "rows", "failed", "bad rows", "in the batch", "allowed", "verdict")
    for suite in report.suites:
        table.add_row(
            suite.table,
            f"{suite.row_count:,}",
            f"{len(suite.failures)} of {len(suite.results)}",
            f"{suite.bad_count:,}",
            f"{suite.batch.bad_count:,} of {suite.batch.row_count:,}",
            f"{suite.batch.allowed_count:,}",
            suite.verdict.upper() if suite.stops else suite.verdict,
        )
    console.print(table)
    sentences = [failure.sentence for failure in report.failures]
    if report.contracts_hold and report.bad_count:
        where = "in quarantine" if report.passed else "left where they are"
        _print_list(console, f"expectation(s) failed; {report.bad_count} row(s) are {where}", sentences[:_LISTED])
    _print_list(console, "column(s) of runs drifted", [one.sentence for one in report.drifted])
    if report.drift_note:
        console.print(f"drift: not checked, {report.drift_note}", markup=False, highlight=False)
    console.print(f"result page: {page}\ndata docs:   {report.data_docs}", markup=False, highlight=False)
    if not report.contracts_hold:
        over = [suite.sentence for suite in report.suites if suite.is_over]
        more = f"\n  and {len(sentences) - _LISTED} more, see {page}" if len(sentences) > _LISTED else ""
        raise CheckFailed(
            "the lake breaks its contracts, nothing was set aside:\n  "
            + "\n  ".join([*over, *sentences[:_LISTED]])
            + more
            + ("\nto set them aside anyway: sparkwright validate --set max_bad_share=1" if over else "")
        )
    if not report.passed:
        raise CheckFailed(f"{len(report.drifted)} column(s) of runs drifted, and drift.stops is set")
    return 0


def _print_list(console: "Console", title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"\n{len(lines)} {title}:")
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False)
