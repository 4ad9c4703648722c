"""One event log and the driver's output beside it to rows: what a harvester does per file, in any process."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data_contracts.tables import Quarantined, Source
from sparkwright.diagnosis.evidence import read_driver_log
from sparkwright.errors import HistoryError, UnreachableError
from sparkwright.history.driver import DriverOutput, driver_output
from sparkwright.history.event_log import Reading, read_event_log
from sparkwright.history.log_files import LogSource
from sparkwright.history.rows import ApplicationRows, rows_of_application

LAUNCH_ID = "spark.sparkwright.launchId"
_SIGNALS = {137: " (SIGKILL: a kill, which alone does not say why)", 143: " (SIGTERM)", 134: " (SIGABRT)"}
_MUCH_GC = 0.3

_Aside = tuple[int, str, str | None]  # offset, reason, row as JSON


@dataclass(frozen=True, slots=True)
class Harvested:
    """What came of one source.

    Attributes:
        record: The mark that it was read; None where it could not be reached, so that the next harvest tries again.
        rows: Empty where the source could not be read.
        quarantined: What was set aside, with the reasons.
        unreadable: Whether nothing of the source could be read.
    """

    source: LogSource
    record: Source | None
    rows: ApplicationRows
    quarantined: tuple[Quarantined, ...]
    event_count: int
    unreadable: bool = False


def harvest_source(source: LogSource, driver_log_dir: Path | None, harvested_at: datetime) -> Harvested:
    """The rows of one source; a source that cannot be read comes back with the reason, it raises nothing."""
    try:
        with source.fetched() as log:
            reading = read_event_log(log)
    except HistoryError as error:
        fault = quarantined(source.path, error.offset_bytes, str(error), harvested_at)
        unreachable = isinstance(error, UnreachableError)
        record = None if unreachable else source_record(source, None, None, DriverOutput(), harvested_at)
        return Harvested(source, record, ApplicationRows(), (fault,), 0, unreadable=True)
    application = reading.application
    launch_id = application.properties.get(LAUNCH_ID) or None
    driver = driver_output(driver_log_dir, launch_id)
    aside: list[_Aside] = [(fault.offset_bytes, fault.reason, None) for fault in reading.faults]
    aside += _read_driver(reading, driver)
    rows = rows_of_application(reading, log, driver, harvested_at)
    aside += [(0, broken.reason, broken.row_json) for broken in rows.rejected]
    app_id = rows.application.app_id if rows.application else None
    return Harvested(
        log,
        source_record(source, app_id, launch_id[:128] if launch_id else None, driver, harvested_at),
        rows,
        tuple(quarantined(source.path, offset, reason, harvested_at, row) for offset, reason, row in aside),
        application.event_count,
    )


def source_record(
    source: LogSource, app_id: str | None, launch_id: str | None, driver: DriverOutput, harvested_at: datetime
) -> Source:
    """The mark that the source was read in the state it has now, the driver's output included."""
    size_bytes, modified_at_ns = state_of(source, driver)
    return Source(
        source_path=source.path,
        size_bytes=size_bytes,
        modified_at_ns=modified_at_ns,
        app_id=app_id,
        launch_id=launch_id,
        harvested_at=harvested_at,
    )


def state_of(source: LogSource, driver: DriverOutput) -> tuple[int, int]:
    """Size and modification time that change when the log or the driver's output does."""
    return source.size_bytes + driver.size_bytes, max(source.modified_at_ns, driver.modified_at_ns)


def quarantined(
    path: str, offset_bytes: int, reason: str, harvested_at: datetime, row_json: str | None = None
) -> Quarantined:
    """A row of ``quarantine``."""
    return Quarantined(
        source_path=path,
        offset_bytes=max(0, offset_bytes),
        reason=reason.encode("utf-8", "replace").decode()[:2000],
        row_json=row_json,
        harvested_at=harvested_at,
    )


def _read_driver(reading: Reading, driver: DriverOutput) -> list[_Aside]:
    """Take in what the driver's output and a few measures say of a failure; what cannot be read is set aside."""
    application = reading.application
    aside: list[_Aside] = []
    if driver.log is not None:
        try:
            texts = read_driver_log(driver.log, application.facts)
        except OSError as error:
            texts = []
            aside.append((0, f"expected a readable driver log {driver.log.name}: {error.strerror or error}", None))
        for text in texts:
            application.signs.observe(text, from_executor=False)
    if driver.exit_code:
        text = f"The driver exited with code {driver.exit_code}{_SIGNALS.get(driver.exit_code, '')}."
        application.facts.add("metric", "driver exit code", text)
    failed = driver.exit_code or application.last_failed or any(application.facts)
    run_time_ms = sum(stage.executor_run_time_ms for stage in application.stages.values())
    gc_time_ms = sum(stage.jvm_gc_time_ms for stage in application.stages.values())
    if failed and run_time_ms and gc_time_ms > _MUCH_GC * run_time_ms:
        text = f"Garbage collection took {gc_time_ms / run_time_ms:.0%} of the tasks' run time."
        application.facts.add("metric", "SparkListenerTaskEnd, all tasks", text)
    return aside
