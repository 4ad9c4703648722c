"""What a run needed and used: time, input, shuffle, spill, memory evidence."""

from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)

DurationMs = Annotated[int, _NonNegative, Column("Wall time from start to end.", "ms", "event timestamps")]
ExecutorRunTimeMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Core-time occupied by tasks (sum of executor run time, failed tasks included).",
        "ms",
        "TaskMetrics.`Executor Run Time`",
    ),
]
ExecutorCpuTimeNs = Annotated[
    int,
    _NonNegative,
    Column(
        "CPU time of task threads, without Python workers and GC: a lower bound.",
        "ns",
        "TaskMetrics.`Executor CPU Time`",
    ),
]
JvmGcTimeMs = Annotated[
    int, _NonNegative, Column("Task time during which the JVM collected garbage.", "ms", "TaskMetrics.`JVM GC Time`")
]
InputBytes = Annotated[
    int, _NonNegative, Column("Bytes read from sources.", "bytes", "TaskMetrics.`Input Metrics`.`Bytes Read`")
]
InputRecordCount = Annotated[
    int, _NonNegative, Column("Records read from sources.", "count", "TaskMetrics.`Input Metrics`.`Records Read`")
]
OutputBytes = Annotated[
    int, _NonNegative, Column("Bytes written to sinks.", "bytes", "TaskMetrics.`Output Metrics`.`Bytes Written`")
]
ShuffleReadBytes = Annotated[
    int, _NonNegative, Column("Shuffle bytes read, local and remote.", "bytes", "TaskMetrics.`Shuffle Read Metrics`")
]
ShuffleFetchWaitMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Time tasks waited for shuffle blocks from other executors.",
        "ms",
        "TaskMetrics.`Shuffle Read Metrics`.`Fetch Wait Time`",
    ),
]
ShuffleWriteBytes = Annotated[
    int,
    _NonNegative,
    Column("Shuffle bytes written.", "bytes", "TaskMetrics.`Shuffle Write Metrics`.`Shuffle Bytes Written`"),
]
MemorySpilledBytes = Annotated[
    int, _NonNegative, Column("Size in memory of what was spilled.", "bytes", "TaskMetrics.`Memory Bytes Spilled`")
]
DiskSpilledBytes = Annotated[
    int, _NonNegative, Column("Size on disk of what was spilled.", "bytes", "TaskMetrics.`Disk Bytes Spilled`")
]
ResultBytes = Annotated[
    int, _NonNegative, Column("Serialised task results sent to the driver.", "bytes", "TaskMetrics.`Result Size`")
]
PeakExecutionMemoryBytes = Annotated[
    int,
    _NonNegative,
    Column(
        "Largest execution memory of one task (the History Server shows the sum over tasks).",
        "bytes",
        "TaskMetrics.`Peak Execution Memory`; Spark 1.5 to 2.4: accumulator `peakExecutionMemory`",
    ),
]
PeakJvmHeapBytes = Annotated[
    int,
    _NonNegative,
    Column(
        "Largest heap in use on one executor; a covariate, not the need: a JVM fills the heap it is given.",
        "bytes",
        "ExecutorMetrics.JVMHeapMemory",
    ),
]
PeakJvmOffheapBytes = Annotated[
    int,
    _NonNegative,
    Column("Largest non-heap JVM memory on one executor.", "bytes", "ExecutorMetrics.JVMOffHeapMemory"),
]
PeakUnifiedMemoryBytes = Annotated[
    int,
    _NonNegative,
    Column(
        "Largest heap allocated by Spark's own memory manager on one executor, execution and storage together.",
        "bytes",
        "ExecutorMetrics.OnHeapUnifiedMemory",
    ),
]
PeakStorageMemoryBytes = Annotated[
    int,
    _NonNegative,
    Column("Largest heap used by cached blocks on one executor.", "bytes", "ExecutorMetrics.OnHeapStorageMemory"),
]
PeakDirectMemoryBytes = Annotated[
    int,
    _NonNegative,
    Column(
        "Largest direct buffers of the JVM on one executor; they count against the overhead.",
        "bytes",
        "ExecutorMetrics.DirectPoolMemory",
    ),
]
MajorGcCount = Annotated[
    int,
    _NonNegative,
    Column("Collections of the old generation, over all executors.", "count", "ExecutorMetrics.MajorGCCount"),
]
PeakProcessRssBytes = Annotated[
    int,
    _NonNegative,
    Column(
        "Largest resident size of one executor's process tree (JVM, Python, other).",
        "bytes",
        "ExecutorMetrics.ProcessTree*RSSMemory",
    ),
]
PeakPythonRssBytes = Annotated[
    int,
    _NonNegative,
    Column(
        "Largest resident size of the Python workers of one executor.",
        "bytes",
        "ExecutorMetrics.ProcessTreePythonRSSMemory",
    ),
]
MaxTaskDurationMs = Annotated[int, _NonNegative, Column("Longest single task.", "ms", "TaskInfo timestamps")]
TaskTimeMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Time from launch to end, over all tasks; exceeds their run time by the time to start and end them.",
        "ms",
        "TaskInfo timestamps",
    ),
]
FailedTaskTimeMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Time from launch to end of the tasks that failed or were killed.", "ms", "TaskInfo timestamps, TaskEndReason"
    ),
]
LongestTaskMs = Annotated[int, _NonNegative, Column("Longest task that succeeded.", "ms", "TaskInfo timestamps")]
LongestTaskReadBytes = Annotated[
    int,
    _NonNegative,
    Column("What the longest task read, from sources and shuffles.", "bytes", "TaskMetrics of the longest task"),
]
LongestTaskExecutorId = Annotated[str, Column("Executor of the longest task.", "id", "TaskInfo.`Executor ID`")]
LongestTaskElsewhereMs = Annotated[
    int,
    _NonNegative,
    Column(
        "Longest task on any executor but that of the longest; a copy that speculation outran counts with the time "
        "it had run. 0 if there is none.",
        "ms",
        "TaskInfo timestamps",
    ),
]
LargestTaskReadBytes = Annotated[
    int, _NonNegative, Column("Largest amount read by one task, from sources and shuffles.", "bytes", "TaskMetrics")
]
LargestTaskMs = Annotated[
    int, _NonNegative, Column("Duration of the task that read the most.", "ms", "TaskInfo timestamps")
]
TaskDurationP25Ms = Annotated[
    int,
    _NonNegative,
    Column(
        "Lower quartile of the durations of tasks, to within 2 %; missing while the stage runs.",
        "ms",
        "TaskInfo timestamps",
    ),
]
TaskDurationP50Ms = Annotated[
    int,
    _NonNegative,
    Column(
        "Median of the durations of tasks, to within 2 %; missing while the stage runs.", "ms", "TaskInfo timestamps"
    ),
]
TaskDurationP75Ms = Annotated[
    int,
    _NonNegative,
    Column(
        "Upper quartile of the durations of tasks, to within 2 %; missing while the stage runs.",
        "ms",
        "TaskInfo timestamps",
    ),
]
TaskSkewRatio = Annotated[
    float,
    Field(ge=1),
    Column(
        "Longest over median task of the stage with the most executor run time; the median is known to within 2 %.",
        "ratio",
        "TaskInfo timestamps",
    ),
]

MemoryVerdict = Annotated[
    Literal["enough", "heap_oom", "container_kill", "unknown"],
    Column(
        "Censored observation of memory need: `enough` means need <= given, the two deaths mean need > given.",
        "text",
        "task ends, executor removals and SQL errors together",
    ),
]
EvidenceTier = Annotated[
    Literal["tasks", "heap_peaks", "process_tree"],
    Column(
        "How much memory evidence the log holds; scores are reported by tier.",
        "text",
        "ExecutorMetrics records whose JVMHeapMemory is above 0",
    ),
]
