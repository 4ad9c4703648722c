"""Event logs as large as wanted, made of real ones: events of several applications, repeated under ids of their own.

Real logs that may be kept in a repository are too small to time. What makes a log costly stays as Spark wrote it: the
plans of SQL executions, accumulables, stack traces, the order of events. Only the ids move on with every repeat, so
that stages, jobs and SQL executions grow in number as they do in a large application.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from sparkwright.errors import ConfigError, HistoryError
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.log_files import LogSource, find_logs

_START, _END = b'{"Event":"SparkListenerLogStart"', b'{"Event":"SparkListenerApplicationEnd"'
_HEADS = (_START, b'{"Event":"SparkListenerApplicationStart"', b'{"Event":"SparkListenerEnvironmentUpdate"')
_TASKS = (b'{"Event":"SparkListenerTaskStart"', b'{"Event":"SparkListenerTaskEnd"')
_ENDS = (
    b'{"Event":"SparkListenerStageCompleted"',
    b'{"Event":"SparkListenerJobEnd"',
    b'{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"',
)
_APPLICATIONS = 8
_TASK_REPEATS = 40
_IDS_APART = 10_000
_NAME = re.compile(rb'"spark\.app\.name":"([^"]*)"')
_ID = re.compile(rb'"(Stage ID|Job ID|executionId|rootExecutionId|Task ID|spark\.sql\.execution\.id)":("?)(\d+)')
_IDS = re.compile(rb'"(Stage IDs|Parent IDs)":\[([\d,]+)\]')


@dataclass(frozen=True, slots=True)
class LargeLog:
    """A log that was made, alone in its folder."""

    path: Path
    app_id: str
    event_count: int
    raw_bytes: int

    @property
    def title(self) -> str:
        """What it is, in one line."""
        return (
            f"{self.path.parent.name}: {self.event_count:,} events, {self.raw_bytes / 1e6:,.0f} MB, "
            f"{self.path.stat().st_size / 1e6:,.1f} MB as stored (zstd)"
        )


def applications(folder: Path) -> list[list[bytes]]:
    """The lines of the largest log of each application name, of the largest few.

    Raises:
        ConfigError: There is no log with tasks.
    """
    found: dict[bytes, list[bytes]] = {}
    for source in find_logs(folder):
        content = _content(source) if isinstance(source, LogSource) else b""
        name = _NAME.search(content)
        if name and _TASKS[1] in content and content.startswith(_START) and _END in content:
            found[name[1]] = max(found.get(name[1], []), content.splitlines(), key=lambda lines: sum(map(len, lines)))
    if not found:
        raise ConfigError(f"expected event logs with tasks below {folder}, found none: set --event-log-dir")
    return sorted(found.values(), key=lambda lines: -sum(map(len, lines)))[:_APPLICATIONS]


def _content(source: LogSource) -> bytes:
    try:
        pieces = []
        for file in source.files:
            with file.open() as stream:
                pieces += list(decoded(stream))
        return b"".join(pieces)
    except (OSError, HistoryError):
        return b""


def write_log(folder: Path, logs: list[list[bytes]], *, raw_bytes: int, task_heavy: bool) -> LargeLog:
    """A zstd log of at least ``raw_bytes``: the events as they came, or few stages with very many tasks."""
    folder.mkdir(parents=True)
    heads = [line for line in logs[0] if line.startswith(_HEADS)]
    last = next(line for line in logs[0] if line.startswith(_END))
    app_id = re.search(rb'"App ID":"([^"]+)"', b"".join(heads))
    if app_id is None:
        raise ConfigError("expected an application id in the largest log, found none: set --event-log-dir")
    path = folder / f"{app_id[1].decode()}.zstd"
    event_count = written = 0
    with path.open("wb") as stream, zstandard.ZstdCompressor(level=1).stream_writer(stream) as writer:
        for lines in _parts(heads, last, logs, raw_bytes, task_heavy=task_heavy):
            written += writer.write(b"\n".join(lines) + b"\n")
            event_count += len(lines)
    return LargeLog(path, app_id[1].decode(), event_count, written)


def _parts(
    heads: list[bytes], last: bytes, logs: list[list[bytes]], raw_bytes: int, *, task_heavy: bool
) -> Iterator[list[bytes]]:
    yield heads
    written = sum(map(len, heads))
    repeat = 0
    while written < raw_bytes:
        for lines in logs:
            body = [line for line in lines if not line.startswith((*_HEADS, _END))]
            if task_heavy:
                tasks = [line for line in body if line.startswith(_TASKS)]
                ends = [line for line in body if line.startswith(_ENDS)]
                before = [line for line in body if not line.startswith((*_TASKS, *_ENDS))]
                body = [*before, *_TASK_REPEATS * tasks, *ends]
            part = [_moved(line, repeat * _IDS_APART) for line in body]
            yield part
            written += sum(map(len, part)) + len(part)
            repeat += 1
    yield [last]


def _moved(line: bytes, by: int) -> bytes:
    """The event with all its ids moved on."""
    line = _ID.sub(lambda found: b'"%s":%s%d' % (found[1], found[2], int(found[3]) + by), line)
    return _IDS.sub(
        lambda found: b'"%s":[%s]' % (found[1], b",".join(b"%d" % (int(one) + by) for one in found[2].split(b","))),
        line,
    )


def copies(log: LargeLog, count: int) -> Path:
    """A folder beside it that holds the log under ``count`` application ids."""
    folder = log.path.parent.with_name(f"{log.path.parent.name}-{count}-copies")
    folder.mkdir()
    with log.path.open("rb") as stream:
        pieces = decoded(stream)
        start = next(pieces)
        # The start in a frame of its own: the rest is compressed once.
        head_bytes = start.index(b"\n", start.index(b'"App ID":')) + 1
        compressor = zstandard.ZstdCompressor(level=1).compressobj()
        rest = [compressor.compress(start[head_bytes:]), *(compressor.compress(piece) for piece in pieces)]
        rest.append(compressor.flush())
    for number in range(count):
        app_id = f"{log.app_id}-{number}"
        head = start[:head_bytes].replace(log.app_id.encode(), app_id.encode())
        (folder / f"{app_id}.zstd").write_bytes(zstandard.compress(head) + b"".join(rest))
    return folder


def write_long_line(folder: Path, raw_bytes: int) -> Path:
    """A log that is one line of ``raw_bytes``."""
    folder.mkdir(parents=True)
    path = folder / "one-line.zstd"
    with path.open("wb") as stream, zstandard.ZstdCompressor(level=1).stream_writer(stream) as writer:
        writer.write(b'{"Event":"SparkListenerLogStart","Spark Version":"')
        for _ in range(raw_bytes // 2**20):
            writer.write(b"x" * 2**20)
        writer.write(b'"}\n')
    return path
