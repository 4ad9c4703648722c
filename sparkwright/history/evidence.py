"""Facts about failures: the exception, its useful lines, where it was found and how often.

Facts are collected while a log streams by, in bounded memory: repeats are counted, and of many different facts the
first and the latest of each kind are kept. Everything is redacted before it is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

from data_contracts.fields.execution import EvidenceKind
from data_contracts.tables import Evidence
from sparkwright.redaction.own_secrets import OwnSecrets

_KINDS: tuple[str, ...] = get_args(get_args(EvidenceKind)[0])
_KEPT_AT_EACH_END = 10
_MAX_TEXT = 20_000
_MAX_MESSAGE = 4_000  # as the contract allows
_MAX_PROSE = 60
_MAX_PLAN = 6
_TELLING_FRAMES = 4
_MAX_LINE = 400  # enough of a line to tell what kind it is
_MAX_SHOWN_LINE = 1_000  # the file that a reader needs may be named at the end of a long line
DRIVER_EXIT_CODE = "driver exit code"
"""Source of the fact that holds the driver's exit code."""

# What differs between occurrences of one failure: addresses, ids and numbers, but not exit codes.
_VARIABLE = re.compile(
    r"0x[0-9a-fA-F]+|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{8,}|(?<!\d)(?<!code )(?<!code: )(?<!status )(?<!status: )\d+"
)
_FRAME = re.compile(r"^\s*(?:at\s+[\w.$<>/@]+\(|\.\.\. \d+ (?:more|common frames))")
_PYTHON_FRAME = re.compile(r'^\s+File "([^"]+)", line \d+')
_SPARKS_OWN = re.compile(
    r"^\s*at\s+(?:org\.apache\.(?:spark|hadoop|parquet|hive)|java|jdk|sun|scala|py4j)\b|/pyspark/|/py4j/"
)
# A line of a query plan: an analysis error is followed by a whole plan.
_PLAN = re.compile(r"^\s*(?:'?[A-Z]\w+ |[:+ ]*[+:]- |\(\d+\) |== )")
# Exceptions that explain little: the nearest frames, even Spark's own, tell more (a buffer, a broadcast, a codec).
_NEEDS_FRAMES = re.compile(
    r"(?:Exception|Error)\s*$|(?:(?<!Spark)OutOfMemoryError|StackOverflowError|NegativeArraySizeException|BufferUnderflowException)\b"
)
_MARKER = re.compile(r"^\s*[\^~]+\s*$")
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9]*_[A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
# Conditions that only wrap another exception.
_WRAPPING_CONDITIONS = {"PYTHON_EXCEPTION", "FAILED_EXECUTE_UDF", "TASK_WRITE_FAILED", "UNCLASSIFIED_ERROR"}
THROWN = re.compile(
    r"^(?:Caused by:\s*|User class threw exception:\s*|Exception in thread \"[^\"]*\"\s*|(?:.{0,300}?\))?:\s+)?"
    r"((?:[a-zA-Z_$][\w$]*\.)*[A-Z][\w$]*(?:Exception|Error|Failure|Interrupt|Exit|Warning|Throwable)"
    r"|(?:[a-zA-Z_$][\w$]*\.)+(?:Exception|Error|Throwable))(?=:|\s*$)"
)
_NO_MESSAGE = "(no message)"
CUT = " [...]"
"""Ends a line that was cut, and its block: what follows may be part of a secret that no longer looks like one."""


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
    """Collects the facts of one application.

    Attributes:
        secrets: Hides the application's secrets.
    """

    secrets: OwnSecrets = field(default_factory=OwnSecrets)
    _facts: dict[str, dict[tuple[str, str], Fact]] = field(default_factory=lambda: {kind: {} for kind in _KINDS})

    def add(self, kind: str, source: str, text: str, exception_class: str = "") -> None:
        """Add the fact in ``text``, or count it again. ``exception_class`` is the class that Spark names."""
        facts = self._facts[kind]
        signature = (exception_class, _VARIABLE.sub("#", _distinctive(text)))
        if signature in facts:
            facts[signature].occurrence_count += 1
            return
        text = self.secrets.text(text, _MAX_TEXT)
        thrown = self.secrets.text(exception_class_of(text, exception_class))
        facts[signature] = Fact(kind, self.secrets.text(source), thrown, useful_lines(text))
        if len(facts) > 2 * _KEPT_AT_EACH_END:
            # The first facts started the failure and the last ended it: drop from the middle.
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
    """What distinguishes two failures: the beginning of the text and the innermost cause."""
    cause = text.rpartition("\nCaused by: ")[2] if "\nCaused by: " in text else ""
    return text[:_MAX_LINE] + cause.partition("\n")[0][:_MAX_LINE]


def exception_class_of(text: str, exception_class: str = "") -> str:
    """A Spark error condition such as ``PATH_NOT_FOUND`` if there is one, else the innermost exception's class."""
    conditions: list[str] = _CONDITION.findall(text)
    telling = [condition for condition in conditions if condition not in _WRAPPING_CONDITIONS]
    if telling:
        return telling[0]
    thrown = [match[1] for line in text.splitlines() if (match := THROWN.match(line[:_MAX_LINE]))]
    return thrown[-1] if thrown else conditions[0] if conditions else exception_class


def useful_lines(text: str) -> str:
    """The lines of a stack trace, a traceback or a cluster manager's message that are worth reading, in order.

    These are the messages, every cause, and the frames of the user's own code nearest to the fault. Frames of Spark,
    Java and Scala are left out, as is the plan after an analysis error beyond its first lines.
    """
    return _fitted(list(_useful(text))) or text[:_MAX_MESSAGE].strip() or _NO_MESSAGE


def first_useful_line(text: str) -> str:
    """The first of the :func:`useful_lines`, found without reading the others."""
    return next(_useful(text), "") or useful_lines(text).splitlines()[0]


def _useful(text: str) -> Iterator[str]:
    own_frames = prose = plan = needed = 0
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
            if needed and not python_frame:
                needed -= 1
                yield shown
                continue
            if _SPARKS_OWN.search(line) or "... " in line[:12]:
                continue
            own_frames += 1
            if python_frame or own_frames <= 3:
                yield shown
        elif _names_fault(line):
            own_frames = prose = plan = 0
            needed = _TELLING_FRAMES if _NEEDS_FRAMES.search(cut) else 0
            yield shown
        elif position and _PYTHON_FRAME.match(lines[position - 1]):
            if not _SPARKS_OWN.search(lines[position - 1]):
                yield shown
        else:
            prose += 1
            # The first line of prose may be the name of a container or of a file, which looks like a plan.
            plan += prose > 1 and _PLAN.match(cut) is not None
            if prose <= _MAX_PROSE and plan <= _MAX_PLAN:
                yield shown


def _ends_of(line: str) -> str:
    half = _MAX_SHOWN_LINE // 2
    return f"{line[:half]} [...] {line[-half:]}"


def _fitted(lines: list[str]) -> str:
    """Cut the lines to the length of a message: frames go first, then prose; exceptions stay.

    If that is still too long, the middle goes: in a chain of causes the first and the last say most.
    """
    length = sum(map(len, lines)) + len(lines) - 1
    for is_idle in (lambda line: _FRAME.match(line) or _PYTHON_FRAME.match(line), lambda line: not _names_fault(line)):
        for position in range(len(lines) - 1, 0, -1):
            if length <= _MAX_MESSAGE:
                break
            if is_idle(lines[position]):
                length -= len(lines[position]) + 1
                del lines[position]
    text = "\n".join(lines)
    if len(text) <= _MAX_MESSAGE:
        return text
    half = (_MAX_MESSAGE - 7) // 2
    return f"{text[:half]}\n[...]\n{text[-half:]}"


def _names_fault(line: str) -> bool:
    cut = line[:_MAX_LINE]
    return line.startswith("Caused by:") or bool(THROWN.match(cut) or _CONDITION.search(cut))
