"""Sum up what the tasks of one run consumed, from its event log."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.lab.observation import events


@dataclass(frozen=True, slots=True)
class Consumed:
    """What the tasks of one application consumed.

    Attributes:
        cpu_ms: Processor time of the threads that ran them.
        gc_ms: Garbage collection time while they ran.
        run_ms: Wall time.
        input_bytes: What they read from sources.
        spilled_bytes: What they wrote to disk because it did not fit into memory.
        spark_version: Spark version of the application.
        ended_at_ms: When it ended, in milliseconds since 1970.
    """

    cpu_ms: float
    gc_ms: float
    run_ms: float
    input_bytes: int
    spilled_bytes: int
    spark_version: str
    ended_at_ms: int


def consumed(event_log: Path) -> Consumed:
    """Return the sums over all task ends of an event log."""
    cpu_ns = gc_ms = run_ms = input_bytes = spilled_bytes = ended_at_ms = 0
    spark_version = ""
    for event in events(event_log):
        name = event["Event"]
        if name == "SparkListenerLogStart":
            spark_version = event["Spark Version"]
        elif name == "SparkListenerApplicationEnd":
            ended_at_ms = event["Timestamp"]
        elif name == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            metrics = event["Task Metrics"]
            cpu_ns += metrics["Executor CPU Time"]
            gc_ms += metrics["JVM GC Time"]
            run_ms += metrics["Executor Run Time"]
            input_bytes += metrics["Input Metrics"]["Bytes Read"]
            spilled_bytes += metrics["Disk Bytes Spilled"]
    return Consumed(cpu_ns / 1e6, gc_ms, run_ms, input_bytes, spilled_bytes, spark_version, ended_at_ms)
