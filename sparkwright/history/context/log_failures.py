"""The failures in a log, found while it streams by.

A failure starts with an error record, an uncaught exception, a traceback, a message of the JVM, the shell or the
kernel, or one of the few warnings and notes that say what nothing else does; it lasts until the next record.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sparkwright.history.context.fatal_error import HEADER, shortened
from sparkwright.history.context.log_records import Record, read_line
from sparkwright.history.evidence import CUT, THROWN, FactCollector

_STARTS = re.compile(
    r"^(?:Exception in thread|Traceback \(most recent call last\)|Error: |Error (?:occurred|opening)|# java\.lang\.|"
    r"Unrecognized (?:VM )?option|# (?:A fatal error|There is insufficient memory)|Terminating due to java|"
    r"Aborting due to java|Killed\s*$|Segmentation fault|\S{1,120}: line \d+:\s+\d+ (?:Killed|Segmentation|Aborted)|"
    r".{0,60}VM warning: INFO: os::commit_memory|"
    # The kernel, if its log is given, and `kubectl get events` or `describe`.
    r".{0,80}(?:[Mm]emory cgroup out|Out) of memory: Kill(?:ed)? process|\s*(?:\S+\s+)?Warning\s+[A-Z][A-Za-z]+\s+\S|"
    # The shell and what it started: no Python, no such program, no permission to run it.
    r"(?:/[^\s:]{1,120}|env|exec|(?:ba|da)?sh|python[\d.]*): (?:can't open file|No module named|"
    r"command not found|Permission denied|.{0,160}: (?:No such file or directory|Permission denied|not found)$))"
)
# Lines that start a failure unless they continue a log record that was not worth keeping (a warning's stack trace).
_STARTS_ALONE = re.compile(r"^(?:Caused by:|(?:[a-z_$][\w$]*\.)*[A-Z][\w$]*(?:Exception|Error)(?::|\s*$))")
# Something failed for good, whoever logs this and at whatever level.
_STRONG = (
    "No space left on device",
    "OutOfMemoryError",
    "Too many open files",
    "memory limits",
    "OOMKilled",
    "fatal error",
)
_STRONG_LINE = re.compile(
    r"^(?:Caused by: )?(?:\S+: )?(?:java\.lang\.OutOfMemoryError|.{0,80}No space left on device|"
    r".{0,200}\(?Too many open files\)?)"
)
# What the event log tells better: the driver logs every lost task again.
_RETOLD = re.compile(
    r"^(?:TaskSetManager|TaskSchedulerImpl|DAGScheduler|YarnScheduler|YarnClusterScheduler|HeartbeatReceiver|"
    r"YarnAllocator|YarnSchedulerBackend\S*): "
)
_LOST_TASK = re.compile(
    r"^TaskSetManager: Lost task \S+ in stage ([\d.]+) \(TID \d+"
    r"(?:[^:\n]{0,300}?executor (\w+)\)?|[^:\n]{0,300}?): (?!.*\[duplicate \d+\]$)(.+)$",
    re.DOTALL,
)
_LOST_EXECUTOR = re.compile(
    r"^(?:\w+: Lost executor (\w+) on \S+: |HeartbeatReceiver: Removing executor (\w+) (?=with no)|"
    r"YarnAllocator: (?=Container (?:killed|marked|from)))(.+)$",
    re.DOTALL,
)
# Notes and warnings that are the only sign of an application that waited in vain or was refused, or of how it ended.
_TELLING = re.compile(
    r"^(?:\w+: Initial job has not accepted any resources|ApplicationMaster: Final app status: (?!SUCCEEDED|UNDEFINED)|"
    r"ExecutorPodsAllocator: .{0,200}(?:not detected in the Kubernetes cluster|timed? ?out)|"
    r"RMNodeImpl: .{0,200} to (?:UNHEALTHY|LOST)|ContainersMonitorImpl: .{0,300}(?:beyond|exceed)|"
    r"\w+: .{0,80}Application is added to the scheduler and is not yet activated)"
)
# Notes of the submitting client: what follows them shows whether anything went wrong.
_PERHAPS = re.compile(r"^(?:Client|LoggingPodStatusWatcherImpl|Submit\w*): ")
_WENT_WRONG = re.compile(
    r"^\s*diagnostics: (?!N/A|AM container is launched|\s*$|\[[^\]]*\] Scheduler has assigned)\S|"
    r"termination reason: (?!Completed)\S|exit code: [1-9]|phase: Failed|"
    r"reason: (?:ErrImage\w+|ImagePullBackOff|CrashLoopBackOff|Create\w+Error|Unschedulable|Evicted|InvalidImageName)",
    re.MULTILINE,
)
_DIAGNOSTICS = re.compile(
    r"^\s*diagnostics: (.*?)(?=\n\s+(?:ApplicationMaster (?:host|RPC)|queue|start time|final status|user):|\Z)",
    re.MULTILINE | re.DOTALL,
)
_YARN_SAYS = "diagnostics: "
_POD_STATE = "LoggingPodStatusWatcherImpl: "
_OF_POD = re.compile(
    r"^\s*(pod name|phase|container state|exit code|termination reason|pending reason|message): (.*)$", re.MULTILINE
)
# What executors log when they or their application have already ended.
_ROUTINE = re.compile(
    r"^(?:CoarseGrainedExecutorBackend: (?:RECEIVED SIGNAL TERM|Driver .* disassociated)|"
    r"Executor: Executor (?:update launching|launch) task )"
)
_TASK_THREW = re.compile(r"^Executor: Exception in task ")
_MAX_BLOCK_LINES = 300
_MAX_TEXTS = 200


class _Block(NamedTuple):
    """Lines that belong together, with the number of the first line."""

    number: int
    lines: list[str]
    perhaps: bool  # only the following lines show whether it is a failure


def read_log(
    lines: Iterable[tuple[int, str]], kind: str, name: str, facts: FactCollector, *, alone: bool = False
) -> list[str]:
    """Return the text of up to 200 failures in a log; add each failure to ``facts``, with name and line number.

    A task's exception loses the executor's introduction, so that it is the same fact as in the event log, which lacks
    it if the executor died before it could report it.

    Args:
        lines: Numbered; after a gap they count from the end (-1 is the last), or a line 0 marks the gap.
        kind: ``driver_log`` or ``executor_log``.
        name: Source that the facts name.
        facts: Collects the failures.
        alone: There is no event log, so what a driver repeats of its tasks and executors is a fact, too.
    """
    texts: list[str] = []
    for number, text in _failures(lines, alone=alone):
        fact_kind, source, told = _fact(kind, f"{name}:{number}", text, alone=alone)
        facts.add(fact_kind, source, told)
        if len(texts) < _MAX_TEXTS:
            texts.append(told)
    return texts


def _fact(kind: str, source: str, text: str, *, alone: bool) -> tuple[str, str, str]:
    """Kind, source and text of one failure."""
    if found := _LOST_TASK.match(text):
        who = f" executor {found[2]}" if found[2] else ""
        return "task_failure", f"{source} stage {found[1]}{who}", found[3]
    if found := _LOST_EXECUTOR.match(text):
        executor_id = found[1] or found[2]
        return "executor_removed", f"{source} executor {executor_id}" if executor_id else source, found[3]
    if text.startswith(_YARN_SAYS):
        return "final_status", f"{source} YARN", text.removeprefix(_YARN_SAYS)
    if text.startswith(_POD_STATE):
        state = "; ".join(f"{name}: {value}" for name, value in _OF_POD.findall(text))
        return "final_status", f"{source} Kubernetes", f"driver pod {state.removeprefix('pod name: ')}"
    start, _, rest = text.partition("\n")
    if not rest or not _TASK_THREW.match(start):
        return kind, source, text
    if kind == "executor_log":
        return kind, source, rest
    # In local mode the driver is also the executor.
    return ("task_failure", source, rest) if alone else (kind, source, text)


def _failures(lines: Iterable[tuple[int, str]], *, alone: bool) -> Iterator[tuple[int, str]]:
    """Yield each failure with the number of its first line."""
    block: _Block | None = None
    passed_over = False  # the last log record was no failure
    before = -1
    for number, raw in lines:
        if number == 0 or number < 0 <= before:  # a gap: lines are missing between this one and the last
            yield from _closed(block)
            block, passed_over = None, True
        before = number
        if not number:
            continue
        line, record = read_line(raw)
        if record is None and not _starts(line, block, passed_over):
            if block and len(block.lines) < _MAX_BLOCK_LINES and not block.lines[-1].endswith(CUT):
                block.lines.append(line)
            continue
        yield from _closed(block)
        worth = _worth(record, alone=alone) if record else True
        passed_over = worth is False
        block = None if passed_over else _Block(number, [record.message if record else line], worth is None)
    yield from _closed(block)


def _closed(block: _Block | None) -> Iterator[tuple[int, str]]:
    if block is None:
        return
    if HEADER.match(block.lines[0]):
        yield block.number, shortened(block.lines)
        return
    text = "\n".join(block.lines)
    if block.perhaps:
        if not _WENT_WRONG.search(text):
            return
        if found := _DIAGNOSTICS.search(text):
            text = _YARN_SAYS + found[1]
    yield block.number, text


def _worth(record: Record, *, alone: bool) -> bool | None:
    """Whether a record is a failure; None if only the lines after it show that."""
    message = record.message
    if _TELLING.match(message):
        return True
    if _RETOLD.match(message):
        return alone and (_LOST_TASK.match(message) is not None or _LOST_EXECUTOR.match(message) is not None)
    if record.level in {"ERROR", "FATAL"}:
        return _ROUTINE.match(message) is None
    if record.level in {"INFO", "WARN"} and any(word in message for word in _STRONG):
        return True
    return None if record.level == "INFO" and _PERHAPS.match(message) else False


def _starts(line: str, block: _Block | None, passed_over: bool) -> bool:
    """Whether a line that is not a log record starts a failure of its own."""
    if _STARTS.match(line):
        return not _continues(block, line)
    if block is not None:
        return False
    return _STRONG_LINE.match(line) is not None or (not passed_over and _STARTS_ALONE.match(line) is not None)


def _continues(block: _Block | None, line: str) -> bool:
    """Whether an exception's line belongs to the open block: the end of a traceback, or the line after an ERROR."""
    if block is None or HEADER.match(line):
        return False
    # `An exception was thrown from the Python worker:`, `During handling of the above exception, another occurred:`
    if line.startswith("Traceback") and block.lines[-1].rstrip().endswith(":"):
        return True
    unfinished = block.lines[0].startswith("Traceback") and not any(THROWN.match(one) for one in block.lines[1:])
    return unfinished or len(block.lines) == 1
