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
        "Spark History Server (default: the contents of --lake)",
    )
    parser.add_argument(
        "--lake", help="add what is read to these Delta tables, and report on all of them (default: a temporary folder)"
    )
    parser.add_argument("--driver-log-dir", help="folder of drivers' output (default: drivers next to the logs)")
    parser.add_argument(
        "--processes", type=int, help="readers, at most four per core (default: one per core, or 1 for small logs)"
    )
    what = parser.add_argument_group("what")
    what.add_argument(
        "--since", metavar="WHEN", help="only applications that started then or later: 2026-11-01, or 14d, 36h"
    )
    what.add_argument("--workload", metavar="ID", help="only this workload, or those whose id contains ID")
    what.add_argument("--group-by", metavar="user|queue|TAG", help="sums by user, by queue, or by a property or label")
    what.add_argument("--prices", type=Path, metavar="FILE", help="price sheet (default: see docs/report.md)")
    what.add_argument("--anonymise", action="store_true", help="no names, paths, hosts or messages in the report")
    out = parser.add_argument_group("output")
    out.add_argument("--json", action="store_true", help="print the report as JSON (data_contracts/api/report.py)")
    out.add_argument("--html", type=Path, metavar="FILE", help="also write it as one page")
    out.add_argument("--csv", type=Path, metavar="FILE", help="also write the sizing as CSV")
    out.add_argument(
        "--export-properties", type=Path, metavar="DIR", help="also write what is proven, one file per workload"
    )
    out.add_argument("--trials", action="store_true", help="also export what could be tried")
    out.add_argument("--top", type=int, default=20, metavar="N", help="rows per section; 0: all (default: 20)")


def report_run(args: argparse.Namespace) -> int:
    """Read, report, print; return 130 if Ctrl-C ended the reading."""
    from rich.console import Console

    from sparkwright.report.command import Options, make_report, write_outputs
    from sparkwright.report.outputs.table import show

    options = Options.of(args)
    report = make_report(options)
    written = write_outputs(report, options)
    if args.json:
        print(report.model_dump_json(indent=2))
    else:
        # A file or pipe has no width.
        is_free = not sys.stdout.isatty() and "COLUMNS" not in os.environ
        show(report, Console(width=_WIDTH if is_free else None), args.top or None)
    errors = Console(stderr=True, soft_wrap=True)
    for line in written:
        errors.print(line, markup=False, highlight=False)
    return _INTERRUPTED if report.reading.interrupted else 0
