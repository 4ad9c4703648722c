"""The causal chain: which fact explains which, from the first cause down to what the application ended with.

A fetch that failed names the executor that held the files; that executor was lost with an exit code; its own log, its
pod or its container says why. Facts are linked by executor, host and stage where they name them, else by their order.
Pure: facts in, links out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.facts import say_the_same
from sparkwright.diagnosis.steps import Level, Step, is_talk, steps_of
from sparkwright.history.application.figures import AT_LIMIT

LinkedBy = Literal["message", "executor", "host", "stage", "order", "start"]
MAX_LINKS = 7
_MAX_SYMPTOM = 240
_ENDED_BY = re.compile(r'^(?:Exception in thread "main"|Traceback|User class threw exception|ApplicationMaster: )')
_START_KINDS = (
    "job_failure",
    "sql_failure",
    "driver_log",
    "stage_failure",
    "task_failure",
    "final_status",
    "executor_removed",
    "executor_log",
)
_AT_HOME = ("task_failure", "executor_log", "executor_removed")
# What the explanation of something is looked for in first; what stands in none of them explains nothing.
_OF_EXECUTORS = ("executor_log", "executor_removed", "final_status", "task_failure", "driver_log", "stage_failure")
_OF_THE_REST = ("stage_failure", "task_failure", "driver_log", "executor_log", "executor_removed", "final_status")
# Of these a person should see that they are no causes; failed tasks and jobs say so themselves.
_BELOW = (Level.PROCESS, Level.EXECUTOR, Level.FETCH, Level.DRIVER)
_KILLED = re.compile(r"\b137\b|SIGKILL|Killed by external signal")
_OF_THE_APPLICATION = ("job_failure", "sql_failure", *_OF_THE_REST)
_EXECUTOR = re.compile(r"[Ee]xecutor (?:with id )?(\d+|driver)\b|-exec-(\d+)\b")
_HOLDER = re.compile(r"BlockManagerId\((\w+), ([^,\s]+)")
_HOST = re.compile(r"(?:on host:?|Failed to connect to|Connection from|on) ([A-Za-z][\w.-]*[\w])")
_STAGE = re.compile(r"\bstage (\d+)")
# An error of the user's code ends a task; these end the process that ran it.
_LETHAL = re.compile(
    r"OutOfMemory|OOMKilled|memory limit|No space left|Evicted|low on resource|SIG(?:SEGV|BUS|KILL)|fatal error|"
    r"insufficient memory|[Pp]reempt|[Dd]ecommission|lost|UNHEALTHY|[Dd]isk|StackOverflowError|ephemeral|GC overhead|"
    r"NO_SLAVE_LEFT|disrupted|Could not create the Java|"
    # These keep it from starting.
    r"FailedScheduling|nodes? (?:is|are) available|Unschedulable|quota|ImagePull|ErrImage|max threshold|"
    r"resource is empty"
)


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain.

    Attributes:
        item: The fact that tells of it.
        line: What it says; a symptom's may be shortened in the middle, the cause's never.
        level: How far from a first cause it is by its own words.
        by: How it was found to explain what follows it: one message says both, both name one executor, host or stage,
            or nothing but their order; ``start`` for the last link, from which the search began.
    """

    item: EvidenceItem
    line: str
    level: Level
    by: LinkedBy

    @property
    def is_cause(self) -> bool:
        """Whether it may be a first cause: not a mere consequence of something that nobody wrote down."""
        return self.level <= Level.NODE


@dataclass(frozen=True, slots=True)
class _Read:
    """A fact taken apart."""

    item: EvidenceItem
    steps: tuple[Step, ...]
    executors: frozenset[str]
    hosts: frozenset[str]
    stages: frozenset[str]

    @property
    def level(self) -> Level:
        return self.steps[-1].level


def causal_chain(items: Sequence[EvidenceItem]) -> tuple[Link, ...]:
    """The first cause first, then what followed from it, one after the other; empty where nothing failed.

    Where the first link is no cause (:attr:`Link.is_cause`), the facts hold symptoms only.
    """
    failures = [item for item in items if item.kind != "metric" and rules.is_failure(item)]
    read = [_read(item) for item in failures if not is_talk(item.message)]
    best: list[Link] = []
    for start in _starts(read):
        found = _full_container(_down_from(start, read), items)
        best = best or found
        if found[-1].is_cause or _ended_it(best[0].item):
            # Where nothing explains what ended the application, an error that a retry repaired does not, either.
            best = best if _ended_it(best[0].item) else found
            break
    return tuple(_shortened(_with_symptoms(_at_home(best[::-1], read), read))) if best else ()


def first_cause(chain: Sequence[Link]) -> EvidenceItem | None:
    """The fact that tells of the first cause; None where the chain holds symptoms only."""
    return chain[0].item if chain and chain[0].is_cause else None


def _read(item: EvidenceItem) -> _Read:
    steps = steps_of(item)
    text = item.message
    holders = _HOLDER.findall(text)
    where = item.source if item.kind in {"executor_removed", "executor_log"} or not holders else ""
    # The task that asked in vain ran elsewhere: what counts is whose files they were.
    named = [one or other for one, other in _EXECUTOR.findall(f"{where}\n{'' if holders else text}")]
    return _Read(
        item,
        steps,
        frozenset([*named, *(holder for holder, _ in holders)]),
        frozenset([*_HOST.findall(text), *(host for _, host in holders)]),
        frozenset(_STAGE.findall(f"{item.source}\n{text}")),
    )


def _ended_it(item: EvidenceItem) -> bool:
    driver = item.kind == "driver_log" and _ENDED_BY.match(item.message) is not None
    return driver or item.kind in {"job_failure", "sql_failure"}


def _starts(read: Sequence[_Read]) -> Iterator[_Read]:
    """Where to start looking: what ended the application first, exceptions before words; of several jobs the last."""

    def order(entry: tuple[int, _Read]) -> tuple[bool, bool, int, int]:
        position, one = entry
        ended = one.item.kind == "driver_log" and _ended_it(one.item)
        thrown = ended or bool(one.item.exception_class) or one.item.kind in {"job_failure", "stage_failure"}
        later = -position if _ended_it(one.item) else position
        return not ended, not thrown, _START_KINDS.index(one.item.kind), later

    return iter([one for _, one in sorted(enumerate(read), key=order)])


def _down_from(start: _Read, read: Sequence[_Read]) -> list[Link]:
    """From a symptom to what explains it, as far as the facts go."""
    links = list(_links(start, "start"))
    seen = {id(start)}
    current = start
    while current.level > Level.CAUSE and (found := _explanation(current, read, seen)):
        current, by = found
        seen.add(id(current))
        links += _links(current, by)
    return links


def _full_container(links: list[Link], items: Sequence[EvidenceItem]) -> list[Link]:
    """Behind a process that was killed and nobody says why: the figure that shows its container full."""
    last = links[-1]
    if last.level is Level.PROCESS and _KILLED.search(last.line):
        for item in items:
            if item.kind == "metric" and AT_LIMIT in item.message:
                return [*links, Link(item, item.message, Level.CAUSE, "order")]
    return links


def _links(read: _Read, by: LinkedBy) -> Iterator[Link]:
    """The steps of one fact; an outer step is never nearer to the cause than an inner one."""
    for position, step in enumerate(read.steps):
        inner = max(later.level for later in read.steps[position:])
        wrapper = Level.TASK if position < len(read.steps) - 1 and inner is Level.CAUSE else inner
        yield Link(read.item, step.line, max(step.level, wrapper), by if position == 0 else "message")


def _explanation(symptom: _Read, read: Sequence[_Read], seen: set[int]) -> tuple[_Read, LinkedBy] | None:
    about_executors = symptom.level <= Level.FETCH
    whole = symptom.level is Level.DRIVER
    kinds = _OF_EXECUTORS if about_executors else _OF_THE_APPLICATION if whole else _OF_THE_REST
    fits: list[tuple[tuple[int, int, int, int], _Read, LinkedBy]] = []
    near: tuple[LinkedBy, ...] = ("executor", "host", "stage", "order")
    for position, other in enumerate(read):
        if id(other) in seen or other.item.kind not in kinds or not _is_deeper(symptom, other):
            continue
        by = _link(symptom, other, about_executors=about_executors)
        own_word = other.item.kind in {"executor_log", "executor_removed"}
        if about_executors and other.level is Level.CAUSE and not own_word and not _LETHAL.search(other.item.message):
            continue
        # Step by step where the facts name each other, else straight to what says most.
        step = -other.level if by in {"executor", "host"} else other.level
        # What ended a whole application was said last, what started anything else first.
        place = -position if whole else position
        fits.append(((near.index(by), step, kinds.index(other.item.kind), place), other, by))
    if not fits:
        return None
    _, found, by = min(fits, key=lambda fit: fit[0])
    return found, by


def _is_deeper(symptom: _Read, other: _Read) -> bool:
    """Whether ``other`` may explain the symptom; of a lost node the cluster's own word, if not an executor's end."""
    own_word = other.item.kind != "executor_removed" and symptom.item.kind == "executor_removed"
    return other.level < symptom.level or (other.level == symptom.level == Level.NODE and own_word)


def _link(symptom: _Read, other: _Read, *, about_executors: bool) -> LinkedBy:
    if about_executors and symptom.executors & other.executors:
        return "executor"
    if about_executors and any(host in other.item.message for host in symptom.hosts):
        return "host"
    if not about_executors and symptom.stages & other.stages:
        return "stage"
    return "order"


def _at_home(chain: list[Link], read: Sequence[_Read]) -> list[Link]:
    """The chain with its first link where it happened: a job and a query retell what a task or an executor said."""
    first = chain[0]
    if first.item.kind in _AT_HOME:
        return chain
    for other in read:
        if other.item.kind in _AT_HOME and say_the_same(other.steps[-1].line, first.line):
            return [Link(other.item, other.steps[-1].line, first.level, first.by), *chain[1:]]
    return chain


def _with_symptoms(chain: list[Link], read: Sequence[_Read]) -> list[Link]:
    """The chain with other symptoms that go back to it, one a level, so that they are seen to be no causes."""
    inside = {id(link.item) for link in chain}
    levels = {link.level for link in chain}
    for other in read:
        if other.level in levels or other.level not in _BELOW or id(other.item) in inside:
            continue
        path = _down_from(other, read)
        if any(id(link.item) in inside for link in path[1:]):
            levels.add(other.level)
            chain.append(Link(other.item, other.steps[-1].line, other.level, "order"))
    return sorted(chain, key=lambda link: link.level)


def _shortened(chain: list[Link]) -> Iterator[Link]:
    seen: set[str] = set()
    kept = [link for link in chain if not (link.line in seen or seen.add(link.line))]  # type: ignore[func-returns-value]
    # The cause and what is nearest to it, and how it ended.
    kept = kept if len(kept) <= MAX_LINKS else [*kept[: MAX_LINKS - 1], kept[-1]]
    for position, link in enumerate(kept):
        half = _MAX_SYMPTOM // 2
        long = position > 0 and len(link.line) > _MAX_SYMPTOM
        yield Link(link.item, f"{link.line[:half]} [...] {link.line[-half:]}", link.level, link.by) if long else link
