"""From one event log and what lies around it to rows: the harvester's work per log, in any process."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from data_contracts.tables import Quarantined, Source
from sparkwright.errors import HistoryError, NoEventsError, StoreError, UnreachableError
from sparkwright.history.application.figures import figures_of
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.context.enrich import enrich, keys_of
from sparkwright.history.context.findings import NO_FILES, FileState, Findings, Keys
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.event_log import read_event_log
from sparkwright.history.harvest.checkpoint import Checkpoints
from sparkwright.history.harvest.rows import ApplicationRows, rows_of_application
from sparkwright.history.reading import Reading
from sparkwright.history.sources.log_files import LogSource
from sparkwright.redaction import redact_text

_AWAITED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Harvested:
    """The result of harvesting one source.

    Attributes:
        record: The mark that it was read; None if it could not be reached, so that the next harvest tries again.
        rows: Empty if the source could not be read.
        quarantined: What was set aside, with the reasons.
        unreadable: Whether nothing of the source could be read.
        is_foreign: Whether that is because it is plainly not an event log.
        faults: Why a place around the log could not be used, by place.
    """

    source: LogSource
    record: Source | None
    rows: ApplicationRows
    quarantined: tuple[Quarantined, ...]
    event_count: int
    unreadable: bool = False
    is_foreign: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)


Engine = Callable[[Sequence[LogSource], ContextConfig], Iterator[Harvested]]
"""Turns sources and the places around them into rows, in any order."""


def harvest_source(
    source: LogSource, context: LogContext, harvested_at: datetime, checkpoints: Checkpoints | None = None
) -> Harvested:
    """The rows of one source. One that cannot be read comes back with the reason instead of raising."""
    try:
        with source.fetched() as log, _gc_disabled():
            reading = read_on(log, checkpoints)
    except HistoryError as error:
        fault = quarantined(source.path, error.offset_bytes, str(error), harvested_at)
        # Without a mark the next harvest tries again.
        unreachable = isinstance(error, UnreachableError)
        record = None if unreachable else source_record(source, Keys(), NO_FILES, harvested_at)
        is_foreign = isinstance(error, NoEventsError)
        return Harvested(source, record, ApplicationRows(), (fault,), 0, unreadable=True, is_foreign=is_foreign)
    application = reading.application
    keys = keys_of(application, source.path)
    unknown = Findings()
    try:
        around = context.state(keys)
    except StoreError as error:
        unknown = Findings.without(error)
    enrichment = enrich(application, keys, context)
    enrichment.findings.add(unknown)
    if enrichment.findings.incomplete:
        around = NO_FILES  # the harvest that sees the files will find the state changed
    _measure(application)
    rows = rows_of_application(reading, log, enrichment, harvested_at)
    aside = [quarantined(source.path, fault.offset_bytes, fault.reason, harvested_at) for fault in reading.faults]
    aside += [quarantined(source.path, 0, reason, harvested_at) for reason in enrichment.unread]
    aside += [
        quarantined(source.path, 0, broken.reason, harvested_at, broken.table_name, broken.row_json)
        for broken in rows.rejected
    ]
    return Harvested(
        log,
        source_record(source, keys, around, harvested_at, awaited=enrichment.findings.awaited),
        rows,
        tuple(aside),
        application.event_count,
        faults=enrichment.findings.faults,
    )


def read_on(source: LogSource, checkpoints: Checkpoints | None) -> Reading:
    """Read the log, resuming where the last reading of a log in progress stopped, if that was remembered.

    Raises:
        HistoryError: As for :func:`~sparkwright.history.event_log.read_event_log`.
    """
    if checkpoints is None:
        return read_event_log(source)
    start = checkpoints.load(source)
    try:
        return read_event_log(source, start, partial(checkpoints.save, source))
    finally:
        if not source.in_progress:
            checkpoints.forget(source)


def source_record(
    source: LogSource, keys: Keys, around: FileState, harvested_at: datetime, *, awaited: bool = False
) -> Source:
    """The mark that the source was read in its present state, including what lies around it."""
    size_bytes, modified_at_ns = state_of(source, around)
    # Logs are aggregated after an application ends, and a server that is down comes back: look again for a day.
    awaited_until = datetime.fromtimestamp(source.modified_at_ns / 1e9, UTC) + _AWAITED if awaited else None
    return Source(
        source_path=source.path,
        size_bytes=size_bytes,
        modified_at_ns=modified_at_ns,
        app_id=keys.app_id or None,
        launch_id=keys.launch_id or None,
        cluster_id=keys.cluster_id or None,
        awaited_until_at=awaited_until,
        harvested_at=harvested_at,
    )


def state_of(source: LogSource, around: FileState) -> FileState:
    """Size and modification time, which change when the log or a file around it does.

    Not the etag of an object store: pyarrow has none, one request per object would cost more than listing a thousand,
    and a store sets the time of every write itself, so other content never has the same two values.
    """
    return source.size_bytes + around[0], max(source.modified_at_ns, around[1])


def quarantined(
    path: str,
    offset_bytes: int,
    reason: str,
    harvested_at: datetime,
    table_name: str | None = None,
    row_json: str | None = None,
) -> Quarantined:
    """A row of ``quarantine``. The caller redacts the values in ``row_json``, which has to remain valid JSON."""
    return Quarantined(
        source_path=path,
        offset_bytes=max(0, offset_bytes),
        reason=redact_text(reason, 2000),
        table_name=table_name,
        row_json=row_json,
        harvested_at=harvested_at,
    )


@contextmanager
def _gc_disabled() -> Iterator[None]:
    """Disable cyclic garbage collection: parsing creates no cycles and keeps many objects alive."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _measure(application: ApplicationState) -> None:
    """Add the figures that may explain a failure, if there was one."""
    if not (application.last_failed or any(application.facts)):
        return
    for figure in figures_of(application):
        application.facts.add("metric", *figure)
