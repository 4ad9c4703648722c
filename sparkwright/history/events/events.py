"""The events of Spark's log that we read, as structs with only the fields we use; all others are skipped unread.

Field names: ``org.apache.spark.util.JsonProtocol`` of Spark 1.4 to 4.x. Fields that a version lacks have a default;
fields that some version writes as null may be None.
"""

from msgspec import Struct

from sparkwright.history.events.executor_events import (
    ExecutorAdded,
    ExecutorExcluded,
    ExecutorExcludedForStage,
    ExecutorMetricsUpdate,
    ExecutorRemoved,
    ExecutorUnexcluded,
    NodeExcluded,
    NodeExcludedForStage,
    NodeUnexcluded,
    ResourceProfile,
    StageExecutorMetrics,
    container_id,
)
from sparkwright.history.events.long import Long
from sparkwright.history.events.sql_events import SqlAdaptiveUpdate, SqlEnd, SqlStart
from sparkwright.history.events.task_events import TaskEnd

_SCHEDULER = "org.apache.spark.scheduler."
_SQL = "org.apache.spark.sql.execution.ui."


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
    time_ms: Long = -1
    user: str | None = None
    attempt: str | None = None
    driver_logs: dict[str, str | None] | None = None
    driver_attributes: dict[str, str | None] | None = None

    @property
    def driver_container_id(self) -> str:
        """YARN's id of the driver's container; empty if the driver is in none."""
        return container_id(self.driver_attributes, self.driver_logs)


class ApplicationEnd(Struct, rename={"time_ms": "Timestamp", "exit_code": "ExitCode"}, gc=False):
    """The application stopped its context; the exit code (Spark 4) is 0 even for most failures."""

    time_ms: Long = -1
    exit_code: Long | None = None


class EnvironmentUpdate(Struct, rename={"spark": "Spark Properties", "system": "System Properties"}, gc=False):
    """Effective properties."""

    spark: dict[str, str | None] = {}
    system: dict[str, str | None] = {}


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

    stage_id: Long
    attempt_id: Long = 0
    name: str | None = None
    task_count: Long = 0
    submitted_ms: Long | None = None
    completed_ms: Long | None = None
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

    job_id: Long
    time_ms: Long = -1
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

    job_id: Long
    result: JobResult
    time_ms: Long = -1


class AnyEvent(Struct, rename={"name": "Event"}, gc=False):
    """Only the name, for lines that do not start with it."""

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
"""The struct that each event is decoded into; other events are counted and skipped."""
