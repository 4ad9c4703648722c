"""The events of Spark's log that we read, as structs with only the fields we use; all others are skipped unread.

Field names: ``org.apache.spark.util.JsonProtocol`` from Spark 1.4 to 4.x. What a version lacks has a default; what
another version writes as null may be None.
"""

import re

from msgspec import Struct

from sparkwright.history.sql_events import SqlAdaptiveUpdate, SqlEnd, SqlStart
from sparkwright.history.task_events import ExecutorMetrics, TaskEnd

_SCHEDULER = "org.apache.spark.scheduler."
_SQL = "org.apache.spark.sql.execution.ui."
_CONTAINER = re.compile(r"container_(?:e\d+_)?\d+_\d+_\d+_\d+")


class LogStart(Struct, rename={"spark_version": "Spark Version"}, gc=False):
    """First event of a log; Databricks writes ``DBCEventLoggingListenerMetadata`` with the same field."""

    spark_version: str = ""


class ApplicationStart(
    Struct,
    rename={
        "app_name": "App Name",
        "app_id": "App ID",
        "time_ms": "Timestamp",
        "user": "User",
        "attempt": "App Attempt ID",
        "driver_logs": "Driver Logs",
        "driver_attributes": "Driver Attributes",
    },
    gc=False,
):
    """Who submitted what."""

    app_name: str | None = None
    app_id: str | None = None
    time_ms: int = -1
    user: str | None = None
    attempt: str | None = None
    driver_logs: dict[str, str | None] | None = None
    driver_attributes: dict[str, str | None] | None = None

    @property
    def driver_container_id(self) -> str:
        """YARN's name of the driver's container, empty where the driver is in none."""
        return _container_id(self.driver_attributes, self.driver_logs)


class ApplicationEnd(Struct, rename={"time_ms": "Timestamp", "exit_code": "ExitCode"}, gc=False):
    """The application stopped its context; the exit code (Spark 4) is 0 for most failures, too."""

    time_ms: int = -1
    exit_code: int | None = None


class EnvironmentUpdate(Struct, rename={"spark": "Spark Properties", "system": "System Properties"}, gc=False):
    """Effective properties."""

    spark: dict[str, str | None] = {}
    system: dict[str, str | None] = {}


class ResourceRequest(Struct, rename={"amount": "Amount"}, gc=False):
    """How much of one resource; memory in MiB."""

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
    """What executors of one profile are given (Spark 3.1 and later); 0 is the profile that the properties make."""

    profile_id: int
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
    cores: int | None = None
    profile_id: int = 0
    log_urls: dict[str, str | None] | None = None
    attributes: dict[str, str | None] | None = None

    @property
    def container_id(self) -> str:
        """YARN's name of it, empty elsewhere."""
        return _container_id(self.attributes, self.log_urls)


class ExecutorAdded(
    Struct, rename={"time_ms": "Timestamp", "executor_id": "Executor ID", "info": "Executor Info"}, gc=False
):
    """An executor registered."""

    executor_id: str
    time_ms: int = -1
    info: ExecutorInfo | None = None


class ExecutorRemoved(
    Struct, rename={"time_ms": "Timestamp", "executor_id": "Executor ID", "reason": "Removed Reason"}, gc=False
):
    """An executor went away."""

    executor_id: str
    time_ms: int = -1
    reason: str | None = None


class ExecutorExcluded(Struct, rename={"executor_id": "executorId"}, gc=False):
    """An executor is given no tasks any more."""

    executor_id: str


class ExecutorUnexcluded(ExecutorExcluded, gc=False):
    """An executor is given tasks again."""


class NodeExcluded(Struct, rename={"host": "hostId"}, gc=False):
    """The executors of a node are given no tasks any more."""

    host: str


class NodeUnexcluded(NodeExcluded, gc=False):
    """The executors of a node are given tasks again."""


class ExecutorExcludedForStage(
    Struct,
    rename={"executor_id": "executorId", "stage_id": "stageId", "attempt_id": "stageAttemptId"},
    gc=False,
):
    """An executor is given no tasks of one stage any more."""

    executor_id: str
    stage_id: int
    attempt_id: int = 0


class NodeExcludedForStage(
    Struct, rename={"host": "hostId", "stage_id": "stageId", "attempt_id": "stageAttemptId"}, gc=False
):
    """The executors of a node are given no tasks of one stage any more."""

    host: str
    stage_id: int
    attempt_id: int = 0


class StageInfo(
    Struct,
    rename={
        "stage_id": "Stage ID",
        "attempt_id": "Stage Attempt ID",
        "name": "Stage Name",
        "task_count": "Number of Tasks",
        "submitted_ms": "Submission Time",
        "completed_ms": "Completion Time",
        "failure": "Failure Reason",
    },
    gc=False,
):
    """One attempt of one stage."""

    stage_id: int
    attempt_id: int = 0
    name: str | None = None
    task_count: int = 0
    submitted_ms: int | None = None
    completed_ms: int | None = None
    failure: str | None = None


class JobProperties(Struct, rename={"sql_execution_id": "spark.sql.execution.id"}, gc=False):
    """Properties that a job and its stages were submitted with."""

    sql_execution_id: str | None = None


class StageSubmitted(Struct, rename={"info": "Stage Info", "properties": "Properties"}, gc=False):
    """A stage attempt began."""

    info: StageInfo
    properties: JobProperties | None = None


class StageCompleted(Struct, rename={"info": "Stage Info"}, gc=False):
    """A stage attempt ended."""

    info: StageInfo


class JobStart(Struct, rename={"job_id": "Job ID", "time_ms": "Submission Time", "properties": "Properties"}, gc=False):
    """A job was submitted."""

    job_id: int
    time_ms: int = -1
    properties: JobProperties | None = None


class JobException(Struct, rename={"message": "Message"}, gc=False):
    """Why a job failed."""

    message: str | None = None


class JobResult(Struct, rename={"result": "Result", "exception": "Exception"}, gc=False):
    """``JobSucceeded`` or ``JobFailed``."""

    result: str = ""
    exception: JobException | None = None


class JobEnd(Struct, rename={"job_id": "Job ID", "time_ms": "Completion Time", "result": "Job Result"}, gc=False):
    """A job ended."""

    job_id: int
    result: JobResult
    time_ms: int = -1


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
    stage_id: int
    attempt_id: int = 0
    metrics: ExecutorMetrics | None = None


class MetricsRecord(Struct, rename={"metrics": "Executor Metrics"}, gc=False):
    """Peaks of one executor between two heartbeats."""

    metrics: ExecutorMetrics | None = None


class ExecutorMetricsUpdate(
    Struct, rename={"executor_id": "Executor ID", "updates": "Executor Metrics Updated"}, gc=False
):
    """A heartbeat; only the driver's are in the log."""

    executor_id: str
    updates: list[MetricsRecord] = []


class AnyEvent(Struct, rename={"name": "Event"}, gc=False):
    """Only the name: for lines that do not start with it."""

    name: str


STRUCTS: dict[str, type[Struct]] = {
    "SparkListenerLogStart": LogStart,
    "DBCEventLoggingListenerMetadata": LogStart,
    "SparkListenerApplicationStart": ApplicationStart,
    "SparkListenerApplicationEnd": ApplicationEnd,
    "SparkListenerEnvironmentUpdate": EnvironmentUpdate,
    "SparkListenerResourceProfileAdded": ResourceProfile,
    "SparkListenerExecutorAdded": ExecutorAdded,
    "SparkListenerExecutorRemoved": ExecutorRemoved,
    "SparkListenerStageSubmitted": StageSubmitted,
    "SparkListenerStageCompleted": StageCompleted,
    "SparkListenerStageExecutorMetrics": StageExecutorMetrics,
    "SparkListenerExecutorMetricsUpdate": ExecutorMetricsUpdate,
    "SparkListenerJobStart": JobStart,
    "SparkListenerJobEnd": JobEnd,
    "SparkListenerTaskEnd": TaskEnd,
    f"{_SQL}SparkListenerSQLExecutionStart": SqlStart,
    f"{_SQL}SparkListenerSQLExecutionEnd": SqlEnd,
    f"{_SQL}SparkListenerSQLAdaptiveExecutionUpdate": SqlAdaptiveUpdate,
}
for _word in ("excluded", "blacklisted"):  # the second until Spark 3.0
    STRUCTS |= {
        f"{_SCHEDULER}SparkListenerExecutor{_word.title()}": ExecutorExcluded,
        f"{_SCHEDULER}SparkListenerExecutorUn{_word}": ExecutorUnexcluded,
        f"{_SCHEDULER}SparkListenerNode{_word.title()}": NodeExcluded,
        f"{_SCHEDULER}SparkListenerNodeUn{_word}": NodeUnexcluded,
        f"{_SCHEDULER}SparkListenerExecutor{_word.title()}ForStage": ExecutorExcludedForStage,
        f"{_SCHEDULER}SparkListenerNode{_word.title()}ForStage": NodeExcludedForStage,
    }
"""What each event is decoded to; events that are not here are counted and skipped."""


def _container_id(attributes: dict[str, str | None] | None, log_urls: dict[str, str | None] | None) -> str:
    """The container that Spark 3 names, or that the address of its logs does."""
    named = [(attributes or {}).get("CONTAINER_ID"), *(log_urls or {}).values()]
    found = (_CONTAINER.search(text) for text in named if text)
    return next((match[0] for match in found if match), "")
