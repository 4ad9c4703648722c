"""``sparkwright harvest`` and ``sparkwright validate``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import CheckFailed, ConfigError

if TYPE_CHECKING:
    from rich.console import Console

_LISTED = 20


def harvest_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright harvest``."""
    history = parser.add_mutually_exclusive_group()
    history.add_argument(
        "--event-log-dir",
        help="folder of event logs, searched through; also s3:, gs:, abfs:, hdfs:, dbfs: "
        "(default: SPARKWRIGHT_EVENT_LOG_DIR)",
    )
    history.add_argument(
        "--history-server",
        metavar="URL",
        help="read through this Spark History Server instead (default: SPARKWRIGHT_HISTORY_SERVER_URL)",
    )
    parser.add_argument(
        "--driver-log-dir",
        type=Path,
        help="folder of <launch id>.log and .exit (default: drivers beside the logs, in <home> where those are remote)",
    )
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    parser.add_argument("--again", action="store_true", help="also read logs that have not changed since")
    parser.add_argument("--processes", type=int, help="readers (default: one per core where the logs are large)")


def harvest_run(args: argparse.Namespace) -> int:
    """Read new and changed event logs into the lake; broken ones are named and set aside."""
    from rich.console import Console
    from rich.table import Table

    from sparkwright.history.harvest import harvest
    from sparkwright.history.history_server import HistoryServer
    from sparkwright.history.remote import place
    from sparkwright.history.surroundings.places import places_of
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    if args.processes is not None and args.processes < 1:
        raise ConfigError(f"expected --processes of at least 1, got {args.processes}")
    url = args.history_server or (None if args.event_log_dir else settings().history_server_url)
    history = HistoryServer(url) if url else place(args.event_log_dir or settings().event_log_dir)
    lake = Lake(args.lake or settings().lake_uri)
    places = places_of(settings(), history if isinstance(history, Path) else None, args.driver_log_dir)
    report = harvest(history, places, lake, again=args.again, processes=args.processes)
    console = Console(soft_wrap=True)
    if not report.found:
        console.print(f"no event logs below {history}: nothing to harvest", markup=False)
        return 0
    table = Table("harvest", "")
    table.add_row("event logs found", f"{report.found:,}")
    table.add_row("unchanged since the last harvest", f"{report.unchanged:,}")
    table.add_row("applications written", f"{report.applications:,} ({report.runs:,} of them runs)")
    table.add_row("rows written", ", ".join(f"{name} {count:,}" for name, count in report.row_counts.items() if count))
    table.add_row("events", f"{report.event_count:,} in {report.reading_s:.2f} s: {report.events_per_s:,.0f} events/s")
    table.add_row("bytes as stored", f"{report.size_bytes:,}")
    table.add_row("lake", lake.uri)
    console.print(table)
    _print_list(console, "could not be read", [f"{path}: {reason}" for path, reason in report.unreadable])
    _print_list(console, "read in part", [f"{path}: {count} pieces set aside" for path, count in report.faulty])
    _print_list(console, "tell no more than another log", [f"{path}: see {other}" for path, other in report.duplicates])
    if report.unreadable or report.faulty or report.duplicates:
        console.print("each is in table quarantine, with reason and offset")
    for name, (reason, count) in report.around.items():
        console.print(f"\n{name} said nothing of {count} application(s): {reason}", markup=False, highlight=False)
    return 0


def _print_list(console: "Console", title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"\n{len(lines)} log(s) {title}:")
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False)


def validate_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright validate``."""
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    parser.add_argument("--out", type=Path, help="folder of the result pages (default: <home>/validation)")
    parser.add_argument("--table", action="append", dest="tables", help="check this table only (may be repeated)")


def validate_run(args: argparse.Namespace) -> int:
    """Check tables against their contracts with Great Expectations; exit 3 with the broken rows where one fails."""
    from rich.console import Console
    from rich.table import Table

    from data_contracts.tables import TABLES
    from sparkwright.history.validate import validate
    from sparkwright.lake import Lake
    from sparkwright.settings import settings

    by_name = {row_type.table: row_type for row_type in TABLES}
    unknown = [name for name in args.tables or [] if name not in by_name]
    if unknown:
        raise ConfigError(f"expected --table of {', '.join(by_name)}; got {', '.join(unknown)}")
    tables = [by_name[name] for name in args.tables] if args.tables else None
    report = validate(Lake(args.lake or settings().lake_uri), args.out or settings().home / "validation", tables)
    console = Console(soft_wrap=True)
    table = Table("table", "rows", "expectations", "failed", "verdict")
    for suite in report.suites:
        verdict = "passed" if suite.passed else "FAILED"
        table.add_row(suite.table, f"{suite.row_count:,}", str(len(suite.results)), str(len(suite.failures)), verdict)
    console.print(table)
    console.print(f"result page: {report.page}\ndata docs:   {report.data_docs}", markup=False, highlight=False)
    if not report.passed:
        lines = [failure.sentence for failure in report.failures]
        more = f"\n  and {len(lines) - _LISTED} more, see {report.page}" if len(lines) > _LISTED else ""
        raise CheckFailed("the lake breaks its contracts:\n  " + "\n  ".join(lines[:_LISTED]) + more)
    return 0
