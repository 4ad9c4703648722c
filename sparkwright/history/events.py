"""The events of Spark's log that we read, as structs with only the fields we use; all others are skipped unread.

Field names: ``org.apache.spark.util.JsonProtocol`` from Spark 1.4 to 4.x. What a version lacks has a default; what
another version writes as null may be None.
"""

import re

from msgspec import Struct

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


class ExecutorInfo(
    Struct,
    rename={"host": "Host", "cores": "Total Cores", "log_urls": "Log Urls", "attributes": "Attributes"},
    gc=False,
):
    """Where an executor runs."""

    host: str | None = None
    cores: int | None = None
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


class StageSubmitted(Struct, rename={"info": "Stage Info"}, gc=False):
    """A stage attempt began."""

    info: StageInfo


class StageCompleted(Struct, rename={"info": "Stage Info"}, gc=False):
    """A stage attempt ended."""

    info: StageInfo


class JobStart(Struct, rename={"job_id": "Job ID", "time_ms": "Submission Time"}, gc=False):
    """A job was submitted."""

    job_id: int
    time_ms: int = -1


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


class SqlStart(Struct, rename={"execution_id": "executionId", "root_id": "rootExecutionId"}, gc=False):
    """A SQL execution started; its plan is skipped unread."""

    execution_id: int
    root_id: int | None = None


class SqlEnd(Struct, rename={"execution_id": "executionId", "time_ms": "time", "error": "errorMessage"}, gc=False):
    """A SQL execution ended; the error message is there since Spark 3.4, empty where it succeeded."""

    execution_id: int
    time_ms: int = -1
    error: str | None = None


class ExecutorMetrics(
    Struct,
    rename={
        "heap_bytes": "JVMHeapMemory",
        "offheap_bytes": "JVMOffHeapMemory",
        "jvm_rss_bytes": "ProcessTreeJVMRSSMemory",
        "python_rss_bytes": "ProcessTreePythonRSSMemory",
        "other_rss_bytes": "ProcessTreeOtherRSSMemory",
    },
    gc=False,
):
    """Peaks of one executor; the record is missing where ``heap_bytes`` is 0."""

    heap_bytes: int = 0
    offheap_bytes: int = 0
    jvm_rss_bytes: int = 0
    python_rss_bytes: int = 0
    other_rss_bytes: int = 0


class StageExecutorMetrics(Struct, rename={"executor_id": "Executor ID", "metrics": "Executor Metrics"}, gc=False):
    """Peaks of one executor during one stage (``spark.eventLog.logStageExecutorMetrics``)."""

    executor_id: str
    metrics: ExecutorMetrics | None = None


class Input(Struct, rename={"bytes": "Bytes Read"}, gc=False):
    """Read from sources."""

    bytes: int = 0


class Output(Struct, rename={"bytes": "Bytes Written"}, gc=False):
    """Written to sinks."""

    bytes: int = 0


class ShuffleRead(Struct, rename={"remote_bytes": "Remote Bytes Read", "local_bytes": "Local Bytes Read"}, gc=False):
    """Read from other stages."""

    remote_bytes: int = 0
    local_bytes: int = 0


class ShuffleWrite(Struct, rename={"bytes": "Shuffle Bytes Written"}, gc=False):
    """Written for other stages."""

    bytes: int = 0


class TaskMetrics(
    Struct,
    rename={
        "run_time_ms": "Executor Run Time",
        "cpu_time_ns": "Executor CPU Time",
        "gc_time_ms": "JVM GC Time",
        "result_bytes": "Result Size",
        "memory_spilled_bytes": "Memory Bytes Spilled",
        "disk_spilled_bytes": "Disk Bytes Spilled",
        "peak_execution_bytes": "Peak Execution Memory",
        "input": "Input Metrics",
        "output": "Output Metrics",
        "shuffle_read": "Shuffle Read Metrics",
        "shuffle_write": "Shuffle Write Metrics",
    },
    gc=False,
):
    """What one task did."""

    run_time_ms: int = 0
    cpu_time_ns: int = 0
    gc_time_ms: int = 0
    result_bytes: int = 0
    memory_spilled_bytes: int = 0
    disk_spilled_bytes: int = 0
    peak_execution_bytes: int = 0
    input: Input | None = None
    output: Output | None = None
    shuffle_read: ShuffleRead | None = None
    shuffle_write: ShuffleWrite | None = None


class TaskInfo(
    Struct,
    rename={
        "task_id": "Task ID",
        "executor_id": "Executor ID",
        "launched_ms": "Launch Time",
        "finished_ms": "Finish Time",
    },
    gc=False,
):
    """Which task ran where and when."""

    task_id: int = -1
    executor_id: str = ""
    launched_ms: int = 0
    finished_ms: int = 0


class TaskEndReason(
    Struct,
    rename={
        "kind": "Reason",
        "exception_class": "Class Name",
        "description": "Description",
        "trace": "Full Stack Trace",
        "loss_reason": "Loss Reason",
        "message": "Message",
    },
    gc=False,
):
    """Why a task ended; which fields are there depends on ``kind``."""

    kind: str = "Success"
    exception_class: str | None = None
    description: str | None = None
    trace: str | None = None
    loss_reason: str | None = None
    message: str | None = None


class TaskEnd(
    Struct,
    rename={
        "stage_id": "Stage ID",
        "stage_attempt_id": "Stage Attempt ID",
        "reason": "Task End Reason",
        "info": "Task Info",
        "metrics": "Task Metrics",
        "peaks": "Task Executor Metrics",
    },
    gc=False,
):
    """A task ended."""

    stage_id: int
    reason: TaskEndReason
    info: TaskInfo
    stage_attempt_id: int = 0
    metrics: TaskMetrics | None = None
    peaks: ExecutorMetrics | None = None


class AnyEvent(Struct, rename={"name": "Event"}, gc=False):
    """Only the name: for lines that do not start with it."""

    name: str


STRUCTS: dict[str, type[Struct]] = {
    "SparkListenerLogStart": LogStart,
    "DBCEventLoggingListenerMetadata": LogStart,
    "SparkListenerApplicationStart": ApplicationStart,
    "SparkListenerApplicationEnd": ApplicationEnd,
    "SparkListenerEnvironmentUpdate": EnvironmentUpdate,
    "SparkListenerExecutorAdded": ExecutorAdded,
    "SparkListenerExecutorRemoved": ExecutorRemoved,
    "SparkListenerStageSubmitted": StageSubmitted,
    "SparkListenerStageCompleted": StageCompleted,
    "SparkListenerStageExecutorMetrics": StageExecutorMetrics,
    "SparkListenerJobStart": JobStart,
    "SparkListenerJobEnd": JobEnd,
    "SparkListenerTaskEnd": TaskEnd,
    f"{_SQL}SparkListenerSQLExecutionStart": SqlStart,
    f"{_SQL}SparkListenerSQLExecutionEnd": SqlEnd,
}
"""What each event is decoded to; events that are not here are counted and skipped."""


def _container_id(attributes: dict[str, str | None] | None, log_urls: dict[str, str | None] | None) -> str:
    """The container that Spark 3 names, or that the address of its logs does."""
    named = [(attributes or {}).get("CONTAINER_ID"), *(log_urls or {}).values()]
    found = (_CONTAINER.search(text) for text in named if text)
    return next((match[0] for match in found if match), "")
