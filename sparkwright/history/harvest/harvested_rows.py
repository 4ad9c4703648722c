"""Write batches of harvested sources to the lake: rows first, and last the marks that their sources were read.

A crash in between costs a second reading, never a run: without its mark a source is read again, and its rows replace
what the crash left behind.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from data_contracts.arrow import schema
from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Quarantined, Run, Source
from sparkwright.history.context.findings import Keys
from sparkwright.history.harvest.quarantine import QuarantineSnapshot
from sparkwright.history.harvest.read import Harvested, quarantined
from sparkwright.history.harvest.rows import BATCHED
from sparkwright.history.harvest.same_id import RunOf, renamed, run_of
from sparkwright.history.sources.log_files import Unreadable
from sparkwright.lake import Lake

_BATCH_SOURCES = 256
_BATCH_ROWS = 50_000
_COMPLETENESS = {"complete": 3, "compacted": 2, "events_dropped": 1, "unfinished": 0}

AttemptKey = tuple[str, str]
Rank = tuple[int, int]


class Known(NamedTuple):
    """The log that is known to tell most of an attempt, how much it tells, and which run that was."""

    rank: Rank
    path: str
    run: RunOf


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered of a source that was read."""

    size_bytes: int
    modified_at_ns: int
    keys: Keys
    awaited_until_at: datetime | None


@dataclass(slots=True)
class HarvestReport:
    """What one harvest did.

    Attributes:
        found: Event logs found; when quarantine is retried, only those in quarantine.
        unchanged: Of these, logs read before and unchanged since, or written by another harvest meanwhile.
        applications: Applications written.
        runs: Of these, applications that count as runs.
        unreadable: Path and reason of each log of which nothing could be read.
        foreign: Path and reason of each file that is plainly not an event log.
        closed: Path and reason of each folder that could not be listed.
        told_apart: Path of each log whose application has the id of another one, with the id it got instead.
        faulty: Path of each log that was read in part, with the number of pieces set aside.
        duplicates: Path of each log whose application another log tells as much of or more, with that log's path.
        outdated: Tables written by an older version without some of today's columns, so that all logs were read again.
        gone: Sources in quarantine that no longer exist, when quarantine is retried.
        around: For each place around the logs that could not be used: why, and how many applications lack it.
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
    foreign: list[tuple[str, str]] = field(default_factory=list)
    closed: list[tuple[str, str]] = field(default_factory=list)
    told_apart: list[tuple[str, str]] = field(default_factory=list)
    faulty: list[tuple[str, int]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    around: dict[str, tuple[str, int]] = field(default_factory=dict)
    event_count: int = 0
    size_bytes: int = 0
    reading_s: float = 0.0
    row_counts: dict[str, int] = field(default_factory=dict)

    @property
    def events_per_s(self) -> float:
        """Events per second, from the compressed file to the written row."""
        return self.event_count / self.reading_s if self.reading_s else 0.0

    def miss(self, place: str, reason: str) -> None:
        """Count an application for which a place around its log could not be used."""
        first, count = self.around.get(place, (reason, 0))
        self.around[place] = (first, count + 1)


class BatchWriter:
    """Collects what readers found and writes it in batches.

    Attributes:
        marks: Every source that was read, with its state at the time.
    """

    def __init__(self, lake: Lake, report: HarvestReport) -> None:
        self._lake = lake
        self._report = report
        self._batch: dict[str, Harvested] = {}
        self._row_count = 0
        self._version: int | None = None
        self._look()
        self._marks_at_start = self.marks

    def refuse(self, refused: Sequence[Unreadable], aside: QuarantineSnapshot) -> None:
        """Write what is not a log at all to quarantine, unless it is there already."""
        rows = [quarantined(item.path, 0, item.reason, datetime.now(UTC)) for item in refused]
        for item, row in zip(refused, rows, strict=True):
            told = self._report.closed if item.is_folder else self._report.unreadable
            told.append((row.source_path, row.reason))
        rows = [row for row in rows if (row.source_path, row.offset_bytes, row.reason) not in aside.pieces]
        self._count(Quarantined, self._lake.replace(Quarantined, rows, [{"source_path": r.source_path} for r in rows]))

    def clear(self, paths: Iterable[str]) -> None:
        """Remove the entries of these paths from quarantine."""
        self._lake.replace(Quarantined, [], [{"source_path": path} for path in sorted(paths)])

    def add(self, harvested: Harvested) -> None:
        """Add one source; a full batch is written."""
        report = self._report
        path = harvested.source.path
        report.event_count += harvested.event_count
        report.size_bytes += harvested.source.size_bytes
        for name, reason in harvested.faults.items():
            report.miss(name, reason)
        if harvested.unreadable:
            (report.foreign if harvested.is_foreign else report.unreadable).append(
                (path, harvested.quarantined[0].reason)
            )
        elif harvested.quarantined:
            report.faulty.append((path, len(harvested.quarantined)))
        self._batch[path] = harvested
        self._row_count += sum(batch.num_rows for batch in harvested.rows.batches.values())
        if len(self._batch) >= _BATCH_SOURCES or self._row_count >= _BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the batch: rows first, and last the marks that their sources were read.

        Two harvests writing at the same time could each leave part of one application, from before and after its log
        grew, so only one writes at a time and first checks what others have written.
        """
        with self._lake.one_writer():
            self._look()
            overtaken = [path for path, harvested in self._batch.items() if self._is_overtaken(harvested)]
            for path in overtaken:
                del self._batch[path]
            self._report.unchanged += len(overtaken)
            if self._batch:
                self._write()
                self._version = self._source_version()
        self._batch, self._row_count = {}, 0

    def _look(self) -> None:
        """Reload what the lake holds if anybody has written since."""
        version = self._source_version()
        if version != self._version:
            self.marks, self._best = _marks(self._lake), _written_attempts(self._lake)
            self._version = version

    def _source_version(self) -> int:
        return self._lake.version(Source) if self._lake.exists(Source) else -1

    def _is_overtaken(self, harvested: Harvested) -> bool:
        """Whether another harvest has written the source since this one began, in the same or a later state."""
        mark = self.marks.get(harvested.source.path)
        if mark is None or mark == self._marks_at_start.get(harvested.source.path):
            return False
        return harvested.record is None or mark.modified_at_ns >= harvested.record.modified_at_ns

    def _write(self) -> None:
        kept, aside = self._without_duplicates()
        attempts = [
            {"app_id": app.app_id, "attempt_id": app.attempt_id}
            for harvested in kept
            if (app := harvested.rows.application) is not None
        ]
        # An application whose own row was rejected gets no rows in any table: they could not be joined to it.
        rows = [harvested.rows for harvested in kept if harvested.rows.application is not None]
        tables: list[tuple[type[Row], Sequence[Row] | pa.Table]] = [
            *((kind, pa.Table.from_batches([found.batches[kind] for found in rows], schema(kind))) for kind in BATCHED),
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
        self._report.applications += len(rows)
        self._report.runs += sum(found.run is not None for found in rows)

    def _without_duplicates(self) -> tuple[list[Harvested], list[Row]]:
        """The sources to write, and everything to set aside; of two logs of one attempt the more complete is kept."""
        aside: list[Row] = [row for harvested in self._batch.values() for row in harvested.quarantined]
        kept: dict[AttemptKey, Harvested] = {}
        lost: list[tuple[Harvested, AttemptKey]] = []
        unnamed: list[Harvested] = []
        for harvested in sorted(self._batch.values(), key=_started):
            app = harvested.rows.application
            if app is None:
                unnamed.append(harvested)
                continue
            key, path, run = (app.app_id, app.attempt_id), app.source_path, run_of(app)
            best = self._best.get(key)
            if best is not None and best.path != path and best.run != run:
                app_id = run.named(app.app_id)
                self._report.told_apart.append((path, app_id))
                harvested = replace(harvested, rows=renamed(harvested.rows, app_id))
                key = (app_id, app.attempt_id)
                best = self._best.get(key)
            rank = (_COMPLETENESS[app.log_state], app.event_count)
            # A log always replaces its own earlier rows; among equals the first path wins, in whatever order they come,
            # unless its file is gone: then the logs were moved, perhaps together with the home.
            if (
                best is not None
                and best.path != path
                and (rank < best.rank or (rank == best.rank and path > best.path and not _is_gone(best.path)))
            ):
                lost.append((harvested, key))
                continue
            if key in kept:
                lost.append((kept[key], key))
            self._best[key] = Known(rank, path, run)
            kept[key] = harvested
        for harvested, key in lost:
            other = self._best[key].path
            self._report.duplicates.append((harvested.source.path, other))
            reason = (
                f"expected the only log of its attempt; {other} tells as much or more of application {key[0]} attempt "
                f"{key[1]}"
            )
            aside.append(quarantined(harvested.source.path, 0, reason, datetime.now(UTC)))
        return [*kept.values(), *unnamed], aside

    def _count(self, row_type: type[Row], written: int) -> None:
        counts = self._report.row_counts
        counts[row_type.table] = counts.get(row_type.table, 0) + written


def _is_gone(path: str) -> bool:
    """Whether a log of this machine no longer exists where it was read; stores and servers are not asked."""
    archive, in_archive, _member = path.partition("!")
    return "://" not in path and not Path(path).exists() and not (in_archive and Path(archive).exists())


def _started(harvested: Harvested) -> tuple[bool, datetime, str]:
    """Sort key for which of several runs with one id keeps it: the earliest."""
    app = harvested.rows.application
    return app is None, app.started_at if app else datetime.max.replace(tzinfo=UTC), harvested.source.path


def _marks(lake: Lake) -> dict[str, Mark]:
    if not lake.exists(Source):
        return {}
    names = ["app_id", "launch_id", "cluster_id"]
    table = lake.read(Source, columns=["source_path", "size_bytes", "modified_at_ns", "awaited_until_at", *names])
    return {
        row["source_path"]: Mark(
            row["size_bytes"],
            row["modified_at_ns"],
            Keys(*(row[name] or "" for name in names)),
            row["awaited_until_at"],
        )
        for row in table.to_pylist()
    }


def _written_attempts(lake: Lake) -> dict[AttemptKey, Known]:
    """How much is known of every attempt in the lake, and from which source."""
    if not lake.exists(Application):
        return {}
    names = ["app_id", "attempt_id", "log_state", "event_count", "source_path", "started_at", "user_name"]
    return {
        (row["app_id"], row["attempt_id"]): Known(
            (_COMPLETENESS.get(row["log_state"], 0), row["event_count"]),
            row["source_path"],
            RunOf(row["started_at"], row["user_name"]),
        )
        for row in lake.read(Application, columns=names).to_pylist()
    }
