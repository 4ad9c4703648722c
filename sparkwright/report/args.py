"""``sparkwright report``."""

import argparse
import os
import sys
from pathlib import Path

_INTERRUPTED = 130
_WIDTH = 120


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright report``."""
    parser.add_argument(
        "logs",
        nargs="?",
        metavar="LOGS",
        help="event logs: a folder, one log, an s3:, gs:, abfs:, hdfs: or dbfs: address, or the http: address of a "
        "Spark History Server (default: what --lake holds)",
    )
    parser.add_argument(
        "--lake", help="add what is read to these Delta tables, and report all they hold (default: a temporary folder)"
    )
    parser.add_argument("--driver-log-dir", help="folder of drivers' output (default: drivers beside the logs)")
    parser.add_argument("--processes", type=int, help="readers (default: one per core where the logs are large)")
    what = parser.add_argument_group("what")
    what.add_argument(
        "--since", metavar="WHEN", help="applications that started then or later: 2026-11-01, or 14d, 36h"
    )
    what.add_argument("--workload", metavar="ID", help="this workload only, or those whose id has ID in it")
    what.add_argument("--group-by", metavar="user|queue|TAG", help="sums by user, by queue, or by a property or label")
    what.add_argument("--prices", type=Path, metavar="FILE", help="price sheet (default: see docs/report.md)")
    what.add_argument("--anonymise", action="store_true", help="no names, paths, hosts or messages in the report")
    out = parser.add_argument_group("output")
    out.add_argument("--json", action="store_true", help="print the report as JSON (data_contracts/report.py)")
    out.add_argument("--html", type=Path, metavar="FILE", help="also write it as one page")
    out.add_argument("--csv", type=Path, metavar="FILE", help="also write the sizing as CSV")
    out.add_argument(
        "--export-properties", type=Path, metavar="DIR", help="also write what is proven, a file a workload"
    )
    out.add_argument("--trials", action="store_true", help="export what could be tried, too")
    out.add_argument("--top", type=int, default=20, metavar="N", help="rows of each section; 0: all (default: 20)")


def report_run(args: argparse.Namespace) -> int:
    """Read, report, print; 130 where Ctrl-C ended the reading."""
    from rich.console import Console

    from sparkwright.report.command import Options, make_report, write_outputs
    from sparkwright.report.table import show

    options = Options.of(args)
    report = make_report(options)
    written = write_outputs(report, options)
    if args.json:
        print(report.model_dump_json(indent=2))
    else:
        # A file or a pipe has no width of its own.
        is_free = not sys.stdout.isatty() and "COLUMNS" not in os.environ
        show(report, Console(width=_WIDTH if is_free else None), args.top or None)
    errors = Console(stderr=True, soft_wrap=True)
    for line in written:
        errors.print(line, markup=False, highlight=False)
    return _INTERRUPTED if report.reading.interrupted else 0
