"""Facts as a person should see them: the line that decides, whole, and each text once with all its places."""

import re
from collections.abc import Iterable, Sequence

from data_contracts.api.diagnosis import CitedFact, EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.taxonomy import RootCause
from sparkwright.history.evidence import DRIVER_EXIT_CODE

_MAX_CITED = 3
_MAX_LINE = 1_200
_MIN_SHARED = 40
_KINDS = (
    "sql_failure",
    "driver_log",
    "job_failure",
    "stage_failure",
    "task_failure",
    "executor_log",
    "executor_removed",
    "final_status",
    "metric",
)
_FRAME = re.compile(r'^(at [\w.$<>/@]+\(|\.\.\. \d+ (more|common)|File ".*", line \d+|[\^~]+$)')
_FRAME_NAME = re.compile(r"^\s*at ([\w.$<>/@]+)\(", re.MULTILINE)
_BARE_CLASS = re.compile(r"^(?:[\w$]+\.)+[\w$]+(?:Exception|Error)$")
_PLAN = re.compile(r"^(?:'?[A-Z]\w+ \[|[:+]- |== )")
_SHOWN_FRAMES = 2
_FEW_WORDS = 60
_ENOUGH_WORDS = 20
_MAX_REST = 500
_EMPTY = re.compile(r"^(Driver stacktrace:|Traceback \(most recent call last\):|The above exception was|\[\.\.\.\])")
_PYTHON_FRAME = re.compile(r'^File ".*", line \d+')
_THROWN = re.compile(
    r'^(?:Caused by: |User class threw exception: |Exception in thread "[^"]*" |: )?'
    r"((?:[\w$]+\.)*(?:[A-Z][\w$]*)?(?:Exception|Error|Failure|Interrupt|Exit|Throwable))"
    r"(?:: (?=.*\S)|\(message:)"
)
# What the scheduler puts before the words of a task.
_TOLD_BY_SCHEDULER = re.compile(
    r"^.*?(?:most recent failure(?: reason)?:\s*(?:Lost task \S+ in stage \S+ \(TID \d+\)(?: \([^)]*\))?:\s*)?"
    r"|ExecutorLostFailure \(executor \S+ exited [^)]*\) Reason:\s*)"
)
_LEADS = re.compile(r'^(?:Caused by: |User class threw exception: |Exception in thread "[^"]*" |: )')
_WRAPPERS = frozenset({"ExecutorLostFailure", "SparkException", "FetchFailed", "TaskResultLost", "Resubmitted"})
_VARIABLE = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\d+")


def cite(items: Iterable[EvidenceItem], cause: RootCause | None = None) -> list[CitedFact]:
    """The first few different facts, in their order; those that say the same in other places are merged into them.

    Args:
        items: Facts, the most telling first.
        cause: What they are cited for: a line that carries its mark decides. For no cause, figures of ours are cited
            only where nothing else tells of a failure.
    """
    items = list(items)
    if cause is None:
        items = [item for item in items if item.kind != "metric"] or items
    found: dict[str, CitedFact] = {}
    for item in items:
        line = decisive_line(item, cause)
        said = _said(line)
        key = next((known for known in found if _same(known, said)), said)
        known = found.get(key)
        if known is None:
            found[key] = CitedFact(**item.model_dump(include=set(EvidenceItem.model_fields)), line=line)
            continue
        places = dict.fromkeys([*known.also_at, *([item.source] if item.source != known.source else [])])
        found[key] = known.model_copy(
            update={
                "line": max(known.line, line, key=lambda text: _THROWN.match(text) is not None),
                "also_at": list(places),
                # A failed stage tells of its tasks' failures again: these are not more of them.
                "occurrence_count": max(known.occurrence_count, item.occurrence_count),
            }
        )
    return list(found.values())[:_MAX_CITED]


def distinct(items: Iterable[EvidenceItem]) -> list[EvidenceItem]:
    """The first fact of each text, in their order: a failed stage, its job, its query and a log say the same."""
    kept: dict[str, EvidenceItem] = {}
    for item in items:
        said = _said(decisive_line(item))
        if not any(_same(known, said) for known in kept):
            kept[said] = item
    return list(kept.values())


def say_the_same(one: str, other: str) -> bool:
    """Whether two decisive lines are one text, numbers and what stands before the words aside."""
    return _same(_said(one), _said(other))


def _said(line: str) -> str:
    """The words of a line without classes that wrap another, without its own where the words suffice, and numbers."""
    line = _LEADS.sub("", line)
    while (found := _THROWN.match(line)) and (
        _THROWN.match(line[found.end() :]) or len(line) - found.end() >= _ENOUGH_WORDS
    ):
        line = line[found.end() :]
    return _VARIABLE.sub("#", line)


def _same(one: str, other: str) -> bool:
    """Whether two lines are one text, of which a place may keep only the beginning."""
    shorter = min(len(one), len(other))
    return one == other or (shorter >= _MIN_SHARED and one[:shorter] == other[:shorter])


def telling(items: Sequence[EvidenceItem]) -> list[EvidenceItem]:
    """The failures among some facts, those that ended the application and name an exception first."""
    failures = [item for item in items if rules.is_failure(item) and item.source != DRIVER_EXIT_CODE]
    return sorted(failures, key=lambda item: (item.kind == "metric", not item.exception_class, _KINDS.index(item.kind)))


def exit_sentence(items: Iterable[EvidenceItem]) -> str:
    """What the driver exited with, where that was kept; else empty."""
    return next((item.message for item in items if item.kind == "metric" and item.source == DRIVER_EXIT_CODE), "")


def decisive_line(item: EvidenceItem, cause: RootCause | None = None) -> str:
    """The line of a fact that decides: with the cause's mark, else what was thrown last, else all it says.

    The scheduler's words before those of a task are left out; nothing is cut from the line but what is beyond any use.
    """
    lines = list(_lines(item.message))
    frames = _FRAME_NAME.findall(item.message)
    marked = [line for line in lines if cause is not None and _carries(line, cause)]
    thrown = [line for line in lines if _THROWN.match(line)]
    chosen = marked[-1] if marked else _with_rest(lines, thrown[-1]) if thrown else " ".join(lines)
    chosen = _LEADS.sub("", chosen)
    name = item.exception_class.rpartition(".")[2]
    if name and name not in _WRAPPERS and name not in chosen and not _THROWN.match(chosen):
        chosen = f"{item.exception_class}: {chosen}" if chosen else item.exception_class
    chosen = chosen or item.message.strip()
    if frames and _BARE_CLASS.match(chosen):  # where it was thrown is all there is to say
        chosen = f"{chosen} at {', '.join(dict.fromkeys(frames[:_SHOWN_FRAMES]))}"
    half = _MAX_LINE // 2
    return chosen if len(chosen) <= _MAX_LINE else f"{chosen[:half]} [...] {chosen[-half:]}"


def _with_rest(lines: list[str], thrown: str) -> str:
    """What was thrown, with the lines below it where it says little by itself: a status of HTTP, and why below."""
    match = _THROWN.match(thrown)
    if match is None or len(thrown) - match.end() > _FEW_WORDS:
        return thrown
    said = [thrown]
    for line in lines[lines.index(thrown) + 1 :]:
        if _PLAN.match(line) or sum(map(len, said)) + len(line) > _MAX_REST:
            break
        said.append(line)
    return " ".join(said)


def _lines(message: str) -> Iterable[str]:
    """The lines that say something, joined where one ends in a colon or names a reason that the next one tells."""
    told = _TOLD_BY_SCHEDULER.sub("", message.strip(), count=1) or message
    told = _TOLD_BY_SCHEDULER.sub("", told, count=1) or told
    open_line = ""
    code_follows = False
    for raw in told.splitlines():
        line = " ".join(raw.split())
        if code_follows and raw[:1].isspace():
            code_follows = False
            continue
        code_follows = _PYTHON_FRAME.match(line) is not None
        if not line or _FRAME.match(line) or _EMPTY.match(line):
            continue
        line = line.removesuffix(" Traceback (most recent call last):").removesuffix(" Driver stacktrace:")
        line = f"{open_line} {line}" if open_line else line
        open_line = line if line.endswith(":") else ""
        if not open_line:
            yield line
    if open_line:
        yield open_line.rstrip(":")


def _carries(line: str, cause: RootCause) -> bool:
    return any(
        mark.pattern.search(line) and (mark.unless is None or not mark.unless.search(line)) for mark in cause.marks
    )
