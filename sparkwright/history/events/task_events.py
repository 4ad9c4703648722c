"""The end of a task, the event that makes up most of a log, as structs with only the fields we use."""

import msgspec
from msgspec import Struct

from sparkwright.history.events.long import Long


class ExecutorMetrics(
    Struct,
    rename={
        "heap_bytes": "JVMHeapMemory",
        "offheap_bytes": "JVMOffHeapMemory",
        "unified_bytes": "OnHeapUnifiedMemory",
        "storage_bytes": "OnHeapStorageMemory",
        "direct_bytes": "DirectPoolMemory",
        "major_gc_count": "MajorGCCount",
        "jvm_rss_bytes": "ProcessTreeJVMRSSMemory",
        "python_rss_bytes": "ProcessTreePythonRSSMemory",
        "other_rss_bytes": "ProcessTreeOtherRSSMemory",
    },
    gc=False,
):
    """Peaks of one executor; a ``heap_bytes`` of 0 means that nothing was recorded."""

    heap_bytes: Long = 0
    offheap_bytes: Long = 0
    unified_bytes: Long = 0
    storage_bytes: Long = 0
    direct_bytes: Long = 0
    major_gc_count: Long = 0
    jvm_rss_bytes: Long = 0
    python_rss_bytes: Long = 0
    other_rss_bytes: Long = 0


class Input(Struct, rename={"bytes": "Bytes Read", "records": "Records Read"}, gc=False):
    """Read from sources."""

    bytes: Long = 0
    records: Long = 0


class Output(Struct, rename={"bytes": "Bytes Written"}, gc=False):
    """Written to sinks."""

    bytes: Long = 0


class ShuffleRead(
    Struct,
    rename={
        "remote_bytes": "Remote Bytes Read",
        "local_bytes": "Local Bytes Read",
        "fetch_wait_ms": "Fetch Wait Time",
    },
    gc=False,
):
    """Read from other stages."""

    remote_bytes: Long = 0
    local_bytes: Long = 0
    fetch_wait_ms: Long = 0


class ShuffleWrite(Struct, rename={"bytes": "Shuffle Bytes Written"}, gc=False):
    """Written for other stages."""

    bytes: Long = 0


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

    run_time_ms: Long = 0
    cpu_time_ns: Long = 0
    gc_time_ms: Long = 0
    result_bytes: Long = 0
    memory_spilled_bytes: Long = 0
    disk_spilled_bytes: Long = 0
    peak_execution_bytes: Long = 0
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
        "speculative": "Speculative",
    },
    gc=False,
):
    """Which task ran where and when."""

    task_id: Long = -1
    executor_id: str = ""
    launched_ms: Long = 0
    finished_ms: Long = 0
    speculative: bool = False


class BlockManager(Struct, rename={"executor_id": "Executor ID", "host": "Host", "port": "Port"}, gc=False):
    """The block manager that held the files which could not be fetched."""

    executor_id: str = ""
    host: str = ""
    port: Long = 0


class TaskEndReason(
    Struct,
    rename={
        "holder": "Block Manager Address",
        "shuffle_id": "Shuffle ID",
        "reduce_id": "Reduce ID",
        "kind": "Reason",
        "exception_class": "Class Name",
        "description": "Description",
        "trace": "Full Stack Trace",
        "loss_reason": "Loss Reason",
        "message": "Message",
        "kill_reason": "Kill Reason",
    },
    gc=False,
):
    """Why a task ended; which fields are set depends on ``kind``."""

    kind: str = "Success"
    exception_class: str | None = None
    description: str | None = None
    trace: str | None = None
    loss_reason: str | None = None
    message: str | None = None
    kill_reason: str | None = None
    holder: BlockManager | None = None
    shuffle_id: Long = -1
    reduce_id: Long = -1

    @property
    def words(self) -> str:
        """The reason at its fullest, worded as in a driver's log (``TaskEndReason.toErrorString``)."""
        head = f"{self.exception_class}: {self.description}" if self.exception_class else ""
        text = self.trace or head or self.loss_reason or self.message or self.kind
        if self.holder is None:
            return text
        holder = f"BlockManagerId({self.holder.executor_id}, {self.holder.host}, {self.holder.port})"
        return f"{self.kind}({holder}, shuffleId={self.shuffle_id}, reduceId={self.reduce_id}, message=\n{text}\n)"


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

    stage_id: Long
    reason: TaskEndReason
    info: TaskInfo
    stage_attempt_id: Long = 0
    metrics: TaskMetrics | None = None
    peaks: ExecutorMetrics | None = None


class Accumulable(Struct, rename={"name": "Name", "update": "Update"}, gc=False):
    """What a task added to one accumulator."""

    name: str | None = None
    update: msgspec.Raw = msgspec.Raw()


class OldTaskInfo(TaskInfo, rename={"accumulables": "Accumulables"}, gc=False):
    """Which task ran, with its accumulators."""

    accumulables: list[Accumulable] = []


class OldTaskEnd(TaskEnd, gc=False):
    """A task ended, as Spark before 3.0 writes it."""

    info: OldTaskInfo


_OLD_TASK_END = msgspec.json.Decoder(OldTaskEnd)


def decode_old_task_end(line: bytes) -> TaskEnd:
    """Decode the end of a task from Spark 1.5 to 2.4, which record peak execution memory only in an accumulator.

    Raises:
        msgspec.DecodeError: The line is not such an event.
    """
    event = _OLD_TASK_END.decode(line)
    if event.metrics is not None:
        for accumulable in event.info.accumulables:
            # `peakExecutionMemory`, a string, until 1.6; `internal.metrics.peakExecutionMemory`, a number, since then.
            if accumulable.name is not None and accumulable.name.endswith("peakExecutionMemory"):
                digits = bytes(accumulable.update).strip(b'"')
                event.metrics.peak_execution_bytes = int(digits) if digits.isdigit() and len(digits) < 19 else 0
    return event
