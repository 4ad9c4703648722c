"""Responses of the Spark History Server, as structs with only the fields we use; all others are skipped.

Field names: ``org.apache.spark.status.api.v1`` of Spark 2.0 to 4.x. Fields that a version lacks have a default.
"""

from datetime import UTC, datetime

from msgspec import Struct, field

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%f"


def time_of(text: str | None) -> datetime | None:
    """The moment in a text such as ``2026-11-24T05:12:50.335GMT``; None for no text."""
    return datetime.strptime(text.removesuffix("GMT"), _TIME_FORMAT).replace(tzinfo=UTC) if text else None


def text_of(time: datetime) -> str:
    """The moment in the format that the History Server reads, to the millisecond."""
    return f"{time.astimezone(UTC).strftime(_TIME_FORMAT)[:-3]}GMT"


class AttemptInfo(
    Struct,
    rename={
        "attempt_id": "attemptId",
        "started_at_ms": "startTimeEpoch",
        "ended_at_ms": "endTimeEpoch",
        "updated_at_ms": "lastUpdatedEpoch",
        "spark_version": "appSparkVersion",
    },
    frozen=True,
):
    """One attempt of an application.

    Attributes:
        attempt_id: None if the cluster manager has no attempts.
        ended_at_ms: -1 while it runs.
        updated_at_ms: When its event log last changed.
    """

    attempt_id: str | None = None
    started_at_ms: int = -1
    ended_at_ms: int = -1
    updated_at_ms: int = 0
    completed: bool = False
    spark_version: str = ""


class ApplicationInfo(Struct, rename={"app_id": "id"}, frozen=True):
    """One application; its newest attempt comes first."""

    app_id: str
    name: str = ""
    attempts: tuple[AttemptInfo, ...] = ()


class StageAnswer(
    Struct,
    rename={
        "stage_id": "stageId",
        "stage_attempt_id": "attemptId",
        "stage_name": "name",
        "submitted_at": "submissionTime",
        "completed_at": "completionTime",
        "task_count": "numTasks",
        "complete_task_count": "numCompleteTasks",
        "failed_task_count": "numFailedTasks",
        "killed_task_count": "numKilledTasks",
        "executor_run_time_ms": "executorRunTime",
        "executor_cpu_time_ns": "executorCpuTime",
        "jvm_gc_time_ms": "jvmGcTime",
        "input_bytes": "inputBytes",
        "output_bytes": "outputBytes",
        "shuffle_read_bytes": "shuffleReadBytes",
        "shuffle_write_bytes": "shuffleWriteBytes",
        "memory_spilled_bytes": "memoryBytesSpilled",
        "disk_spilled_bytes": "diskBytesSpilled",
        "result_bytes": "resultSize",
        "peak_execution_memory_bytes": "peakExecutionMemory",
        "peak_metrics": "peakExecutorMetrics",
        "failure_reason": "failureReason",
    },
    frozen=True,
):
    """One attempt of one stage, over all its tasks; parse ``submitted_at`` and ``completed_at`` with :func:`time_of`.

    Attributes:
        task_count: Tasks it has, whether or not they ran.
        peak_execution_memory_bytes: The sum over its tasks, which Spark calls a peak.
        peak_metrics: The highest value of every executor metric; empty if none was recorded.
    """

    stage_id: int
    stage_attempt_id: int
    status: str
    stage_name: str = ""
    submitted_at: str | None = None
    completed_at: str | None = None
    task_count: int = 0
    complete_task_count: int = 0
    failed_task_count: int = 0
    killed_task_count: int = 0
    executor_run_time_ms: int = 0
    executor_cpu_time_ns: int = 0
    jvm_gc_time_ms: int = 0
    input_bytes: int = 0
    output_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_write_bytes: int = 0
    memory_spilled_bytes: int = 0
    disk_spilled_bytes: int = 0
    result_bytes: int = 0
    peak_execution_memory_bytes: int = 0
    peak_metrics: dict[str, int] = field(default_factory=dict)
    failure_reason: str | None = None


class ExecutorAnswer(
    Struct,
    rename={
        "executor_id": "id",
        "host_port": "hostPort",
        "active": "isActive",
        "cores_count": "totalCores",
        "complete_task_count": "completedTasks",
        "failed_task_count": "failedTasks",
        "task_count": "totalTasks",
        "task_duration_ms": "totalDuration",
        "jvm_gc_time_ms": "totalGCTime",
        "input_bytes": "totalInputBytes",
        "shuffle_read_bytes": "totalShuffleRead",
        "shuffle_write_bytes": "totalShuffleWrite",
        "added_at": "addTime",
        "removed_at": "removeTime",
        "removed_reason": "removeReason",
        "excluded": "isExcluded",
        "peak_metrics": "peakMemoryMetrics",
    },
    frozen=True,
):
    """One executor, dead or alive; the driver is ``driver``. :func:`time_of` parses ``added_at`` and ``removed_at``.

    Attributes:
        task_duration_ms: Summed over tasks from launch to end, which is not their run time.
        peak_metrics: The highest value of every executor metric; empty if none was recorded.
    """

    executor_id: str
    host_port: str = ""
    active: bool = True
    cores_count: int = 0
    complete_task_count: int = 0
    failed_task_count: int = 0
    task_count: int = 0
    task_duration_ms: int = 0
    jvm_gc_time_ms: int = 0
    input_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_write_bytes: int = 0
    added_at: str | None = None
    removed_at: str | None = None
    removed_reason: str | None = None
    excluded: bool = False
    peak_metrics: dict[str, int] = field(default_factory=dict)


class SqlAnswer(
    Struct,
    rename={
        "execution_id": "id",
        "submitted_at": "submissionTime",
        "duration_ms": "duration",
        "running_job_ids": "runningJobIds",
        "succeeded_job_ids": "successJobIds",
        "failed_job_ids": "failedJobIds",
        "error_message": "errorMessage",
    },
    frozen=True,
):
    """One SQL execution, without its plan; parse ``submitted_at`` with :func:`time_of`."""

    execution_id: int
    status: str
    description: str = ""
    submitted_at: str | None = None
    duration_ms: int = 0
    running_job_ids: tuple[int, ...] = ()
    succeeded_job_ids: tuple[int, ...] = ()
    failed_job_ids: tuple[int, ...] = ()
    error_message: str | None = None


class EnvironmentAnswer(Struct, rename={"spark": "sparkProperties", "system": "systemProperties"}, frozen=True):
    """Effective properties as pairs of name and value, with secrets redacted by Spark."""

    spark: tuple[tuple[str, str | None], ...] = ()
    system: tuple[tuple[str, str | None], ...] = ()
