"""The baseline and the fallback: evidence to a root cause, by the marks causes leave in logs.

Rules are careful where logs are: exit codes 137 and 143 prove nothing alone, what follows from a failure (a lost
executor, a failed fetch) never hides the failure itself, and what ended the application counts more than what a
retry repaired.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.measured import tells_of_idle_cores, tells_of_skew
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, UNKNOWN, RootCause, Strength
from sparkwright.diagnosis.taxonomy.conditions.named import printed_in
from sparkwright.diagnosis.taxonomy.marks.search import marks_in
from sparkwright.diagnosis.together import named_together
from sparkwright.spark.platform import platform_of

_RELEASED = re.compile(
    r"Executor killed by driver|explicit termination request|was idle|idle executor|driver disassociated|"
    r"Executor decommission",
    re.IGNORECASE,
)
_TAKEN = re.compile(r"\bspot\b|preempt", re.IGNORECASE)  # let go, because its machine is taken away
_FINAL_KINDS = {"job_failure", "sql_failure", "driver_log", "final_status", "stage_failure"}
_TASK_TALK = re.compile(
    r"Lost task|aborted due to stage failure|ExecutorLostFailure|\bTID \d+\)|in stage \d+\.\d+|Lost executor|"
    r"Executor heartbeat timed out|TaskResultLost|Executor \d+ (exited|is lost)|Executor task launch|"
    r"Container (from a bad node|marked as failed)|executor failures|CoarseGrainedExecutorBackend|"
    r"executor_?id[=: ]+\d+|-exec-\d+\b|executor with id \d+|FetchFailed|"
    r"Most recent failure reason",
    re.IGNORECASE,
)
_LOCAL_EXECUTOR = re.compile(r"executor driver\b|\bexecutor(?:_id)?[=: ]driver\b", re.IGNORECASE)
_CAUSED_BY = re.compile(r"\bCaused by: ")
_KILLS = ("container_memory_kill", "driver_container_memory_kill", "driver_node_out_of_memory", "disk_full")
_REASONS = {
    # People and platforms act on these.
    "application_killed_externally": ("resource_starvation", "disk_full", "pod_unschedulable"),
    # What dies of these leaves its sockets, workers and services dead.
    "python_worker_crash": (*_KILLS, "python_memory_exceeded", "native_memory_exhausted", "jvm_native_crash"),
    "connection_refused": (
        *_KILLS,
        "driver_heap_oom",
        "executor_heap_oom",
        "node_preempted",
        "tls_handshake_failure",
        "authentication_failure",
    ),
    "driver_unreachable": (*_KILLS, "driver_heap_oom", "kubernetes_rbac_denied"),
    "node_lost": ("disk_full", "node_preempted"),
    # A stage tells the last exception only, without the trace that says whose stream it was.
    "corrupt_file": ("shuffle_data_corruption",),
    "shuffle_service_unavailable": (*_KILLS, "node_preempted", "node_lost"),
    "heap_pressure": (
        *_KILLS,
        "driver_heap_oom",
        "executor_heap_oom",
        "broadcast_too_large",
        "driver_result_size_exceeded",
        "two_gb_limit_exceeded",
        "execution_memory_exhausted",
    ),
    "jvm_native_crash": (
        *_KILLS,
        "native_memory_exhausted",
        "native_thread_limit",
        "native_library_missing",
        "executor_heap_oom",
        "driver_heap_oom",
        "gpu_memory_oom",
    ),
    "output_commit_failure": ("disk_full", "permission_denied", "service_throttled", "storage_limit_exceeded"),
    "state_store_failure": ("disk_full", "checkpoint_corrupt", "streaming_checkpoint_mismatch"),
    "cluster_manager_unavailable": (
        "tls_handshake_failure",
        "kubernetes_rbac_denied",
        "token_expired",
        "authentication_failure",
        "namespace_quota_exceeded",
    ),
}
"""Causes that others lead to: where one of those left a mark, too, it came first."""
_ORDER = {name: position for position, name in enumerate(ROOT_CAUSES)}
_MAX_CHARS = 12_000
_CACHED_TEXTS = 4_096


@dataclass(frozen=True, slots=True)
class Attribution:
    """A failure put down to a cause, by the rules or by a language model.

    Attributes:
        cause: The root cause; ``unknown`` where nothing points to one.
        evidence: The facts it rests on, strongest first; empty for ``unknown``.
        runner_up: The next likeliest cause with its facts, where the facts carry marks of another.
    """

    cause: RootCause
    evidence: tuple[EvidenceItem, ...]
    runner_up: "Attribution | None" = None


class _Found(NamedTuple):
    """A mark in a text: of which cause, what it proves, and below how many `Caused by` it stands."""

    cause: RootCause
    strength: Strength
    depth: int


def diagnose(
    items: Sequence[EvidenceItem], properties: Mapping[str, str] | None = None, without: Collection[str] = ()
) -> Attribution:
    """The likeliest root cause and the facts it rests on.

    Args:
        items: Facts about one application.
        properties: Its ``spark.*`` properties, if known: with a local master there is no executor but the driver.
        without: Causes whose marks are passed over, to see what happens where a cause is not known.
    """
    is_local = _is_local(items, properties)
    ranked = sorted(
        (
            (*_weight(item, found), -_ORDER[found.cause.name], -position, found.cause, item)
            for position, item in enumerate(items)
            for found in _found_in(item, is_local)
            if found.cause.name not in without
        ),
        key=lambda entry: entry[:-2],
        reverse=True,
    )
    by_cause: dict[str, list[EvidenceItem]] = {}
    for *_, cause, item in ranked:
        by_cause.setdefault(cause.name, []).append(item)
    answers = [Attribution(ROOT_CAUSES[name], tuple(cited)) for name, cited in by_cause.items()]
    if not answers:
        return Attribution(UNKNOWN, ())
    first = _before(answers)
    if ranked[0][0] <= Strength.SYMPTOM:
        together = named_together(items, by_cause.keys())
        first = next((answer for answer in answers if answer.cause.name == together), first)
    others = [answer for answer in answers if answer is not first]
    return Attribution(first.cause, first.evidence, others[0] if others else None)


def _before(answers: Sequence[Attribution]) -> Attribution:
    """The first answer, or what led to it."""
    reasons = _REASONS.get(answers[0].cause.name, ())
    return next((answer for answer in answers if answer.cause.name in reasons), answers[0])


def marked(
    items: Sequence[EvidenceItem], properties: Mapping[str, str] | None = None, without: Collection[str] = ()
) -> dict[str, Strength]:
    """Every cause that left a mark in some facts, with its strongest; arguments as for :func:`diagnose`.

    What wraps the exception that names a cause in one fact follows from it, and counts as a symptom in all of them: a
    stage tells only the outer one.
    """
    is_local = _is_local(items, properties)
    strongest: dict[str, Strength] = {}
    wrapping: set[str] = set()
    within: set[str] = set()
    for item in items:
        there = [found for found in _found_in(item, is_local) if found.cause.name not in without]
        innermost = max((found.depth for found in there if found.strength is Strength.SPECIFIC), default=0)
        for cause, strength, depth in there:
            strongest[cause.name] = max(strength, strongest.get(cause.name, strength))
            if depth < innermost:
                wrapping.add(cause.name)
            elif depth:
                within.add(cause.name)
    followed = wrapping - within
    said = {name: min(most, Strength.SYMPTOM) if name in followed else most for name, most in strongest.items()}
    if said and max(said.values()) <= Strength.SYMPTOM:
        together = named_together(items, said.keys())
        if together is not None:
            said[together] = Strength.SPECIFIC
    return said


def is_failure(item: EvidenceItem) -> bool:
    """Whether a fact tells of something that went wrong by itself.

    An executor that the driver let go (dynamic allocation's idle ones, decommission) is no loss; a task that is
    resubmitted had succeeded, and what was lost is told by the executor that went.
    """
    if item.kind == "executor_removed":
        return _RELEASED.search(item.message) is None or _TAKEN.search(item.message) is not None
    return not (item.kind == "task_failure" and item.exception_class == "Resubmitted")


def marks_of(item: EvidenceItem) -> Iterator[tuple[RootCause, Strength]]:
    """Every cause whose mark this fact carries, with the strongest such mark."""
    for found in _found_in(item):
        yield found.cause, found.strength


def _found_in(item: EvidenceItem, is_local: bool = False) -> tuple[_Found, ...]:
    """The marks of a fact, the strongest of each cause.

    What we measured ourselves (an exit code, the share of garbage collection) names no cause: the words are ours. What
    others measured may say that a task had far more to do than its neighbours, or that it had none.
    """
    if item.kind == "metric":
        if tells_of_idle_cores(item.message):
            return (_Found(ROOT_CAUSES["few_partitions"], Strength.SPECIFIC, 0),)
        return (_Found(ROOT_CAUSES["skewed_data"], Strength.GENERAL, 0),) if tells_of_skew(item.message) else ()
    if not is_failure(item):
        return ()
    text = _one_line(item)
    return _marks_in(text, "driver" if is_local else _side(item.kind, text))


@lru_cache(maxsize=_CACHED_TEXTS)
def _marks_in(text: str, side: str) -> tuple[_Found, ...]:
    best: dict[str, tuple[Strength, int]] = {}
    for name, strength, position in _all_marks(text, side):
        proved = (strength, _depth(text, position))
        best[name] = max(best.get(name, proved), proved)
    return tuple(_Found(ROOT_CAUSES[name], *proved) for name, proved in best.items())


def _all_marks(text: str, side: str) -> Iterator[tuple[str, Strength, int]]:
    yield from printed_in(text)
    yield from marks_in(text, side)


def _depth(text: str, position: int) -> int:
    return sum(1 for _ in _CAUSED_BY.finditer(text, 0, position))


def _one_line(item: EvidenceItem) -> str:
    """Class and message with every run of whitespace one space, bounded: the first and last parts of what is longer."""
    message = item.message
    if len(message) > _MAX_CHARS:
        message = f"{message[: _MAX_CHARS // 2]} {message[-_MAX_CHARS // 2 :]}"
    text = " ".join(message.split())
    name = item.exception_class
    return text if not name or text.startswith(name) else f"{name}: {text}"


def _side(kind: str, text: str) -> str:
    """Where it happened; a driver's log talks about tasks, too."""
    in_task = kind in ("task_failure", "executor_removed", "executor_log") or _TASK_TALK.search(text) is not None
    return "executor" if in_task else "driver"


def _is_local(items: Sequence[EvidenceItem], properties: Mapping[str, str] | None) -> bool:
    if properties is not None and properties.get("spark.master"):
        return platform_of(properties["spark.master"]) == "local"
    return any(_LOCAL_EXECUTOR.search(_one_line(item)) for item in items)


def _weight(item: EvidenceItem, found: _Found) -> tuple[int, bool, int]:
    """Sort key: what names the cause before kinds of errors before symptoms, then what ended the application."""
    return found.strength, item.kind in _FINAL_KINDS, found.depth
