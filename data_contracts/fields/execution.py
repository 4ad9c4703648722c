"""Execution: applications, stages, executors, and what was found broken."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)

Status = Annotated[
    Literal["succeeded", "failed", "unknown"],
    Column(
        "How the application ended, from jobs, SQL executions, the driver's exit code and the cluster manager.",
        "text",
        "SparkListenerJobEnd, SQLExecutionEnd, exit code next to the log, final_status",
    ),
]
ExitCode = Annotated[
    int,
    Column(
        "Exit code of the driver process, if known.",
        "count",
        "<launch id>.exit next to the log | container of the driver's pod",
    ),
]
FinalStatus = Annotated[
    Literal["succeeded", "failed", "killed"],
    Column(
        "How the application ended according to its cluster manager, if that is conclusive (YARN's success is not in "
        "client mode); missing if no cluster manager was asked or none remembered.",
        "text",
        "YARN finalStatus | phase of the driver's pod | SparkApplication status",
    ),
]
Diagnostics = Annotated[
    str,
    Field(max_length=4000),
    Column(
        "What the cluster manager says about the driver and the application, redacted.",
        "text",
        "YARN diagnostics | state of the driver's pod | SparkApplication status",
    ),
]
AllocatedMemoryMibS = Annotated[
    int,
    _NonNegative,
    Column("Allocated memory times seconds, over all attempts.", "mib_s", "YARN memorySeconds"),
]
AllocatedVcoreS = Annotated[
    int,
    _NonNegative,
    Column("Allocated cores times seconds, over all attempts.", "vcore_s", "YARN vcoreSeconds"),
]
SurroundingsJson = Annotated[
    str,
    Column(
        "What was found around the event log, as a JSON list of `exit_code`, `final_status`, `driver_log`, "
        "`executor_log`; the less, the less a diagnosis can be trusted.",
        "text",
        "sparkwright harvest",
    ),
]
LogState = Annotated[
    Literal["complete", "compacted", "events_dropped", "unfinished"],
    Column(
        "Whether the event log is complete; never `complete` if pieces of it were set aside.",
        "text",
        "SparkListenerApplicationEnd, rolling file names, task counts that do not add up",
    ),
]
EventCount = Annotated[
    int,
    _NonNegative,
    Column("Events read; of two logs of one attempt, the one with more is kept.", "count", "event log"),
]
PropertiesJson = Annotated[
    str,
    Column(
        "Effective `spark.*` properties as a JSON object, redacted.",
        "text",
        "SparkListenerEnvironmentUpdate.`Spark Properties`",
    ),
]

ResourceProfilesJson = Annotated[
    str,
    Column(
        "Resource profiles of executors, by number, as a JSON object of the properties in which each differs from the "
        "application's own, which are profile 0.",
        "text",
        "SparkListenerResourceProfileAdded, ExecutorInfo.`Resource Profile Id`",
    ),
]

StageId = Annotated[int, _NonNegative, Column("Stage number within the application.", "id", "StageInfo.`Stage ID`")]
StageAttemptId = Annotated[int, _NonNegative, Column("Attempt of the stage.", "id", "StageInfo.`Stage Attempt ID`")]
StageName = Annotated[str, Column("Call site the stage was named after.", "text", "StageInfo.`Stage Name`")]
StageStatus = Annotated[
    Literal["complete", "failed", "unfinished"],
    Column("How the stage attempt ended.", "text", "SparkListenerStageCompleted"),
]
FailureReason = Annotated[
    str,
    Field(max_length=4000),
    Column(
        "Why it failed, first lines, redacted.", "text", "StageInfo.`Failure Reason` | TaskEndReason | Removed Reason"
    ),
]
TaskCount = Annotated[int, _NonNegative, Column("Tasks that ended.", "count", "SparkListenerTaskEnd")]
FailedTaskCount = Annotated[
    int,
    _NonNegative,
    Column(
        "Tasks that failed (not counting killed ones, or resubmitted ones that had succeeded).",
        "count",
        "TaskEndReason",
    ),
]
KilledTaskCount = Annotated[
    int,
    _NonNegative,
    Column(
        "Tasks that were killed or not allowed to commit, which Spark does not count as failures.",
        "count",
        "TaskEndReason `TaskKilled` | `TaskCommitDenied`",
    ),
]
SpeculativeTaskCount = Annotated[
    int, _NonNegative, Column("Tasks that were speculative copies of slow ones.", "count", "TaskInfo.Speculative")
]
SpeculationWastedMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Time of the copies, original or speculative, that were killed because the other was faster.",
        "ms",
        "TaskKilled.`Kill Reason`",
    ),
]
JobCount = Annotated[int, _NonNegative, Column("Jobs that started.", "count", "SparkListenerJobStart")]
FailedJobCount = Annotated[int, _NonNegative, Column("Jobs that failed.", "count", "SparkListenerJobEnd.`Job Result`")]
StageCount = Annotated[
    int, _NonNegative, Column("Stage attempts that started.", "count", "SparkListenerStageSubmitted")
]
FailedStageCount = Annotated[
    int, _NonNegative, Column("Stage attempts that failed.", "count", "StageInfo.`Failure Reason`")
]

ExecutorId = Annotated[
    str, Column("Executor as the scheduler names it.", "id", "SparkListenerExecutorAdded.`Executor ID`")
]
Host = Annotated[str, Column("Host of the executor.", "text", "SparkListenerExecutorAdded.`Executor Info`.Host")]
RemovedReason = Annotated[
    str,
    Field(max_length=4000),
    Column("Why the executor was removed.", "text", "SparkListenerExecutorRemoved.`Removed Reason`"),
]

ResourceProfileId = Annotated[
    int,
    _NonNegative,
    Column(
        "Resource profile of the executor; 0 is the one given by the properties.",
        "id",
        "SparkListenerExecutorAdded.`Executor Info`.`Resource Profile Id`",
    ),
]
Excluded = Annotated[
    bool,
    Column(
        "Whether the executor was excluded for the whole application when the log ended.",
        "flag",
        "SparkListenerExecutorExcluded / NodeExcluded and Unexcluded; Blacklisted before Spark 3.1",
    ),
]
ExclusionCount = Annotated[
    int,
    _NonNegative,
    Column(
        "How often the executor was excluded, for the application or for a stage.",
        "count",
        "SparkListenerExecutorExcluded(ForStage) / NodeExcluded(ForStage); Blacklisted before Spark 3.1",
    ),
]
ExcludedExecutorCount = Annotated[
    int,
    _NonNegative,
    Column(
        "Executors that got no more tasks because too many had failed there.",
        "count",
        "SparkListenerExecutorExcluded(ForStage) / NodeExcluded(ForStage); Blacklisted before Spark 3.1",
    ),
]
AddedExecutorCount = Annotated[
    int, _NonNegative, Column("Executors added, at any time.", "count", "SparkListenerExecutorAdded")
]
LostExecutorCount = Annotated[
    int,
    _NonNegative,
    Column(
        "Executors lost unintentionally (not idle, not stopped, not decommissioned).",
        "count",
        "SparkListenerExecutorRemoved.`Removed Reason`",
    ),
]

EvidenceId = Annotated[
    str,
    Field(min_length=1, max_length=16),
    Column("Name of the fact within its application: e1, e2, ...", "id", "sparkwright harvest"),
]
EvidenceKind = Annotated[
    Literal[
        "task_failure",
        "stage_failure",
        "job_failure",
        "sql_failure",
        "executor_removed",
        "driver_log",
        "executor_log",
        "final_status",
        "metric",
    ],
    Column("Kind of record the fact was taken from.", "text", "event log, logs around it, cluster manager"),
]
EvidenceSource = Annotated[
    str,
    Column(
        "Where the fact was found: event name with stage / task / executor, or executor, file and line (-1 is a "
        "file's last line).",
        "text",
        "event log, logs around it, cluster manager",
    ),
]
ExceptionClass = Annotated[
    str,
    Column(
        "Class of the exception or Spark error condition; empty if there is none.",
        "text",
        "ExceptionFailure.`Class Name`, error condition in the message",
    ),
]
Message = Annotated[
    str, Field(max_length=4000), Column("First useful lines, redacted.", "text", "event log, logs around it")
]
OccurrenceCount = Annotated[
    int, Field(ge=1), Column("How often the same fact was seen.", "count", "event log, logs around it")
]

OffsetBytes = Annotated[
    int, _NonNegative, Column("Position of the fault in the (decompressed) source.", "bytes", "sparkwright harvest")
]
QuarantineReason = Annotated[
    str, Column("What was expected, what was found.", "text", "sparkwright harvest | Great Expectations")
]
SizeBytes = Annotated[
    int,
    _NonNegative,
    Column("Size of the source when it was read; 0 if it is in a History Server.", "bytes", "file system or store"),
]
AwaitedUntilAt = Annotated[
    datetime,
    Column(
        "Until when the source is read again although unchanged, because files around it were still expected.",
        "utc",
        "sparkwright harvest",
    ),
]
ModifiedAtNs = Annotated[
    int,
    _NonNegative,
    Column(
        "Latest modification time of the source when it was read; 0 if the store does not say.",
        "ns",
        "file system, store or History Server",
    ),
]
QuarantinedTableName = Annotated[
    str, Column("Table of the row set aside; missing for a log or a line.", "text", "data_contracts.tables")
]
QuarantinedRowJson = Annotated[
    str, Column("The row set aside, as JSON, redacted.", "text", "sparkwright harvest | sparkwright validate")
]
