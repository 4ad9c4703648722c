"""How it went: applications, stages, executors and what was found broken."""

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
        "SparkListenerJobEnd, SQLExecutionEnd, exit code beside the log, final_status",
    ),
]
ExitCode = Annotated[
    int,
    Column(
        "Exit code of the driver process, where known.",
        "count",
        "<launch id>.exit beside the log | container of the driver's pod",
    ),
]
FinalStatus = Annotated[
    Literal["succeeded", "failed", "killed"],
    Column(
        "How the application ended as its cluster manager says, where that proves something (YARN's success does "
        "not in client mode); missing where nobody was asked or nobody remembered.",
        "text",
        "YARN finalStatus | phase of the driver's pod | SparkApplication status",
    ),
]
Diagnostics = Annotated[
    str,
    Field(max_length=4000),
    Column(
        "What the cluster manager says of the driver and the application, redacted.",
        "text",
        "YARN diagnostics | state of the driver's pod | SparkApplication status",
    ),
]
AllocatedMemoryMibS = Annotated[
    int,
    _NonNegative,
    Column("Memory allocated times the seconds it was, all attempts together.", "mib_s", "YARN memorySeconds"),
]
AllocatedVcoreS = Annotated[
    int,
    _NonNegative,
    Column("Cores allocated times the seconds they were, all attempts together.", "vcore_s", "YARN vcoreSeconds"),
]
SurroundingsJson = Annotated[
    str,
    Column(
        "What there was around the event log, as a JSON list of `exit_code`, `final_status`, `driver_log`, "
        "`executor_log`; the less, the less a diagnosis can be trusted.",
        "text",
        "sparkwright harvest",
    ),
]
LogState = Annotated[
    Literal["complete", "compacted", "events_dropped", "unfinished"],
    Column(
        "Whether the event log tells the whole story; never `complete` where pieces of it were set aside.",
        "text",
        "SparkListenerApplicationEnd, rolling file names, task counts that do not add up",
    ),
]
EventCount = Annotated[
    int,
    _NonNegative,
    Column("Events read; of two logs of one attempt the one that tells more is kept.", "count", "event log"),
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
        "Resource profiles that executors had, by number, as a JSON object of the properties in which each differs "
        "from the application's own, which are profile 0.",
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
        "Tasks that ended in a failure (killed ones and resubmitted ones, which had ended well, not counted).",
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
    int, _NonNegative, Column("Tasks that were second copies of slow ones.", "count", "TaskInfo.Speculative")
]
SpeculationWastedMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Time of the copies, first or second, that were killed because the other one was faster.",
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
    Column("Why the executor went away.", "text", "SparkListenerExecutorRemoved.`Removed Reason`"),
]

ResourceProfileId = Annotated[
    int,
    _NonNegative,
    Column(
        "Resource profile of the executor; 0 is what the properties ask for.",
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
        "Executors that were given no more tasks because too many had failed there.",
        "count",
        "SparkListenerExecutorExcluded(ForStage) / NodeExcluded(ForStage); Blacklisted before Spark 3.1",
    ),
]
AddedExecutorCount = Annotated[
    int, _NonNegative, Column("Executors that came, at whatever time.", "count", "SparkListenerExecutorAdded")
]
LostExecutorCount = Annotated[
    int,
    _NonNegative,
    Column(
        "Executors that went although nobody let go of them (not idle, not stopped, not decommissioned).",
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
    Column("What sort of record the fact was taken from.", "text", "event log, logs around it, cluster manager"),
]
EvidenceSource = Annotated[
    str,
    Column(
        "Where the fact stands: event name with stage / task / executor, or executor, file and line (-1 is a file's "
        "last line).",
        "text",
        "event log, logs around it, cluster manager",
    ),
]
ExceptionClass = Annotated[
    str,
    Column(
        "Class of the exception or Spark error condition; empty where there is none.",
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
    int, _NonNegative, Column("Where in the (decompressed) source the fault stands.", "bytes", "sparkwright harvest")
]
QuarantineReason = Annotated[
    str, Column("What was expected, what came.", "text", "sparkwright harvest | Great Expectations")
]
SizeBytes = Annotated[
    int,
    _NonNegative,
    Column("Size of the source when it was read; 0 where a History Server holds it.", "bytes", "file system or store"),
]
AwaitedUntilAt = Annotated[
    datetime,
    Column(
        "Until when the source is read again though it has not changed: more was to come of what lies around it.",
        "utc",
        "sparkwright harvest",
    ),
]
ModifiedAtNs = Annotated[
    int,
    _NonNegative,
    Column(
        "Latest modification time of the source when it was read; 0 where the store does not say.",
        "ns",
        "file system, store or History Server",
    ),
]
QuarantinedTableName = Annotated[
    str, Column("Table the row set aside was for; missing for a log or a line.", "text", "data_contracts.tables")
]
QuarantinedRowJson = Annotated[
    str, Column("The row set aside, as JSON, redacted.", "text", "sparkwright harvest | sparkwright validate")
]
