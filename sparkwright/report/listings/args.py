"""``sparkwright applications`` and ``sparkwright quarantine``."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from data_contracts.api.listing import ListedApplication, SetAside
    from sparkwright.lake import Lake

_WIDTH = 140
_NARROW = 120
_TOP = 50
_STATUSES = ("succeeded", "failed", "unknown")
_SORTS = ("started", "duration", "memory", "waste", "workload", "status", "id")


def applications_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright applications``."""
    _lake_argument(parser)
    parser.add_argument("--status", choices=_STATUSES, help="only those that ended like this")
    parser.add_argument("--workload", metavar="ID", help="only this workload, or those whose id contains ID")
    parser.add_argument(
        "--since", metavar="WHEN", help="only those that started then or later: 2026-11-01, or 14d, 36h"
    )
    parser.add_argument(
        "--sort", choices=_SORTS, default="started", help="sort key; newest or largest first (default: started)"
    )
    _output_arguments(parser)
    parser.epilog = (
        "cause: what the rules find in the evidence of a failed application. waste: the GiB-hours that a failed one "
        "held, or what was idle at least in others; ? if no log measured memory."
    )


def applications_run(args: argparse.Namespace) -> int:
    """List the applications of a lake."""
    from datetime import UTC, datetime

    from data_contracts.api.listing import ApplicationList
    from data_contracts.tables import Application
    from sparkwright.report.command import moment
    from sparkwright.report.listings.applications import list_applications

    lake = _lake(args)
    lake.version(Application)  # raises, saying how to fill the lake, if it was never filled
    since = moment(args.since, datetime.now(UTC)) if args.since else None
    found = list_applications(lake, status=args.status, workload=args.workload, since=since, sort=args.sort)
    if args.json:
        print(ApplicationList(applications=found, total_count=len(found)).model_dump_json(indent=2))
        return 0
    console = _console()
    shown = found[: args.top or None]
    if console.width < _NARROW:
        _print_application_lines(console, shown)
    else:
        _print_applications(console, shown)
    failed = sum(one.status == "failed" for one in found)
    _print(console, f"{len(found):,} application(s), {failed:,} failed{_left_out(len(shown), len(found))}")
    return 0


def quarantine_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright quarantine``."""
    _lake_argument(parser)
    parser.add_argument("--source", metavar="TEXT", help="only from logs whose path contains TEXT")
    _output_arguments(parser)


def quarantine_run(args: argparse.Namespace) -> int:
    """List what was set aside, with the reasons."""
    from data_contracts.api.listing import QuarantineList
    from sparkwright.report.listings.applications import list_quarantine
    from sparkwright.report.tables import refuse_an_empty_lake

    lake = _lake(args)
    refuse_an_empty_lake(lake)
    found = list_quarantine(lake, source=args.source)
    if args.json:
        print(QuarantineList(entries=found).model_dump_json(indent=2))
        return 0
    console = _console()
    shown = found[: args.top or None]
    _print_quarantine(console, shown)
    logs = len({one.source_path for one in found})
    _print(console, f"{len(found):,} piece(s) of {logs:,} log(s) set aside{_left_out(len(shown), len(found))}")
    if found:
        _print(console, "sparkwright harvest --retry-quarantine reads these logs again")
    return 0


def _lake_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")


def _output_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as JSON (data_contracts/api/listing.py)")
    parser.add_argument("--top", type=_count, default=_TOP, metavar="N", help=f"rows; 0: all (default: {_TOP})")


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError(f"expected at least 0, got {count}")
    return count


def _lake(args: argparse.Namespace) -> "Lake":
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    return Lake(args.lake or settings().lake_uri)


def _console() -> "Console":
    from rich.console import Console

    # A file or pipe has no width.
    is_free = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=_WIDTH if is_free else None, highlight=False)


def _print(console: "Console", text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _left_out(shown: int, found: int) -> str:
    return f"; {shown:,} shown (--top)" if shown < found else ""


def _print_applications(console: "Console", shown: Sequence["ListedApplication"]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from sparkwright.report.outputs.words import hours, plain, seconds

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    names = ("application", "workload", "status", "cause", "started (UTC)", "lasted", "GiB-h", "waste")
    for position, name in enumerate(names):
        # People copy ids: only the workload's may wrap.
        wide = name == "workload"
        table.add_column(name, justify="right" if position > 4 else "left", overflow="fold", no_wrap=not wide)
    for one in shown:
        table.add_row(
            Text(plain(_named(one))),
            Text(plain(one.workload_id, 44)),
            one.status,
            one.root_cause or "",
            f"{one.started_at:%Y-%m-%d %H:%M}",
            seconds(one.duration_s),
            hours(one.memory_gib_h),
            hours(one.wasted_gib_h),
        )
    if shown:
        console.print(table)


def _print_application_lines(console: "Console", shown: Sequence["ListedApplication"]) -> None:
    from sparkwright.report.outputs.words import hours, plain, seconds

    for one in shown:
        cause = f": {one.root_cause}" if one.root_cause else ""
        _print(console, plain(_named(one), console.width))
        _print(console, f"  {one.status}{cause}")
        _print(console, f"  {plain(one.workload_id, console.width - 2)}")
        _print(
            console,
            f"  {one.started_at:%Y-%m-%d %H:%M}, {seconds(one.duration_s)}, {hours(one.memory_gib_h)} GiB-h, "
            f"waste {hours(one.wasted_gib_h)}",
        )


def _named(one: "ListedApplication") -> str:
    return one.app_id if one.attempt_id == "1" else f"{one.app_id} attempt {one.attempt_id}"


def _print_quarantine(console: "Console", shown: Sequence["SetAside"]) -> None:
    from sparkwright.report.outputs.words import plain

    path = None
    for one in shown:
        if one.source_path != path:
            path = one.source_path
            _print(console, plain(path))
        where = f"row of {one.table}: " if one.table else f"byte {one.offset_bytes:,}: " if one.offset_bytes else ""
        _print(console, f"  {plain(where + one.reason, 400)}")
