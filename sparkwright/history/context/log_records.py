"""Log lines as records of level and message, whatever their layout and whatever prefix they carry.

Layouts: Spark's own and other log4j and logback patterns, Python's ``logging``, and the JSON of
``spark.log.structuredLogging.enabled`` (org/apache/spark/SparkLayout.json in spark-common-utils, PySpark's
``pyspark.logger``). A line may be prefixed by the time stamps of ``kubectl logs --timestamps`` and of container
runtimes, or wrapped in Docker's JSON, Airflow's task log or the colours of a terminal.
"""

import re
from typing import NamedTuple

import msgspec

_TIME = r"(?:\d{2,4}[-/]\d\d[-/]\d\d[ T])?\d\d:\d\d:\d\d\S*"
_LEVEL = r"(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)"
_LOGGED = re.compile(rf"^\[?{_TIME}\s+(?:(?:\[[^\]]{{0,160}}\]|\S+)\s+){{0,4}}?\[?{_LEVEL}\]?(?:\s+|:)(.*)$", re.DOTALL)
_BARE = re.compile(rf"^{_LEVEL}(?::|\s+(?=(?:\[[^\]]{{0,160}}\]\s+)?[\w.$]+(?::|\s-)\s))\s*(.*)$", re.DOTALL)
# `[thread] org.apache.spark.scheduler.TaskSetManager - `, `scheduler.TaskSetManager: `, `TaskSetManager:66 - `, `- `
_LOGGER = re.compile(r"^(?:-\s+)?(?:\[[^\]]{0,160}\]\s+)?(?:[a-zA-Z_][\w$]*\.)*([A-Z][\w$]*)(?::\d+)?(?::| -)\s+")
_DASH = re.compile(r"^-\s+")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_WRAPPED = ("[", "{", "\x1b")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d) (?:std(?:out|err) [FP] )?")
_AIRFLOW = re.compile(r"^\[\d{4}-\d\d-\d\d[^\]]{0,40}\] \{[^}]{0,160}\} [A-Z]+ - ")
_NAMES = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_EXCEPTION = re.compile(r"^\w*(?:Exception|Error|Failure|Interrupt|Exit|Warning|Throwable)$")


class Record(NamedTuple):
    """One log record.

    Attributes:
        level: ``TRACE`` to ``FATAL``.
        message: The logger's simple name, a colon and its message; for JSON, the exception follows on its own lines.
    """

    level: str
    message: str


class _Frame(msgspec.Struct, rename={"class_name": "class"}):
    class_name: str | None = ""
    method: str | None = ""
    file: str | None = ""
    line: int | str | None = -1


class _Thrown(msgspec.Struct, rename={"class_name": "class"}):
    class_name: str | None = ""
    msg: str | None = ""
    stacktrace: list[_Frame] | str | None = None


class _Json(msgspec.Struct):
    level: str = ""
    msg: str | None = ""
    logger: str | None = ""
    exception: _Thrown | None = None


class _Docker(msgspec.Struct):
    log: str


_JSON = msgspec.json.Decoder(_Json)
_DOCKER = msgspec.json.Decoder(_Docker)


def read_line(line: str) -> tuple[str, Record | None]:
    """The line without its prefix, and the record that it starts.

    The record is None if the line continues another record or is not a log line.
    """
    first = line[:1]
    if first in _WRAPPED:
        line = _unwrapped(line)
    record = _record(line)
    if record is None and first == "2":
        # A time stamp belongs to the record itself unless another record follows it.
        line = _STAMP.sub("", line, count=1)
        record = _record(line)
    return line, record


def _unwrapped(line: str) -> str:
    """The line without colours, Docker's JSON and the prefix of Airflow's task log."""
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    if line.startswith('{"log":'):
        try:
            line = _DOCKER.decode(line).log.rstrip("\n")
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return line
    return _AIRFLOW.sub("", line, count=1)


def _record(line: str) -> Record | None:
    if line.startswith("{"):
        return _of_json(line)
    found = _LOGGED.match(line) or _BARE.match(line)
    return None if found is None else Record(_NAMES.get(found[1], found[1]), _named(found[2]))


def _named(message: str) -> str:
    logger = _LOGGER.match(message)
    if logger is None or _EXCEPTION.match(logger[1]):  # the name of an exception, not of a logger
        return _DASH.sub("", message)
    return f"{logger[1]}: {message[logger.end() :]}"


def _of_json(line: str) -> Record | None:
    try:
        record = _JSON.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if not record.level:
        return None
    logger = (record.logger or "").rpartition(".")[2]
    text = f"{logger}: {record.msg or ''}" if logger else record.msg or ""
    if record.exception is not None:
        text = "\n".join([text, *_thrown(record.exception)])
    level = record.level.upper()
    return Record(_NAMES.get(level, level), text)


def _thrown(thrown: _Thrown) -> list[str]:
    lines = [f"{thrown.class_name}: {thrown.msg}" if thrown.msg else thrown.class_name or ""]
    if isinstance(thrown.stacktrace, str):
        return [*lines, thrown.stacktrace]
    return lines + [
        f"\tat {frame.class_name}.{frame.method}({frame.file or 'Unknown Source'}:{frame.line})"
        for frame in thrown.stacktrace or []
    ]
