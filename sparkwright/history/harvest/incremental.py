"""From event logs to the lake: incremental and idempotent; a broken log never stops the others."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Run
from sparkwright.errors import StoreError, UnreachableError, reason
from sparkwright.history.context.log_context import ContextConfig, LogContext, drivers_beside
from sparkwright.history.harvest.harvested_rows import BatchWriter, HarvestReport, Mark
from sparkwright.history.harvest.local_engine import LocalEngine
from sparkwright.history.harvest.quarantine import quarantine_snapshot, set_aside
from sparkwright.history.harvest.read import Engine, state_of
from sparkwright.history.harvest.rows import BATCHED
from sparkwright.history.sources.attempts import attempt_logs
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.history.sources.log_files import LogSource, Unreadable, find_logs, logs_of_file
from sparkwright.lake import Lake
from sparkwright.stores import FilePath

# If this many logs in a row, over this long, could not be read, the store is gone: trying the rest would only take as
# long for each of them.
_MIN_FAILURES = 3
_WRITTEN: tuple[type[Row], ...] = (*BATCHED, Evidence, Run, Application)
_PATIENCE_S = 120.0


def harvest(
    history: FilePath | HistoryServer,
    config: ContextConfig | None,
    lake: Lake,
    *,
    again: bool = False,
    retry_quarantine: bool = False,
    engine: Engine | None = None,
) -> HarvestReport:
    """Read every new or changed event log of ``history`` into the lake and report what happened.

    Args:
        history: The folder where applications write event logs, in any of the layouts of
            :mod:`sparkwright.history.sources.log_files`; one such file; or a History Server.
        config: Where to look around the logs; by default only in ``drivers`` beside the logs, for
            ``<launch_id>.log`` and ``<launch_id>.exit``.
        lake: Where the rows go.
        again: Also read logs that were read before and have not changed.
        retry_quarantine: Read exactly the logs that are in quarantine, changed or not.
        engine: What reads the logs; by default as many processes of this machine as pay off.

    Raises:
        UnreachableError: The logs cannot be listed, or none could be read for two minutes.
        HistoryError: A process or cluster that reads the logs died.
        LakeError: The lake cannot be written.
    """
    logs, beside = _logs_of(history)
    # Tables written by an older version lack columns; these are filled from the logs that still exist.
    outdated = [row_type.table for row_type in _WRITTEN if lake.lacks(row_type)]
    again = again or bool(outdated)
    config = config or ContextConfig(driver_log_dir=beside)
    report = HarvestReport(outdated=outdated)
    writer = BatchWriter(lake, report)
    fresh: list[LogSource] = []
    refused: list[Unreadable] = []
    aside = quarantine_snapshot(lake)
    seen: set[str] = set()
    opened: set[str] = set()
    with LogContext(config) as context:
        for found in logs:
            named = set_aside(found.path, aside.paths)
            seen |= named
            opened |= named - {found.path}
            if retry_quarantine and not named:
                continue
            report.found += 1
            if isinstance(found, Unreadable):
                refused.append(found)
            elif not (again or retry_quarantine) and _is_known(found, writer.marks, context, report):
                report.unchanged += 1
            else:
                fresh.append(found)
    started = reached = time.monotonic()
    failures = 0
    writer.refuse(refused, aside)
    # A folder or archive that can be opened now leaves quarantine: its contents are judged by themselves.
    writer.clear(opened - {found.path for found in refused})
    if retry_quarantine:
        report.gone = sorted(aside.paths - seen)
    engine = engine or LocalEngine()
    with _progress(sum(source.size_bytes for source in fresh)) as advance:
        for harvested in engine(fresh, config):
            writer.add(harvested)
            advance(harvested.source.size_bytes)
            if harvested.record is not None:
                reached, failures = time.monotonic(), 0
                continue
            failures += 1
            if failures >= _MIN_FAILURES and time.monotonic() - reached > _PATIENCE_S:
                writer.flush()
                raise UnreachableError(
                    f"expected to go on reading, nothing could be read for {_PATIENCE_S:.0f} s: what was read before "
                    f"is in the lake, run harvest again later ({harvested.quarantined[0].reason})"
                )
        writer.flush()
    report.reading_s = time.monotonic() - started
    return report


def _logs_of(history: FilePath | HistoryServer) -> tuple[Iterable[LogSource | Unreadable], FilePath | None]:
    """The event logs, and the folder beside them where drivers leave their output."""
    if isinstance(history, HistoryServer):
        return attempt_logs(history), None
    if not isinstance(history, Path):
        return find_logs(history), drivers_beside(history)
    try:
        if history.is_file():
            return logs_of_file(history.resolve()), drivers_beside(history.resolve().parent)
        found = "" if history.is_dir() else "neither" if history.exists() else "none"
    except OSError as error:
        found = f"one that cannot be accessed ({reason(error)})"
    if found:
        raise UnreachableError(
            f"expected a folder of event logs, or one of them, at {history}, found {found}: check the path"
        )
    return find_logs(history.resolve()), drivers_beside(history.resolve())


def _is_known(source: LogSource, marks: Mapping[str, Mark], context: LogContext, report: HarvestReport) -> bool:
    if (before := marks.get(source.path)) is None:
        return False
    if before.awaited_until_at is not None and datetime.now(UTC) < before.awaited_until_at:
        return False
    try:
        around = context.state(before.keys)
    except StoreError as error:
        report.miss(error.place, str(error))
        # A log that has grown is newer than everything seen with it; what lies around it waits for its store.
        return source.size_bytes <= before.size_bytes and source.modified_at_ns <= before.modified_at_ns
    return state_of(source, around) == (before.size_bytes, before.modified_at_ns)


@contextmanager
def _progress(total_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr that moves with the bytes read; yield what to call with each further number of bytes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading event logs"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total_bytes or None)
        yield lambda size_bytes: progress.advance(task, size_bytes)
