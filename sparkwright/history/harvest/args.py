"""``sparkwright harvest``."""

import argparse
from typing import TYPE_CHECKING

from sparkwright.errors import CheckFailed, ConfigError, UnreachableError

if TYPE_CHECKING:
    from rich.console import Console

    from sparkwright.history.harvest.read import Engine


def harvest_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sparkwright harvest``."""
    history = parser.add_mutually_exclusive_group()
    history.add_argument(
        "--event-log-dir",
        help="folder of event logs, searched recursively; also s3:, gs:, abfs:, hdfs:, dbfs: "
        "(default: SPARKWRIGHT_EVENT_LOG_DIR)",
    )
    history.add_argument(
        "--history-server",
        metavar="URL",
        help="read through this Spark History Server instead (default: SPARKWRIGHT_HISTORY_SERVER_URL)",
    )
    parser.add_argument(
        "--driver-log-dir",
        help="folder of <launch id>.log and .exit files, or an address as for event logs (default: drivers beside the "
        "logs, and in <home> if those are remote)",
    )
    parser.add_argument("--lake", help="folder or address of the Delta tables (default: SPARKWRIGHT_LAKE_URI)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--again", action="store_true", help="also read logs that have not changed")
    which.add_argument(
        "--retry-quarantine", action="store_true", help="read exactly the logs in quarantine, changed or not"
    )
    parser.add_argument(
        "--processes", type=int, help="readers, at most four per core (default: one per core, or 1 for small logs)"
    )
    parser.add_argument(
        "--engine", choices=("local", "spark"), default="local", help="where to read: this machine (default) or Spark"
    )
    parser.add_argument("--master", help="with --engine spark: as for spark-submit (default: spark-defaults.conf)")
    parser.add_argument(
        "--conf", action="append", default=[], metavar="KEY=VALUE", help="with --engine spark: a Spark property"
    )
    parser.epilog = (
        "--engine spark spreads the logs over executors, which return the rows; this process commits them. Executors "
        "need the logs and the drivers' output under the same paths, and a Python with httpx, msgspec, pyarrow, "
        "pydantic and zstandard (and fsspec for DBFS): the one in PYSPARK_PYTHON, which can be sent along: "
        "--conf spark.archives=env.tar.gz#env, PYSPARK_PYTHON=./env/bin/python. Sparkwright's own code is sent "
        "automatically."
    )


def harvest_run(args: argparse.Namespace) -> int:
    """Read new and changed event logs into the lake; name broken ones and set them aside."""
    from rich.console import Console
    from rich.table import Table

    from sparkwright.history.context.log_context import context_config
    from sparkwright.history.harvest.incremental import harvest
    from sparkwright.history.harvest.quarantine import quarantine_snapshot
    from sparkwright.history.sources.history_server import HistoryServer
    from sparkwright.lake import Lake
    from sparkwright.redaction import redact_text
    from sparkwright.settings import settings
    from sparkwright.stores import place

    engine = _engine(args)
    url = args.history_server or (None if args.event_log_dir else settings().history_server_url)
    history = HistoryServer(url) if url else place(args.event_log_dir or settings().event_log_dir)
    lake = Lake(args.lake or settings().lake_uri)
    config = context_config(
        settings(),
        None if isinstance(history, HistoryServer) else history,
        place(args.driver_log_dir) if args.driver_log_dir else None,
    )
    try:
        report = harvest(history, config, lake, again=args.again, retry_quarantine=args.retry_quarantine, engine=engine)
    except UnreachableError as error:
        if args.event_log_dir or isinstance(history, HistoryServer):
            raise
        raise UnreachableError(f"{error} (the place is that of SPARKWRIGHT_EVENT_LOG_DIR)") from error
    console = Console(soft_wrap=True)
    if not report.found:
        what = "no log in quarantine is" if args.retry_quarantine else "no event logs"
        console.print(f"{what} below {redact_text(str(history))}: nothing to harvest", markup=False)
        return 0
    table = Table("harvest", "")
    table.add_row("event logs found", f"{report.found:,}")
    table.add_row("unchanged since the last harvest", f"{report.unchanged:,}")
    table.add_row("applications written", f"{report.applications:,} ({report.runs:,} of them runs)")
    table.add_row("rows written", ", ".join(f"{name} {count:,}" for name, count in report.row_counts.items() if count))
    table.add_row("events", f"{report.event_count:,} in {report.reading_s:.2f} s: {report.events_per_s:,.0f} events/s")
    table.add_row("bytes as stored", f"{report.size_bytes:,}")
    table.add_row("lake", redact_text(lake.uri))
    console.print(table)
    if report.outdated:
        names = ", ".join(report.outdated)
        told = f"an older version wrote {names} with fewer columns: all logs that still exist were read again"
        console.print(f"\n{told}", markup=False, highlight=False)
    if report.foreign:
        path, reason = report.foreign[0]
        told = f"{len(report.foreign):,} file(s) are not event logs and were skipped, such as {path}: {reason}"
        console.print(f"\n{told}", markup=False, highlight=False)
    _print_list(console, "folder(s) could not be listed", [f"{path}: {reason}" for path, reason in report.closed])
    apart = [f"{path}: kept as {app_id}" for path, app_id in report.told_apart]
    _print_list(console, "application(s) have the id of another one", apart)
    _print_list(console, "log(s) could not be read", [f"{path}: {reason}" for path, reason in report.unreadable])
    _print_list(console, "log(s) read in part", [f"{path}: {count} pieces set aside" for path, count in report.faulty])
    duplicates = [f"{path}: see {other}" for path, other in report.duplicates]
    _print_list(console, "log(s) tell no more than another log", duplicates)
    _print_list(console, "log(s) in quarantine no longer exist and stay set aside", report.gone)
    counts = quarantine_snapshot(lake).counts
    if counts:
        table = Table("in quarantine, because", "pieces", "logs", title="\nset aside", title_justify="left")
        for kind in counts:
            table.add_row(kind.words, f"{kind.pieces:,}", f"{kind.sources:,}")
        console.print(table)
        console.print("`sparkwright quarantine` names each with its reason; --retry-quarantine reads these logs again")
    for name, (reason, count) in report.around.items():
        console.print(f"\n{name} could not be used for {count} application(s): {reason}", markup=False, highlight=False)
    if report.closed:
        path, reason = report.closed[0]
        raise CheckFailed(
            f"expected to list every folder, {len(report.closed)} could not be: {path}: {reason}; what could be read "
            "is in the lake"
        )
    return 0


def _engine(args: argparse.Namespace) -> "Engine":
    from sparkwright.settings import settings

    if args.processes is not None and args.processes < 1:
        raise ConfigError(f"expected --processes of at least 1, got {args.processes}")
    if args.engine == "local":
        if args.master or args.conf:
            raise ConfigError("expected --master and --conf with --engine spark only: they say where Spark reads")
        from sparkwright.history.harvest.checkpoint import Checkpoints
        from sparkwright.history.harvest.local_engine import LocalEngine

        return LocalEngine(args.processes, None if args.again else Checkpoints(settings().home / "checkpoints"))
    from sparkwright.history.harvest.spark_harvest import SparkEngine

    pairs = [setting.partition("=") for setting in args.conf]
    wrong = [setting for setting, (name, equals, _) in zip(args.conf, pairs, strict=True) if not (name and equals)]
    if wrong:
        raise ConfigError(f"expected --conf KEY=VALUE, got {', '.join(wrong)}")
    return SparkEngine(args.master, {name: value for name, _, value in pairs})


def _print_list(console: "Console", title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"\n{len(lines)} {title}:")
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False)
