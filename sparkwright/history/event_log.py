"""From an event log to the state of its application: bytes to lines to events, in one pass and bounded memory.

The name of an event comes first on its line, so events that nobody needs are skipped without being decoded.
"""

from codecs import BOM_UTF8
from collections.abc import Callable
from functools import partial

import msgspec

from sparkwright.errors import HistoryError, TruncatedError, UnreachableError, reason
from sparkwright.history.application.identity import AnotherApplicationError
from sparkwright.history.application.state import ApplicationState
from sparkwright.history.events.events import STRUCTS, AnyEvent, LogStart
from sparkwright.history.events.sql_events import decode_adaptive_update
from sparkwright.history.events.task_events import decode_old_task_end
from sparkwright.history.reading import MAX_FAULTS, Fault, Position, Reading
from sparkwright.history.sources.codecs import decoded, is_compressed
from sparkwright.history.sources.foreign import EMPTY, looks_like, refusal
from sparkwright.history.sources.lines import LongLine, OpenLine, split_lines
from sparkwright.history.sources.log_files import LogFile, LogSource

MAX_LINE_BYTES = 64 * 1024**2
"""The plan of one SQL execution may take tens of MiB; a longer line is not an event."""

_PREFIX = b'{"Event":"'
_FIRST_LINES = 100
_HEAD_LINES = 2

# Events that only endless or shared applications write, by the prefix of their name.
_SHARED = {
    b"org.apache.spark.sql.streaming.": "structured streaming",
    b"org.apache.spark.streaming.": "streaming",
    b"org.apache.spark.sql.hive.thriftserver.": "a Thrift server",
    b"org.apache.spark.sql.connect.": "a Connect server",
}


def read_event_log(
    source: LogSource,
    start: tuple[Reading, Position] | None = None,
    keep: Callable[[Reading, Position], None] | None = None,
) -> Reading:
    """Read the application that the log describes, and note what in the log could not be read.

    Args:
        source: The log.
        start: The result of an earlier reading and how far it got; this one resumes there.
        keep: Called with the result so far and the position in a log in progress; nothing beyond that position has
            been read by then.

    Raises:
        HistoryError: It is not an event log, or nothing in it could be read.
    """
    reading, position = start or (Reading(), Position())
    several = len(source.files) > 1
    try:
        for number, file in enumerate(source.files[position.file_count :], position.file_count + 1):
            running = source.in_progress and number == len(source.files)
            reached = partial(keep, reading) if keep is not None and running else None
            before = reading.faults.copy(), reading.fault_count
            try:
                end = _read_file(file, position, reading, running=running, keep=reached)
            except UnreachableError:
                raise
            except HistoryError as error:
                if not several:
                    raise
                # A part that Spark did not write does not spoil the others.
                reading.faults, reading.fault_count = before
                end = position.base_bytes
                reading.fault(end, f"expected Spark events in every file of a log, {file.name}: {error}")
            position = Position(number, 0, end)
    except AnotherApplicationError as another:
        reading.fault(another.offset_bytes, str(another))
    application = reading.application
    if not application.event_count:
        raise HistoryError(f"expected Spark events, {reading.faults[0].reason}" if reading.faults else EMPTY)
    if application.start is None:
        if not application.name_after(source.files[-1].name, application.first_ms):
            raise HistoryError(
                f"expected SparkListenerApplicationStart, none of {application.event_count} events is one: nothing "
                "says which application this is"
            )
        reading.fault(
            0,
            "expected SparkListenerApplicationStart, no file of the log holds it: the application is named after its "
            "files, starts with the first event in them, and does not count as a run",
        )
    if reading.fault_count > MAX_FAULTS:
        reading.faults.append(
            Fault(
                position.base_bytes,
                f"expected a whole log, {reading.fault_count - MAX_FAULTS} more faults in it are not listed",
            )
        )
    return reading


def _read_file(
    file: LogFile, start: Position, reading: Reading, *, running: bool, keep: Callable[[Position], None] | None
) -> int:
    """Read one file of a log from ``start`` on and return the offset of its end.

    ``keep`` is called with the last position from which a later reading can resume, before anything beyond it is read.
    """
    table = _dispatch(reading.application)
    offset = start.base_bytes
    # A file that is entered in its middle has had events before.
    events_before = 0 if start.offset_bytes else reading.application.event_count
    faults_before = reading.fault_count
    head: list[bytes] = []

    def has_none() -> bool:
        return reading.application.event_count == events_before

    def refused() -> HistoryError:
        known = reading.faults[faults_before : faults_before + 1]
        first = known[0] if known else Fault(start.base_bytes, "see above")
        return refusal(head, first.reason, reading.fault_count - faults_before, first.offset_bytes)

    try:
        with file.open() as stream:
            plain = not is_compressed(stream)
            if keep is not None and not plain:
                keep(start)
            for offset, lines in split_lines(decoded(stream, start.offset_bytes), start.base_bytes, MAX_LINE_BYTES):
                last = not lines or isinstance(lines[0], OpenLine)
                if last and plain and keep is not None:
                    keep(Position(start.file_count, start.offset_bytes + offset - start.base_bytes, offset))
                if lines and offset == start.base_bytes and not start.offset_bytes and lines[0].startswith(BOM_UTF8):
                    lines[0] = lines[0][len(BOM_UTF8) :]
                    offset += len(BOM_UTF8)
                if len(head) < _HEAD_LINES:
                    head += [line for line in lines[:_FIRST_LINES] if line.strip()]
                # Only the line that a running application is still writing may be cut off, and that is no fault.
                _read_lines(lines, offset, table, reading, running=running and last)
                if has_none() and reading.fault_count - faults_before >= _FIRST_LINES:
                    raise refused()
                if last:
                    offset += sum(map(len, lines))
        if has_none() and reading.fault_count > faults_before:
            raise refused()
    except TruncatedError as error:
        if not running:
            reading.fault(offset, str(error))
    except AnotherApplicationError:
        raise
    except HistoryError as error:
        if has_none():
            raise
        reading.fault(error.offset_bytes or offset, str(error))
    except OSError as error:
        raise UnreachableError(f"expected a readable file {file.path.name}: {reason(error)}") from error
    return offset


def _read_lines(
    lines: list[bytes], offset: int, table: "dict[bytes, _Target]", reading: Reading, *, running: bool
) -> None:
    application = reading.application
    if lines and isinstance(lines[0], LongLine):
        what = "an event" if lines[0].startswith(_PREFIX) else looks_like(lines[0])
        reading.fault(offset, f"expected lines of at most {MAX_LINE_BYTES} bytes, one is longer: {what}")
        return
    target_of = table.get
    tells_kind = tuple(_SHARED)
    for position, line in enumerate(lines):
        target = target_of(line[10 : line.find(b'"', 10, 200)])
        if target is None:
            if line.startswith(_PREFIX):
                # Half of a large log is complete events that nobody needs: no function call for each of them.
                if line.endswith(b"}") and not line.startswith(tells_kind, 10):
                    application.event_count += 1
                else:
                    _skip(line, position, lines, offset, reading, running=running)
                continue
            target = _by_name(line, position, lines, offset, table, reading)
            if target is None:
                continue
        decode, take = target
        try:
            take(decode(line))
            application.event_count += 1
        except AnotherApplicationError as another:
            another.offset_bytes = _offset_of(lines, position, offset)
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if not (running and _is_cut(line)):
                reading.fault(_offset_of(lines, position, offset), _reason(line, error))


def _skip(line: bytes, position: int, lines: list[bytes], offset: int, reading: Reading, *, running: bool) -> None:
    """Count an event that nobody needs, checking only that it is complete."""
    application = reading.application
    if _is_cut(line):
        if not running:
            reading.fault(_offset_of(lines, position, offset), _reason(line, None))
        return
    application.event_count += 1
    if application.shared_by is None:
        application.shared_by = next((what for start, what in _SHARED.items() if line.startswith(start, 10)), None)


def _by_name(
    line: bytes, position: int, lines: list[bytes], offset: int, table: "dict[bytes, _Target]", reading: Reading
) -> "_Target | None":
    """The target of a line that does not start with its event's name; None if nobody needs it or it is no event."""
    if not line.strip() or (reading.application.ended_ms is not None and not line.strip(b"\0\r")):
        return None  # a crashed file system leaves zero bytes after the end
    try:
        name = _ANY.decode(line).name
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reading.fault(_offset_of(lines, position, offset), _reason(line, error))
        return None
    target = table.get(name.encode())
    if target is None:
        reading.application.event_count += 1
    return target


def _is_cut(line: bytes) -> bool:
    return not line.rstrip().endswith(b"}")


def _offset_of(lines: list[bytes], position: int, offset: int) -> int:
    return offset + sum(map(len, lines[:position])) + position


def _reason(line: bytes, error: Exception | None) -> str:
    if _is_cut(line) and line.startswith(b"{"):
        return f"expected a whole event, the line is cut off after {len(line)} bytes"
    if isinstance(error, RecursionError):
        return "expected an event, its values are nested too deep"
    if isinstance(error, msgspec.ValidationError) and line.lstrip().startswith(b"{"):
        return f"expected an event as Spark writes it: {error}"
    return f"expected an event as JSON, got {looks_like(line)}"


_ANY = msgspec.json.Decoder(AnyEvent)
_Target = tuple[Callable[[bytes], msgspec.Struct], Callable[..., None]]
DECODERS: dict[str, Callable[[bytes], msgspec.Struct]] = {
    name: msgspec.json.Decoder(struct).decode for name, struct in STRUCTS.items()
} | {"org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate": decode_adaptive_update}
_BEFORE_3 = ("1.", "2.")


def _dispatch(application: ApplicationState) -> dict[bytes, _Target]:
    take: dict[str, Callable[..., None]] = {
        "LogStart": application.log_start,
        "ApplicationStart": application.application_start,
        "ApplicationEnd": application.application_end,
        "EnvironmentUpdate": application.environment,
        "ResourceProfile": application.resource_profile,
        "ExecutorAdded": application.executor_added,
        "ExecutorRemoved": application.executor_removed,
        "ExecutorExcluded": application.executor_excluded,
        "ExecutorUnexcluded": application.executor_unexcluded,
        "NodeExcluded": application.node_excluded,
        "NodeUnexcluded": application.node_unexcluded,
        "ExecutorExcludedForStage": application.executor_excluded_for_stage,
        "NodeExcludedForStage": application.node_excluded_for_stage,
        "StageExecutorMetrics": application.stage_executor_metrics,
        "ExecutorMetricsUpdate": application.executor_metrics_update,
        "JobStart": application.job_start,
        "JobEnd": application.job_end,
        "TaskEnd": application.task_end,
        "SqlStart": application.sql_start,
        "SqlAdaptiveUpdate": application.sql_adaptive_update,
        "SqlEnd": application.sql_end,
        "StageSubmitted": application.stage_submitted,
        "StageCompleted": application.stage_completed,
    }
    table = {name.encode(): (DECODERS[name], take[struct.__name__]) for name, struct in STRUCTS.items()}

    def old_task_ends() -> None:
        if application.spark_version.startswith(_BEFORE_3):
            table[b"SparkListenerTaskEnd"] = decode_old_task_end, application.task_end

    def log_start(event: LogStart) -> None:
        application.log_start(event)
        old_task_ends()

    table[b"SparkListenerLogStart"] = DECODERS["SparkListenerLogStart"], log_start
    old_task_ends()  # a log that is resumed in its middle has already had its start
    return table
