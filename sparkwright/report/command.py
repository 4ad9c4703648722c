"""Run ``sparkwright report``: from options to a report and its files."""

import argparse
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data_contracts.api.report import Filters, Report
from sparkwright.errors import CheckFailed, ConfigError, reason
from sparkwright.history.context.log_context import context_config
from sparkwright.history.harvest.local_engine import LocalEngine
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.lake import Lake
from sparkwright.prices import load_prices
from sparkwright.redaction import redact_text
from sparkwright.report.anonymise import anonymise
from sparkwright.report.build import build_report
from sparkwright.report.not_applied.fates import not_applied
from sparkwright.report.outputs.csv_file import write_csv
from sparkwright.report.outputs.export import export_properties
from sparkwright.report.outputs.page import write_page
from sparkwright.report.reading import Harvest, read_logs, reading_of
from sparkwright.report.tables import read_tables, refuse_an_empty_lake
from sparkwright.settings import settings
from sparkwright.stores import FilePath, place

_AGO = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command; see ``sparkwright report --help``."""

    logs: str | None
    lake: str | None
    driver_log_dir: str | None = None
    processes: int | None = None
    since: datetime | None = None
    workload: str | None = None
    group_by: str | None = None
    prices: Path | None = None
    anonymise: bool = False
    html: Path | None = None
    csv: Path | None = None
    export_properties: Path | None = None
    trials: bool = False

    @classmethod
    def of(cls, args: argparse.Namespace) -> "Options":
        """Build the options from parsed arguments.

        Raises:
            ConfigError: They contradict each other, or one is invalid.
        """
        if args.logs is None and args.lake is None:
            raise ConfigError("expected LOGS, a folder or address of event logs, or --lake with tables of a harvest")
        if args.processes is not None and args.processes < 1:
            raise ConfigError(f"expected --processes of at least 1, got {args.processes}")
        if args.top < 0:
            raise ConfigError(f"expected --top of at least 0, got {args.top}")
        if args.trials and args.export_properties is None:
            raise ConfigError("expected --trials only with --export-properties: it controls what is exported")
        if args.group_by == "":
            raise ConfigError("expected --group-by user, queue or the name of a tag, got ''")
        given = {name: getattr(args, name) for name in cls.__dataclass_fields__ if name != "since"}
        return cls(**given, since=moment(args.since, datetime.now(UTC)) if args.since else None)


def moment(text: str, now: datetime) -> datetime:
    """Parse ``14d`` as that long before ``now``, or an ISO 8601 date or time, in UTC unless it has a time zone.

    Raises:
        ConfigError: It is neither.
    """
    if ago := _AGO.fullmatch(text.strip()):
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError(f"expected --since as 2026-11-01, 2026-11-01T06:00 or 14d (h, d, w), got {text!r}") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def make_report(options: Options) -> Report:
    """Read the logs or the lake, and build the report.

    Raises:
        ConfigError: The price sheet is invalid, or the address is not one of a known store.
        UnreachableError: The logs cannot be listed or read.
        LakeError: The lake cannot be read or written.
        CheckFailed: There were logs, but none of them could be read at all.
    """
    prices = load_prices(options.prices or settings().prices)
    with ExitStack() as held:
        if options.lake is not None:
            uri = options.lake
        else:
            uri = held.enter_context(tempfile.TemporaryDirectory(prefix="sparkwright-report-"))
        lake = Lake(uri)
        if options.logs is None:
            refuse_an_empty_lake(lake)
        harvested = _harvested(options, lake) if options.logs is not None else None
        tables = read_tables(lake, since=options.since, workload=options.workload)
        reading = reading_of(harvested, tables)
        if tables.applications.num_rows == 0 and reading.unreadable and not reading.interrupted:
            reasons = "\n".join(f"  {one.count:,}: {one.reason} ({one.example})" for one in reading.unreadable)
            raise CheckFailed(f"nothing below {_source(options)} could be read:\n{reasons}")
        report = build_report(
            tables,
            source=_source(options),
            reading=reading,
            prices=prices,
            filters=Filters(since=options.since, workload=options.workload, group_by=options.group_by),
            not_applied=not_applied(lake, tables.applications, prices),
        )
    return anonymise(report) if options.anonymise else report


def write_outputs(report: Report, options: Options) -> list[str]:
    """Write the requested files; return a line for each.

    Raises:
        ConfigError: A file cannot be written.
    """
    lines = []
    try:
        if options.html is not None:
            write_page(report, options.html)
            lines.append(f"page: {options.html}")
        if options.csv is not None:
            write_csv(report, options.csv)
            lines.append(f"CSV: {options.csv}")
        if options.export_properties is not None:
            files = export_properties(report, options.export_properties, trials=options.trials)
            lines.append(f"properties: {len(files)} file(s) in {options.export_properties}")
    except IsADirectoryError as error:
        raise ConfigError(f"expected a file at {error.filename}, found a folder: name a file in it") from error
    except OSError as error:
        raise ConfigError(f"expected to write {error.filename or 'a file'}: {reason(error)}") from error
    return lines


def _harvested(options: Options, lake: Lake) -> Harvest:
    logs = options.logs or ""
    history = HistoryServer(logs) if logs.lower().startswith(("http://", "https://")) else place(logs)
    beside: FilePath | None = None if isinstance(history, HistoryServer) else history
    drivers = place(options.driver_log_dir) if options.driver_log_dir else None
    return read_logs(history, context_config(settings(), beside, drivers), lake, LocalEngine(options.processes))


def _source(options: Options) -> str:
    return redact_text(options.logs or options.lake or "")
