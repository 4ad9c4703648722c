"""Kubernetes: how the pods of an application ended, their logs, and the operators' SparkApplication.

Formats follow the documentation of Kubernetes' core/v1 API and the sources of both operators
(``sparkoperator.k8s.io/v1beta2`` and ``spark.apache.org/v1``); they were not tested on a real Kubernetes. Spark deletes
executor pods when they end unless ``spark.kubernetes.executor.deleteOnTermination`` is false.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from sparkwright.errors import ContextError
from sparkwright.history.context.findings import (
    NO_FILES,
    AroundLog,
    FileState,
    FinalStatus,
    Findings,
    Keys,
    Line,
    Remark,
    Subject,
)
from sparkwright.history.context.kubernetes_objects import Metadata, Objects, Pod, Pods, misfortune, remarks_of
from sparkwright.history.context.text import DRIVER_END_BYTES, EXECUTOR_END_BYTES

if TYPE_CHECKING:
    from sparkwright.history.context.rest import Rest

_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?")
_TAIL_LINES = 50_000
_DRIVER_LABEL = "spark.kubernetes.driver.label."
_KUBEFLOW_NAME = _DRIVER_LABEL + "sparkoperator.k8s.io/app-name"
_APACHE_NAME = _DRIVER_LABEL + "spark.operator/spark-app-name"
_KUBEFLOW_STATUS: dict[str, FinalStatus] = {
    "COMPLETED": "succeeded",
    "FAILED": "failed",
    "SUBMISSION_FAILED": "failed",
}
# org.apache.spark.k8s.operator.status.ApplicationStateSummary: states that say how it ended; later ones only clean up.
_APACHE_STATUS: dict[str, FinalStatus] = {
    "Succeeded": "succeeded",
    "Failed": "failed",
    "DriverEvicted": "failed",
    "SchedulingFailure": "failed",
    "DriverStartTimedOut": "failed",
    "DriverReadyTimedOut": "failed",
    "ExecutorsStartTimedOut": "failed",
}


class _KubeflowState(msgspec.Struct, rename="camel"):
    state: str = ""
    error_message: str = ""


class _KubeflowStatus(msgspec.Struct, rename="camel"):
    spark_application_id: str = ""
    application_state: _KubeflowState = msgspec.field(default_factory=_KubeflowState)


class _KubeflowApplication(msgspec.Struct):
    status: _KubeflowStatus = msgspec.field(default_factory=_KubeflowStatus)


class _ApacheState(msgspec.Struct, rename="camel"):
    current_state_summary: str = ""
    message: str | None = None
    last_transition_time: datetime | None = None


class _ApacheStatus(msgspec.Struct, rename="camel"):
    state_transition_history: dict[str, _ApacheState] = {}


class _ApacheApplication(msgspec.Struct):
    metadata: Metadata
    status: _ApacheStatus = msgspec.field(default_factory=_ApacheStatus)


class Kubernetes:
    """The API server; every request is limited to the namespace that the application ran in."""

    def __init__(self, server: "Rest") -> None:
        self._server = server

    def state(self, keys: Keys) -> FileState:
        """Always :data:`NO_FILES`: the API holds no files."""
        return NO_FILES

    def look(self, subject: Subject) -> Findings:
        """How the driver's and the executors' pods ended; if the driver's is gone, what an operator remembers."""
        if (namespace := _namespace(subject)) is None:
            return Findings()
        findings = Findings()
        try:
            pods = self._pods(subject, namespace)
            for pod in pods:
                findings.add(_findings(pod))
            if findings.final_status != "succeeded":
                findings.add(self._events(subject, namespace, {pod.metadata.name for pod in pods}))
            if findings.final_status is None and not findings.awaited:
                findings.add(self._operator(subject, namespace))
        except ContextError as error:
            findings.add(Findings(awaited=True, faults={error.place: str(error)}))
        return findings

    def logs(self, subject: Subject) -> list[AroundLog]:
        """The logs of the driver's pod and of executors' pods that had trouble, if the pods still exist."""
        if (namespace := _namespace(subject)) is None:
            return []
        try:
            pods = self._pods(subject, namespace)
        except ContextError:  # look() has already reported it
            return []
        return [
            self._log(pod, namespace)
            for pod in pods
            if pod.executor_id is None or subject.worth_reading(pod.executor_id)
        ]

    def _pods(self, subject: Subject, namespace: str) -> list[Pod]:
        selector = {"labelSelector": f"spark-app-selector={subject.keys.app_id}", "limit": "1000"}
        answer = self._server.json(f"/api/v1/namespaces/{namespace}/pods", Pods, selector)
        return [pod for pod in answer.items if _NAME.fullmatch(pod.metadata.name)] if answer else []

    def _events(self, subject: Subject, namespace: str, pods: set[str]) -> Findings:
        """Warnings about the application's pods, for an hour even of deleted ones; a role may be denied them."""
        prefix = subject.properties.get("spark.kubernetes.executor.podNamePrefix", "")
        names = pods | {subject.properties.get("spark.kubernetes.driver.pod.name", "")}
        asked = {"fieldSelector": "type=Warning,involvedObject.kind=Pod", "limit": "1000"}
        try:
            answer = self._server.json(f"/api/v1/namespaces/{namespace}/events", Objects, asked)
        except ContextError as error:
            return Findings(faults={f"{error.place}, events": str(error)})
        remarks = remarks_of({"kind": "EventList", "items": answer.items if answer else []})
        of_pods = (
            remark
            for remark in remarks
            if (name := remark.source.rpartition(" ")[2]) in names or (prefix and name.startswith(f"{prefix}-exec-"))
        )
        return Findings(remarks=list(of_pods))

    def _log(self, pod: Pod, namespace: str) -> AroundLog:
        end_bytes = DRIVER_END_BYTES if pod.executor_id is None else EXECUTOR_END_BYTES
        params = {"tailLines": str(_TAIL_LINES)}
        if _NAME.fullmatch(pod.container.name):
            params["container"] = pod.container.name

        def lines() -> Iterator[Line]:
            path = f"/api/v1/namespaces/{namespace}/pods/{pod.metadata.name}/log"
            yield from self._server.lines(path, params, end_bytes, from_start=False)

        return AroundLog(f"pod {pod.metadata.name} log", pod.executor_id, lines)

    def _operator(self, subject: Subject, namespace: str) -> Findings:
        """The state of the SparkApplication that belongs to this application, if there is one."""
        if name := _resource(subject, _KUBEFLOW_NAME):
            path = f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{namespace}/sparkapplications/{name}"
            kubeflow = self._server.json(path, _KubeflowApplication)
            # The resource of a recurring application describes its last run.
            if kubeflow is not None and kubeflow.status.spark_application_id == subject.keys.app_id:
                state = kubeflow.status.application_state
                return _told(name, _KUBEFLOW_STATUS.get(state.state), state.state, state.error_message)
        if name := _resource(subject, _APACHE_NAME):
            path = f"/apis/spark.apache.org/v1/namespaces/{namespace}/sparkapplications/{name}"
            apache = self._server.json(path, _ApacheApplication)
            if apache is not None:
                return _apache_findings(name, apache, subject)
        return Findings()


def _namespace(subject: Subject) -> str | None:
    """The namespace of the application's pods; None if it has none, or its names are not safe in an address."""
    namespace = subject.properties.get("spark.kubernetes.namespace") or "default"
    asked = subject.platform == "kubernetes" and _NAME.fullmatch(subject.keys.app_id) and _NAME.fullmatch(namespace)
    return namespace if asked else None


def _resource(subject: Subject, label: str) -> str:
    name = subject.properties.get(label, "")
    return name if _NAME.fullmatch(name) else ""


def _findings(pod: Pod) -> Findings:
    """The findings from one pod."""
    source = f"pod {pod.metadata.name}"
    text = misfortune(pod)
    if pod.executor_id is not None:
        return Findings(remarks=[Remark(source, text, pod.executor_id)] if text else [])
    if pod.metadata.labels.get("spark-role") != "driver":
        return Findings()
    statuses: dict[str, Literal["succeeded", "failed"]] = {"Succeeded": "succeeded", "Failed": "failed"}
    end = pod.container.end
    return Findings(
        exit_code=end.exit_code if end else None,
        final_status=statuses.get(pod.status.phase),
        remarks=[Remark(source, f"driver {text}")] if text else [],
        awaited=pod.status.phase in {"Pending", "Running", "Unknown"},
    )


def _told(name: str, status: FinalStatus | None, state: str, message: str) -> Findings:
    failed = status is not None and status != "succeeded"
    text = f"SparkApplication {name} is {state}: {message or 'no message'}"
    return Findings(final_status=status, remarks=[Remark(f"SparkApplication {name}", text)] if failed else [])


def _apache_findings(name: str, apache: _ApacheApplication, subject: Subject) -> Findings:
    """The first end of the application after this run's start.

    The resource does not name the run, so times must match; later ends are those of restarts.
    """
    created = apache.metadata.creation_timestamp
    if created is None or created.timestamp() * 1000 > subject.started_ms:
        return Findings()
    ends = [
        state
        for _, state in sorted(apache.status.state_transition_history.items(), key=lambda item: (len(item[0]), item[0]))
        if state.current_state_summary in _APACHE_STATUS
        and state.last_transition_time is not None
        and state.last_transition_time.timestamp() * 1000 >= subject.started_ms
    ]
    if not ends:
        return Findings()
    state = ends[0].current_state_summary
    return _told(name, _APACHE_STATUS[state], state, ends[0].message or "")
