"""Signs of trouble in Kubernetes objects: pods, their containers and conditions, events, nodes.

Formats follow the API documentation of ``core/v1`` and ``events.k8s.io/v1``, as the API server returns them and
``kubectl get pod,event,node -o json`` prints them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from sparkwright.history.context.findings import Remark

_TOLD_TO_STOP = {0, 143}  # 143: SIGTERM, which every deleted pod gets
_ON_ITS_WAY = {"ContainerCreating", "PodInitializing", ""}
# Reasons of events of type Normal that still explain an end.
_TELLING_NORMAL = {"TaintManagerEviction", "NodeNotReady", "Preempted", "Evicted", "NodeShutdown"}
# A pod that never ran had no executor to lose.
_NEVER_RAN = re.compile(r"^Failed(?!Kill)|BackOff|Unhealthy|InspectFailed|ErrImage")
_PRESSURES = {"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"}
_EXECUTOR_POD = re.compile(r"-exec-(\d+)$")


class Metadata(msgspec.Struct, rename="camel"):
    """Name and labels of an object."""

    name: str = ""
    labels: dict[str, str] = {}
    creation_timestamp: datetime | None = None


class Terminated(msgspec.Struct, rename="camel"):
    """How a container ended."""

    exit_code: int = 0
    reason: str = ""
    message: str = ""


class Waiting(msgspec.Struct):
    """Why a container does not start."""

    reason: str = ""
    message: str = ""


class State(msgspec.Struct, rename="camel"):
    """What a container is doing."""

    terminated: Terminated | None = None
    waiting: Waiting | None = None


class Container(msgspec.Struct, rename="camel"):
    """One container in the status of a pod."""

    name: str = ""
    state: State = msgspec.field(default_factory=State)
    last_state: State = msgspec.field(default_factory=State)

    @property
    def end(self) -> Terminated | None:
        """How it ended, this time or the last."""
        return self.state.terminated or self.last_state.terminated


class Condition(msgspec.Struct):
    """One condition of a pod or a node."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class PodStatus(msgspec.Struct, rename="camel"):
    """What became of a pod."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: list[Condition] = []
    container_statuses: list[Container] = []
    init_container_statuses: list[Container] = []


class Resources(msgspec.Struct):
    """The limits of a container."""

    limits: dict[str, str | int] = {}


class ContainerSpec(msgspec.Struct):
    """One container in the specification of a pod."""

    name: str = ""
    resources: Resources | None = None


class PodSpec(msgspec.Struct, rename="camel"):
    """The specification of a pod."""

    containers: list[ContainerSpec] = []
    node_name: str = ""


class Pod(msgspec.Struct):
    """One pod."""

    metadata: Metadata
    spec: PodSpec = msgspec.field(default_factory=PodSpec)
    status: PodStatus = msgspec.field(default_factory=PodStatus)

    @property
    def executor_id(self) -> str | None:
        """None for the driver."""
        return self.metadata.labels.get("spark-exec-id") or None

    @property
    def container(self) -> Container:
        """Spark's own container; others are sidecars."""
        found = self.status.container_statuses
        spark = [container for container in found if container.name.startswith("spark-kubernetes-")]
        return (spark or found or [Container()])[0]

    @property
    def memory_limit(self) -> str:
        """The memory limit of Spark's container; empty if it has none."""
        for spec in self.spec.containers:
            if spec.resources and spec.name == self.container.name:
                return str(spec.resources.limits.get("memory", ""))
        return ""


class Pods(msgspec.Struct):
    """A list of pods."""

    items: list[Pod] = []


class Objects(msgspec.Struct):
    """A list of objects of any kind."""

    items: list[dict[str, Any]] = []


class _Object(msgspec.Struct):
    kind: str = ""
    name: str = ""


class _Event(msgspec.Struct, rename="camel"):
    type: str = ""
    reason: str | None = ""
    message: str | None = ""
    note: str | None = ""
    involved_object: _Object = msgspec.field(default_factory=_Object)
    regarding: _Object = msgspec.field(default_factory=_Object)


class _NodeStatus(msgspec.Struct):
    conditions: list[Condition] = []


class _Node(msgspec.Struct):
    metadata: Metadata
    status: _NodeStatus = msgspec.field(default_factory=_NodeStatus)


def misfortune(pod: Pod) -> str:
    """How a pod failed or why it does not start, in one line; empty if nothing is wrong."""
    parts = [*_of_container(pod.container, pod.memory_limit)]
    for container in pod.status.init_container_statuses:
        parts += (f"init container {container.name}: {text}" for text in _of_container(container, ""))
    if pod.status.reason:
        parts.append(f"{pod.status.reason}: {pod.status.message}")
    for condition in pod.status.conditions:
        if condition.type == "DisruptionTarget" and condition.status == "True":
            parts.append(f"disrupted by {condition.reason}: {condition.message}")
        elif condition.type == "PodScheduled" and condition.status == "False":
            parts.append(f"not scheduled, {condition.reason}: {condition.message}")
    return f"pod {pod.metadata.name}: {'; '.join(parts)}" if parts else ""


def _of_container(container: Container, memory_limit: str) -> Iterator[str]:
    end = container.end
    if end and (end.exit_code not in _TOLD_TO_STOP or end.reason == "OOMKilled"):
        limit = f", memory limit {memory_limit}" if memory_limit else ""
        yield f"container terminated, reason {end.reason or 'not given'}, exit code {end.exit_code}{limit}"
        if end.message:
            yield end.message
    waiting = container.state.waiting
    if waiting and waiting.reason not in _ON_ITS_WAY:
        yield f"container waiting, reason {waiting.reason}: {waiting.message}"


def remarks_of(answer: Mapping[str, Any]) -> Iterator[Remark]:
    """Remarks in a decoded response that holds one object or a list of any kinds; malformed objects yield none.

    Remarks about a driver's pod or a node, and events that are not about an executor, have no ``executor_id``.
    """
    kind = str(answer.get("kind") or "")
    items = answer.get("items")
    objects = items if isinstance(items, list) else [answer]
    of_all = kind.removesuffix("List")
    for one in objects:
        if isinstance(one, dict):
            try:
                yield from _remarks(str(one.get("kind") or of_all), one)
            except msgspec.ValidationError:
                continue


def _remarks(kind: str, one: dict[str, Any]) -> Iterator[Remark]:
    if kind == "Pod":
        pod = msgspec.convert(one, Pod, strict=False)
        if text := misfortune(pod):
            who = "" if pod.executor_id else "driver " if pod.metadata.labels.get("spark-role") == "driver" else ""
            yield Remark(f"pod {pod.metadata.name}", who + text, pod.executor_id)
    elif kind == "Event":
        event = msgspec.convert(one, _Event, strict=False)
        about = event.involved_object if event.involved_object.name else event.regarding
        reason, message = event.reason or "", event.message or event.note or ""
        if event.type == "Warning" or reason in _TELLING_NORMAL:
            executor = _EXECUTOR_POD.search(about.name)
            gone = executor[1] if executor and not _NEVER_RAN.search(reason) else None
            name = f"{about.kind.lower() or 'object'} {about.name}"
            yield Remark(f"event of {name}", f"{name}: {reason}: {message}", gone)
    elif kind == "Node":
        node = msgspec.convert(one, _Node)
        for condition in node.status.conditions:
            low = condition.type in _PRESSURES and condition.status == "True"
            if low or (condition.type == "Ready" and condition.status != "True"):
                state = condition.type if low else "NotReady"
                text = f"node {node.metadata.name}: {state}, {condition.reason}: {condition.message}"
                yield Remark(f"node {node.metadata.name}", text)
