"""Event logs to the lake: incremental, idempotent, and broken logs never stop the others.

What was read is written before the mark that it was read: a crash in between costs a second reading, never a run.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from data_contracts.tables import Application, Evidence, Executor, Quarantined, Row, Run, Source, SqlExecution, Stage
from sparkwright.errors import HistoryError, UnreachableError
from sparkwright.history.attempts import attempt_logs
from sparkwright.history.history_server import HistoryServer
from sparkwright.history.log_files import LogSource, Unreadable, find_logs
from sparkwright.history.quarantine import Standing, set_aside, standing
from sparkwright.history.read import Harvested, harvest_source, quarantined, state_of
from sparkwright.history.remote import FilePath
from sparkwright.history.surroundings.findings import Keys
from sparkwright.history.surroundings.places import Places, Surroundings
from sparkwright.lake import Lake

_BATCH_SOURCES = 64
_BATCH_ROWS = 20_000
# Starting a process costs about a second of imports; below this size one is faster.
_WORTH_PROCESSES_BYTES = 24 * 1024**2
# Nothing could be read for so long: the store is gone, and each further log would only be tried for its own while.
_PATIENCE_S = 120.0
_COMPLETENESS = {"complete": 3, "compacted": 2, "events_dropped": 1, "unfinished": 0}

AttemptKey = tuple[str, str]
Rank = tuple[int, int]


@dataclass(slots=True)
class HarvestReport:
    """What one harvest did.

    Attributes:
        found: Event logs that are there; when quarantine is tried again, those of them that stand in it.
        unchanged: Of these, read before and the same since.
        applications: Applications written.
        runs: Of these, runs.
        unreadable: Path and reason of each log of which nothing could be read.
        faulty: Path of each log that was read in part, with the number of pieces set aside.
        duplicates: Path of each log whose application another log tells more of, with that other's path.
        gone: Sources that stand in quarantine and are no longer there, when quarantine is tried again.
        around: By place around the logs that could not be used: why, and how many applications lack it.
        event_count: Events read.
        size_bytes: Bytes read, as stored.
        reading_s: Seconds from the first log to the last row written.
        row_counts: Rows written per table.
    """

    found: int = 0
    unchanged: int = 0
    applications: int = 0
    runs: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    faulty: list[tuple[str, int]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    around: dict[str, tuple[str, int]] = field(default_factory=dict)
    event_count: int = 0
    size_bytes: int = 0
    reading_s: float = 0.0
    row_counts: dict[str, int] = field(default_factory=dict)

    @property
    def events_per_s(self) -> float:
        """Events a second, from the compressed file to the written row."""
        return self.event_count / self.reading_s if self.reading_s else 0.0


def harvest(
    history: FilePath | HistoryServer,
    places: Places | None,
    lake: Lake,
    *,
    again: bool = False,
    retry_quarantine: bool = False,
    processes: int | None = None,
) -> HarvestReport:
    """What came of reading every new or changed event log of ``history`` into the lake.

    Args:
        history: The folder where applications write event logs, in any of the layouts of
            :mod:`sparkwright.history.log_files`, or a History Server.
        places: Where to look around the logs; default only ``drivers`` beside a folder of this machine, for
            ``<launch_id>.log`` and ``<launch_id>.exit``.
        lake: Where the rows go.
        again: Also read what was read before and has not changed.
        retry_quarantine: Read exactly what stands in quarantine, changed or not.
        processes: How many readers; default one per core where the logs are large enough to pay for them.

    Raises:
        UnreachableError: The logs cannot be listed, or for two minutes none could be read.
        HistoryError: A reading process died.
        LakeError: The lake cannot be written.
    """
    logs, beside = _logs_of(history)
    places = places or Places(driver_log_dir=beside)
    report = HarvestReport()
    known = {} if again or retry_quarantine else _known_sources(lake)
    fresh: list[LogSource] = []
    refused: list[Unreadable] = []
    aside = standing(lake)
    seen: set[str] = set()
    opened: set[str] = set()
    with Surroundings(places) as surroundings:
        for found in logs:
            named = set_aside(found.path, aside.paths)
            seen |= named
            opened |= named - {found.path}
            if retry_quarantine and not named:
                continue
            report.found += 1
            if isinstance(found, Unreadable):
                refused.append(found)
            elif _is_known(found, known, surroundings):
                report.unchanged += 1
            else:
                fresh.append(found)
    started = reached = time.monotonic()
    writer = _Writer(lake, report)
    writer.refuse(refused, aside)
    # A folder or an archive that can be looked into now stands there no longer: what is in it speaks for itself.
    writer.clear(opened - {found.path for found in refused})
    if retry_quarantine:
        report.gone = sorted(aside.paths - seen)
    total_bytes = sum(source.size_bytes for source in fresh)
    with _progress(total_bytes) as advance:
        for harvested in _read_all(fresh, places, _process_count(processes, fresh, total_bytes)):
            writer.add(harvested)
            advance(harvested.source.size_bytes)
            if harvested.record is not None:
                reached = time.monotonic()
            elif time.monotonic() - reached > _PATIENCE_S:
                writer.flush()
                raise UnreachableError(
                    f"expected to go on reading, nothing could be read for {_PATIENCE_S:.0f} s: what was read before "
                    f"is in the lake, run harvest again later ({harvested.quarantined[0].reason})"
                )
        writer.flush()
    report.reading_s = time.monotonic() - started
    return report


def _logs_of(history: FilePath | HistoryServer) -> tuple[Iterable[LogSource | Unreadable], Path | None]:
    """The event logs, and the folder where drivers leave their output beside them."""
    if isinstance(history, HistoryServer):
        return attempt_logs(history), None
    if not isinstance(history, Path):
        return find_logs(history), None
    if not history.is_dir():
        raise UnreachableError(
            f"expected a folder of event logs at {history}, found {'a file' if history.exists() else 'none'}: "
            "set --event-log-dir or SPARKWRIGHT_EVENT_LOG_DIR"
        )
    return find_logs(history.resolve()), history.resolve().parent / "drivers"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a source that was read."""

    size_bytes: int
    modified_at_ns: int
    keys: Keys
    awaited_until_at: datetime | None


def _known_sources(lake: Lake) -> dict[str, _Known]:
    """Every source that was read."""
    if not lake.exists(Source):
        return {}
    names = ["app_id", "launch_id", "cluster_id"]
    table = lake.read(Source, columns=["source_path", "size_bytes", "modified_at_ns", "awaited_until_at", *names])
    return {
        row["source_path"]: _Known(
            row["size_bytes"],
            row["modified_at_ns"],
            Keys(*(row[name] or "" for name in names)),
            row["awaited_until_at"],
        )
        for row in table.to_pylist()
    }


def _is_known(source: LogSource, known: Mapping[str, _Known], surroundings: Surroundings) -> bool:
    if (before := known.get(source.path)) is None:
        return False
    if before.awaited_until_at is not None and datetime.now(UTC) < before.awaited_until_at:
        return False
    return state_of(source, surroundings.state(before.keys)) == (before.size_bytes, before.modified_at_ns)


def _process_count(asked: int | None, sources: list[LogSource], total_bytes: int) -> int:
    most = asked or (len(os.sched_getaffinity(0)) if total_bytes >= _WORTH_PROCESSES_BYTES else 1)
    return max(1, min(most, len(sources)))


def _read_all(sources: list[LogSource], places: Places, processes: int) -> Iterator[Harvested]:
    """Every source's rows; in the order of the sources with one process, as they come with several."""
    if processes == 1:
        with Surroundings(places) as surroundings:
            for source in sources:
                yield harvest_source(source, surroundings, datetime.now(UTC))
        return
    # The largest first, so that no process works on alone at the end; spawned, because the lake's threads do not
    # survive a fork.
    waiting = sorted(sources, key=lambda source: source.size_bytes)
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_look_around, initargs=(places,)) as pool:
        running: set[Future[Harvested]] = set()
        try:
            while waiting or running:
                while waiting and len(running) < 2 * processes:
                    running.add(pool.submit(_harvest_one, waiting.pop(), datetime.now(UTC)))
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BrokenProcessPool as error:
            raise HistoryError(
                "a process that read event logs was killed (out of memory?): what was read before is in the lake, run "
                "harvest again with --processes 1"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_surroundings: Surroundings  # of a reading process, which ends with its harvest


def _look_around(places: Places) -> None:
    global _surroundings
    _surroundings = Surroundings(places)


def _harvest_one(source: LogSource, harvested_at: datetime) -> Harvested:
    return harvest_source(source, _surroundings, harvested_at)


@contextmanager
def _progress(total_bytes: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr that moves with the bytes read; what is called with them."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading event logs"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total_bytes or None)
        yield lambda size_bytes: progress.advance(task, size_bytes)


class _Writer:
    """Collects what readers found and writes it in batches."""

    def __init__(self, lake: Lake, report: HarvestReport) -> None:
        self._lake = lake
        self._report = report
        self._batch: dict[str, Harvested] = {}
        self._row_count = 0
        self._best = _written_attempts(lake)

    def refuse(self, refused: Iterable[Unreadable], aside: Standing) -> None:
        """Write down what is no log at all, where that does not stand there already."""
        rows = [quarantined(item.path, 0, item.reason, datetime.now(UTC)) for item in refused]
        self._report.unreadable += [(row.source_path, row.reason) for row in rows]
        rows = [row for row in rows if (row.source_path, row.offset_bytes, row.reason) not in aside.pieces]
        self._count(Quarantined, self._lake.replace(Quarantined, rows, [{"source_path": r.source_path} for r in rows]))

    def clear(self, paths: Iterable[str]) -> None:
        """Let what stood in quarantine under these paths go."""
        groups = [{"source_path": path} for path in sorted(paths)]
        if groups:
            self._lake.replace(Quarantined, [], groups)

    def add(self, harvested: Harvested) -> None:
        """Take in one source; full batches are written."""
        report = self._report
        path = harvested.source.path
        report.event_count += harvested.event_count
        report.size_bytes += harvested.source.size_bytes
        for name, reason in harvested.faults.items():
            first, count = report.around.get(name, (reason, 0))
            report.around[name] = (first, count + 1)
        if harvested.unreadable:
            report.unreadable.append((path, harvested.quarantined[0].reason))
        elif harvested.quarantined:
            report.faulty.append((path, len(harvested.quarantined)))
        self._batch[path] = harvested
        rows = harvested.rows
        self._row_count += len(rows.stages) + len(rows.executors) + len(rows.sql_executions)
        if len(self._batch) >= _BATCH_SOURCES or self._row_count >= _BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the batch: rows first, the marks that their sources were read last."""
        if not self._batch:
            return
        kept, aside = self._without_duplicates()
        attempts = [
            {"app_id": app.app_id, "attempt_id": app.attempt_id}
            for harvested in kept
            if (app := harvested.rows.application) is not None
        ]
        # An application whose own row was refused has none in any table: nothing could be joined to it.
        rows = [harvested.rows for harvested in kept if harvested.rows.application is not None]
        tables: list[tuple[type[Row], list[Row]]] = [
            (Stage, [row for found in rows for row in found.stages]),
            (Executor, [row for found in rows for row in found.executors]),
            (SqlExecution, [row for found in rows for row in found.sql_executions]),
            (Evidence, [row for found in rows for row in found.evidence]),
            (Run, [found.run for found in rows if found.run is not None]),
            (Application, [found.application for found in rows if found.application is not None]),
        ]
        for row_type, found_rows in tables:
            self._count(row_type, self._lake.replace(row_type, found_rows, attempts))
        sources = [{"source_path": path} for path in self._batch]
        self._count(Quarantined, self._lake.replace(Quarantined, aside, sources))
        marks = [harvested.record for harvested in self._batch.values() if harvested.record is not None]
        self._count(Source, self._lake.merge(Source, marks))
        self._report.applications += len(tables[5][1])
        self._report.runs += len(tables[4][1])
        self._batch, self._row_count = {}, 0

    def _without_duplicates(self) -> tuple[list[Harvested], list[Row]]:
        """The sources to write, and everything to set aside; of two logs of one attempt the fuller one is kept."""
        aside: list[Row] = [row for harvested in self._batch.values() for row in harvested.quarantined]
        kept: dict[AttemptKey, Harvested] = {}
        lost: list[tuple[Harvested, AttemptKey]] = []
        unnamed: list[Harvested] = []
        for harvested in self._batch.values():
            app = harvested.rows.application
            if app is None:
                unnamed.append(harvested)
                continue
            key, path = (app.app_id, app.attempt_id), app.source_path
            rank = (_COMPLETENESS[app.log_state], app.event_count)
            best = self._best.get(key)
            # A log always replaces what it said before; among equals the first path wins, in whatever order they come.
            if best is not None and best[1] != path and (rank < best[0] or (rank == best[0] and path > best[1])):
                lost.append((harvested, key))
                continue
            if key in kept:
                lost.append((kept[key], key))
            self._best[key] = (rank, path)
            kept[key] = harvested
        for harvested, key in lost:
            other = self._best[key][1]
            self._report.duplicates.append((harvested.source.path, other))
            reason = (
                f"expected the only log of its attempt; of application {key[0]} attempt {key[1]} {other} tells as "
                "much or more"
            )
            aside.append(quarantined(harvested.source.path, 0, reason, datetime.now(UTC)))
        return [*kept.values(), *unnamed], aside

    def _count(self, row_type: type[Row], written: int) -> None:
        counts = self._report.row_counts
        counts[row_type.table] = counts.get(row_type.table, 0) + written


def _written_attempts(lake: Lake) -> dict[AttemptKey, tuple[Rank, str]]:
    """How much is known of every attempt in the lake, and from which source."""
    if not lake.exists(Application):
        return {}
    table = lake.read(Application, columns=["app_id", "attempt_id", "log_state", "event_count", "source_path"])
    return {
        (row["app_id"], row["attempt_id"]): (
            (_COMPLETENESS.get(row["log_state"], 0), row["event_count"]),
            row["source_path"],
        )
        for row in table.to_pylist()
    }
