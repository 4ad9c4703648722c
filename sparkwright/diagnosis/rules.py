"""The baseline and the fallback: evidence to a root cause, by the marks causes leave in logs.

Rules are careful where logs are: exit codes 137 and 143 prove nothing alone, what follows from a failure (a lost
executor, a failed fetch) never hides the failure itself, and what ended the application counts more than what a
retry repaired.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data_contracts.api import EvidenceItem
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN, RootCause, Strength
from sparkwright.diagnosis.taxonomy.root_cause import Mark

_RELEASED = re.compile(
    r"Executor killed by driver|explicit termination request|was idle|idle executor|driver disassociated|"
    r"Executor decommission"
)
_FINAL_KINDS = {"job_failure", "sql_failure", "driver_log", "final_status", "stage_failure"}
_TASK_TALK = re.compile(
    r"Lost task|aborted due to stage failure|ExecutorLostFailure|\bTID \d+\)|in stage \d+\.\d+|Lost executor|"
    r"[Ee]xecutor heartbeat timed out|TaskResultLost|[Ee]xecutor \d+ (exited|is lost)"
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """A failure put down to a cause, by the rules or by a language model.

    Attributes:
        cause: The root cause; ``unknown`` where nothing points to one.
        evidence: The facts it rests on, strongest first; empty for ``unknown``.
    """

    cause: RootCause
    evidence: tuple[EvidenceItem, ...]


def diagnose(items: Sequence[EvidenceItem]) -> Attribution:
    """The likeliest root cause and the facts it rests on."""
    causes = list(ROOT_CAUSES.values())
    ranked = sorted(
        (
            (_weight(item, strength), -causes.index(cause), -position, cause, item)
            for position, item in enumerate(items)
            for cause, strength in marks_of(item)
        ),
        key=lambda entry: entry[:3],
        reverse=True,
    )
    if not ranked:
        return Attribution(UNKNOWN, ())
    cause = ranked[0][3]
    return Attribution(cause, tuple(entry[4] for entry in ranked if entry[3] is cause))


def is_failure(item: EvidenceItem) -> bool:
    """Whether a fact tells of something that went wrong by itself.

    An executor that the driver let go (dynamic allocation's idle ones, decommission) is no loss; a task that is
    resubmitted had succeeded, and what was lost is told by the executor that went.
    """
    if item.kind == "executor_removed":
        return _RELEASED.search(item.message) is None
    return not (item.kind == "task_failure" and item.exception_class == "Resubmitted")


def marks_of(item: EvidenceItem) -> Iterator[tuple[RootCause, Strength]]:
    """Every cause whose mark this fact carries, with the strongest such mark.

    What we measured ourselves (an exit code, the share of garbage collection) names no cause: the words are ours.
    """
    if item.kind == "metric" or not is_failure(item):
        return
    text = f"{item.exception_class}\n{item.message}"
    side = _side(item)
    for cause in ROOT_CAUSES.values():
        found = [mark.strength for mark in cause.marks if _carries(mark, text, side)]
        if found:
            yield cause, max(found)


def _carries(mark: Mark, text: str, side: str) -> bool:
    return (
        mark.side in ("either", side)
        and mark.pattern.search(text) is not None
        and (mark.unless is None or mark.unless.search(text) is None)
    )


def _side(item: EvidenceItem) -> str:
    """Where it happened; a driver's log talks about tasks, too."""
    in_task = (
        item.kind in ("task_failure", "executor_removed", "executor_log") or _TASK_TALK.search(item.message) is not None
    )
    return "executor" if in_task else "driver"


def _weight(item: EvidenceItem, strength: Strength) -> tuple[int, bool, int]:
    """Sort key: errors before symptoms before their traces, what ended the application before what a retry repaired."""
    return min(strength, Strength.GENERAL), item.kind in _FINAL_KINDS, strength
