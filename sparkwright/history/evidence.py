"""Facts about failures: what was thrown, its first useful lines, where it stands and how often it was seen.

Facts are collected while a log streams by, in bounded memory: the same fact is counted, and of many different ones
the first and the latest of each kind are kept. Everything is redacted before it is kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from data_contracts.fields.execution import EvidenceKind
from data_contracts.tables import Evidence
from sparkwright.redaction.own_secrets import OwnSecrets

_KINDS: tuple[str, ...] = get_args(get_args(EvidenceKind)[0])
_KEPT_AT_EACH_END = 10
_MAX_TEXT = 20_000
_MAX_MESSAGE = 2_000
_MAX_LINE = 400  # as much of a line tells what kind it is
_MAX_SHOWN_LINE = 1_000  # the file a reader needs may stand at the end of a long line
DRIVER_EXIT_CODE = "driver exit code"
"""Source of the fact that says what the driver exited with."""

# But not the code that something exited with.
_VARIABLE = re.compile(r"0x[0-9a-fA-F]+|(?<!\d)(?<!code )(?<!code: )(?<!status )(?<!status: )\d+")
_FRAME = re.compile(r"^\s*(?:at\s+[\w.$<>/@]+\(|\.\.\. \d+ (?:more|common frames))")
_PYTHON_FRAME = re.compile(r'^\s+File "([^"]+)", line \d+')
_SPARKS_OWN = re.compile(
    r"^\s*at\s+(?:org\.apache\.(?:spark|hadoop|parquet|hive)|java|jdk|sun|scala|py4j)\b|/pyspark/|/py4j/"
)
_MARKER = re.compile(r"^\s*[\^~]+\s*$")
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9]*_[A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
# Conditions that only say that something else was thrown inside.
_WRAPPING_CONDITIONS = {"PYTHON_EXCEPTION", "FAILED_EXECUTE_UDF", "TASK_WRITE_FAILED", "UNCLASSIFIED_ERROR"}
_THROWN = re.compile(
    r"^(?:Caused by:\s*|User class threw exception:\s*|Exception in thread \"[^\"]*\"\s*|(?:.{0,300}?\))?:\s+)?"
    r"((?:[a-zA-Z_$][\w$]*\.)*[A-Z][\w$]*(?:Exception|Error|Failure|Interrupt|Exit|Warning|Throwable)"
    r"|(?:[a-zA-Z_$][\w$]*\.)+(?:Exception|Error|Throwable))(?=:|\s*$)"
)
_LOGGED = re.compile(
    r"^\[?\d{2,4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d\S*\s+(?:\S+\s+){0,2}?"
    r"\[?(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\]?\s*(.*)$"
)
_STARTS = re.compile(
    r"^(?:Exception in thread|Traceback \(most recent call last\)|Error: |Error (?:occurred|opening)|# java\.lang\.|"
    r"Unrecognized (?:VM )?option|# (?:A fatal error|There is insufficient memory)|Terminating due to java|Killed\s*$)"
)
# Lines that start a failure, unless they go on with a log record that was not worth keeping (a warning's stack trace).
_STARTS_ALONE = re.compile(
    r"^(?:Caused by:|(?:[a-z_$][\w$]*\.)*[A-Z][\w$]*(?:Exception|Error)(?::|\s*$)|.{0,80}No space left on device)"
)
# What the event log tells better: every lost task is logged again by the driver.
_RETOLD = re.compile(r"^(?:TaskSetManager|TaskSchedulerImpl|DAGScheduler|YarnScheduler): ")
# A warning and nothing else tells that an application waited in vain.
_TELLING_WARNING = re.compile(r"^\w+: Initial job has not accepted any resources")
# What executors say when their application or they themselves have ended already.
_ROUTINE = re.compile(
    r"^(?:CoarseGrainedExecutorBackend: (?:RECEIVED SIGNAL TERM|Driver .* disassociated)|"
    r"Executor: Executor (?:update launching|launch) task )"
)
_TASK_THREW = re.compile(r"^Executor: Exception in task ")
_BLOCK_LINES = 300
_NO_MESSAGE = "(no message)"
CUT = " [...]"
"""Ends a line that was cut, and its block: what follows may be a piece of a secret that nothing knows as one."""


@dataclass(slots=True)
class Fact:
    """One thing that went wrong; the fields of :class:`data_contracts.tables.Evidence`."""

    kind: str
    source: str
    exception_class: str
    message: str
    occurrence_count: int = 1


@dataclass(slots=True)
class FactCollector:
    """The facts of one application.

    Attributes:
        secrets: What hides its secrets.
    """

    secrets: OwnSecrets = field(default_factory=OwnSecrets)
    _facts: dict[str, dict[tuple[str, str], Fact]] = field(default_factory=lambda: {kind: {} for kind in _KINDS})

    def add(self, kind: str, source: str, text: str, exception_class: str = "") -> None:
        """Count what ``text`` says. ``exception_class`` is what Spark says was thrown."""
        facts = self._facts[kind]
        signature = (exception_class, _VARIABLE.sub("#", _distinctive(text)))
        if signature in facts:
            facts[signature].occurrence_count += 1
            return
        text = self.secrets.text(text, _MAX_TEXT)
        thrown = self.secrets.text(exception_class_of(text, exception_class))
        facts[signature] = Fact(kind, self.secrets.text(source), thrown, useful_lines(text))
        if len(facts) > 2 * _KEPT_AT_EACH_END:
            # What came first started it, what came last ended it: the middle goes.
            del facts[list(facts)[_KEPT_AT_EACH_END]]

    def __iter__(self) -> Iterator[Fact]:
        for facts in self._facts.values():
            yield from facts.values()

    def rows(self, app_id: str, attempt_id: str) -> list[Evidence]:
        """The facts as rows, numbered e1, e2, ..."""
        return [
            Evidence(
                app_id=app_id,
                attempt_id=attempt_id,
                evidence_id=f"e{number}",
                kind=fact.kind,
                source=fact.source,
                exception_class=fact.exception_class,
                message=fact.message,
                occurrence_count=fact.occurrence_count,
            )
            for number, fact in enumerate(self, start=1)
        ]


def _distinctive(text: str) -> str:
    """What tells two failures apart: how the text begins, and the innermost cause."""
    cause = text.rpartition("\nCaused by: ")[2] if "\nCaused by: " in text else ""
    return text[:_MAX_LINE] + cause.partition("\n")[0][:_MAX_LINE]


def exception_class_of(text: str, exception_class: str = "") -> str:
    """What was thrown: a Spark error condition such as ``PATH_NOT_FOUND``, else the innermost exception's class."""
    conditions: list[str] = _CONDITION.findall(text)
    telling = [condition for condition in conditions if condition not in _WRAPPING_CONDITIONS]
    if telling:
        return telling[0]
    thrown = [match[1] for line in text.splitlines() if (match := _THROWN.match(line[:_MAX_LINE]))]
    return thrown[-1] if thrown else conditions[0] if conditions else exception_class


def useful_lines(text: str) -> str:
    """The lines of a stack trace or traceback that a person reads first, in their order.

    The messages, every cause, the frames of the user's own code nearest to the fault; frames of Spark, Java and Scala
    are left out, and so is the plan below an analysis error beyond its first lines.
    """
    return _cut_middle("\n".join(_useful(text)), _MAX_MESSAGE) or text[:_MAX_MESSAGE].strip() or _NO_MESSAGE


def first_useful_line(text: str) -> str:
    """The first of the :func:`useful_lines`, found without looking at the others."""
    return next(_useful(text), "") or useful_lines(text).splitlines()[0]


def _useful(text: str) -> Iterator[str]:
    own_frames = 0
    prose = 0
    lines = text.splitlines()
    for position, line in enumerate(lines):
        if line.startswith("Driver stacktrace:"):
            break
        cut = line.rstrip()[:_MAX_LINE]
        shown = line.rstrip() if len(line) <= _MAX_SHOWN_LINE else _ends_of(line.rstrip())
        python_frame = _PYTHON_FRAME.match(line)
        if not cut or _MARKER.match(cut):
            continue
        if _FRAME.match(line) or python_frame:
            if _SPARKS_OWN.search(line) or "... " in line[:12]:
                continue
            own_frames += 1
            if python_frame or own_frames <= 3:
                yield shown
        elif line.startswith("Caused by:") or _THROWN.match(cut) or _CONDITION.search(cut):
            prose = own_frames = 0
            yield shown
        elif position and _PYTHON_FRAME.match(lines[position - 1]):
            if not _SPARKS_OWN.search(lines[position - 1]):
                yield shown
        else:
            prose += 1
            if prose <= 6:
                yield shown


def _ends_of(line: str) -> str:
    half = _MAX_SHOWN_LINE // 2
    return f"{line[:half]} [...] {line[-half:]}"


def _cut_middle(text: str, length: int) -> str:
    """At most ``length`` characters: in a chain of causes the first and the last say most."""
    if len(text) <= length:
        return text
    half = (length - 7) // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}"


def read_log(lines: Iterable[tuple[int, str]], kind: str, name: str, facts: FactCollector) -> list[str]:
    """The raw text of every failure in a log; each is added to ``facts`` as ``kind``, with name and line number.

    What a task threw comes without an executor's own words before it: so it is the same fact as in the event log, which
    lacks it where the executor died before it could tell.
    """
    texts: list[str] = []
    for number, text in _failures(lines):
        start, _, thrown = text.partition("\n")
        text = thrown if kind == "executor_log" and thrown and _TASK_THREW.match(start) else text
        facts.add(kind, f"{name}:{number}", text)
        if len(texts) < 200:
            texts.append(text)
    return texts


def _failures(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Blocks of lines that tell of one failure, each with the number of its first line."""
    block: list[str] = []
    start = 0
    passed_over = False  # the last log record was no failure
    for number, line in lines:
        if block and (number < 0) != (start < 0):  # from here on it is the end of the log: between, much is missing
            yield start, "\n".join(block)
            block, passed_over = [], True
        record = _record(line)
        if record is None and not _starts(line, block, passed_over):
            if block and len(block) < _BLOCK_LINES and not block[-1].endswith(CUT):
                block.append(line)
            continue
        if block:
            yield start, "\n".join(block)
        text = line if record is None else record
        block, start, passed_over = ([text], number, False) if text else ([], 0, True)
    if block:
        yield start, "\n".join(block)


def _record(line: str) -> str | None:
    """The failure that a log record tells of, empty where it tells of none; None where the line starts no record."""
    if line.startswith('{"ts":'):
        return _structured(line)
    logged = _LOGGED.match(line)
    if logged is None:
        return None
    said = logged[2]
    if _TELLING_WARNING.match(said):
        return said
    return said if logged[1] in {"ERROR", "FATAL"} and not _RETOLD.match(said) and not _ROUTINE.match(said) else ""


def _starts(line: str, block: list[str], passed_over: bool) -> bool:
    """Whether a line that is no log record starts a failure of its own."""
    if _STARTS.match(line):
        return not _continues(block)
    return not block and not passed_over and _STARTS_ALONE.match(line) is not None


def _continues(block: list[str]) -> bool:
    """Whether an exception's line belongs to what is open: the end of a traceback, or the line after an ERROR."""
    if not block:
        return False
    unfinished = block[0].startswith("Traceback") and not any(_THROWN.match(line) for line in block[1:])
    return unfinished or len(block) == 1


def _structured(line: str) -> str:
    """The failure in a line of Spark 4's JSON log (``spark.log.structuredLogging.enabled``); empty where none is."""
    try:
        record = msgspec.json.decode(line, type=_LogRecord)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return ""
    if record.level not in {"ERROR", "FATAL"}:
        return ""
    thrown = record.exception
    return "\n".join([record.msg, *([f"{thrown.class_name}: {thrown.msg}"] if thrown else [])])


class _LoggedException(msgspec.Struct, rename={"class_name": "class"}):
    class_name: str = ""
    msg: str = ""


class _LogRecord(msgspec.Struct):
    level: str = ""
    msg: str = ""
    exception: _LoggedException | None = None
