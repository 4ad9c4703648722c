"""Events about executors: what they are given, when they come and go, what keeps tasks away, their peaks."""

import re

from msgspec import Struct

from sparkwright.history.events.long import Long
from sparkwright.history.events.task_events import ExecutorMetrics

_CONTAINER = re.compile(r"container_(?:e\d+_)?\d+_\d+_\d+_\d+")


class ResourceRequest(Struct, rename={"amount": "Amount"}, gc=False):
    """The amount of one resource; memory in MiB."""

    amount: float = 0


class ResourceProfile(
    Struct,
    rename={
        "profile_id": "Resource Profile Id",
        "executor": "Executor Resource Requests",
        "task": "Task Resource Requests",
    },
    gc=False,
):
    """What executors of one profile are given (Spark 3.1 and later); profile 0 follows from the properties."""

    profile_id: Long
    executor: dict[str, ResourceRequest] = {}
    task: dict[str, ResourceRequest] = {}


class ExecutorInfo(
    Struct,
    rename={
        "host": "Host",
        "cores": "Total Cores",
        "profile_id": "Resource Profile Id",
        "log_urls": "Log Urls",
        "attributes": "Attributes",
    },
    gc=False,
):
    """Where an executor runs and what it was given."""

    host: str | None = None
    cores: Long | None = None
    profile_id: Long = 0
    log_urls: dict[str, str | None] | None = None
    attributes: dict[str, str | None] | None = None

    @property
    def container_id(self) -> str:
        """YARN's id of its container; empty elsewhere."""
        return container_id(self.attributes, self.log_urls)


class ExecutorAdded(
    Struct, rename={"time_ms": "Timestamp", "executor_id": "Executor ID", "info": "Executor Info"}, gc=False
):
    """An executor registered."""

    executor_id: str
    time_ms: Long = -1
    info: ExecutorInfo | None = None


class ExecutorRemoved(
    Struct, rename={"time_ms": "Timestamp", "executor_id": "Executor ID", "reason": "Removed Reason"}, gc=False
):
    """An executor went away."""

    executor_id: str
    time_ms: Long = -1
    reason: str | None = None


class ExecutorExcluded(Struct, rename={"executor_id": "executorId"}, gc=False):
    """An executor is given no more tasks."""

    executor_id: str


class ExecutorUnexcluded(ExecutorExcluded, gc=False):
    """An executor is given tasks again."""


class NodeExcluded(Struct, rename={"host": "hostId"}, gc=False):
    """The executors of a node are given no more tasks."""

    host: str


class NodeUnexcluded(NodeExcluded, gc=False):
    """The executors of a node are given tasks again."""


class ExecutorExcludedForStage(
    Struct,
    rename={"executor_id": "executorId", "stage_id": "stageId", "attempt_id": "stageAttemptId"},
    gc=False,
):
    """An executor is given no more tasks of one stage."""

    executor_id: str
    stage_id: Long
    attempt_id: Long = 0


class NodeExcludedForStage(
    Struct, rename={"host": "hostId", "stage_id": "stageId", "attempt_id": "stageAttemptId"}, gc=False
):
    """The executors of a node are given no more tasks of one stage."""

    host: str
    stage_id: Long
    attempt_id: Long = 0


class StageExecutorMetrics(
    Struct,
    rename={
        "executor_id": "Executor ID",
        "stage_id": "Stage ID",
        "attempt_id": "Stage Attempt ID",
        "metrics": "Executor Metrics",
    },
    gc=False,
):
    """Peaks of one executor during one stage (``spark.eventLog.logStageExecutorMetrics``)."""

    executor_id: str
    stage_id: Long
    attempt_id: Long = 0
    metrics: ExecutorMetrics | None = None


class MetricsRecord(Struct, rename={"metrics": "Executor Metrics"}, gc=False):
    """Peaks of one executor between two heartbeats."""

    metrics: ExecutorMetrics | None = None


class ExecutorMetricsUpdate(
    Struct, rename={"executor_id": "Executor ID", "updates": "Executor Metrics Updated"}, gc=False
):
    """A heartbeat; the log holds only the driver's."""

    executor_id: str
    updates: list[MetricsRecord] = []


def container_id(attributes: dict[str, str | None] | None, log_urls: dict[str, str | None] | None) -> str:
    """The container id that Spark 3 gives as an attribute, or the one in the address of its logs; empty if none."""
    named = [(attributes or {}).get("CONTAINER_ID"), *(log_urls or {}).values()]
    found = (_CONTAINER.search(text) for text in named if text)
    return next((match[0] for match in found if match), "")
