"""Which responses there are, what each depends on, and how it is read from a run of the lab.

Features: ``log_pressure`` is the needed heap over the given one, ``log_fill`` the input of an executor over its heap.
Both fall with memory, so a coefficient of at least 0 makes a response that never rises with memory, which is what
collections, spill and core-time do. (A heap that is larger is filled further: its peak is a response of its own.)
"""

from collections.abc import Callable, Mapping

import numpy as np

from data_contracts.properties.spark import MIB
from evaluation.lab.simulator.lab_runs import Doubles, LabRuns
from evaluation.lab.simulator.response import Form

NEVER_RISES = (("log_pressure", 0.0, 4.0), ("log_high_pressure", 0.0, 6.0))
"""With memory; the second counts where more than half of the heap is needed."""

USUAL_PARTITIONS = 8.0
"""Of the lab's shuffles; adaptive execution merges a fleet's, so what people set there says little of a task's size."""

_MAX_EXECUTORS = 4
"""In the lab: what more of them leave unshared was not seen, and is not carried on."""

_POOL_SHARE, _RESERVED_MIB, _USABLE = 0.6, 300.0, 0.96
"""Of Spark's unified memory (``spark.memory.fraction``, reserved memory), and what a JVM of a given size can use."""

FORMS: dict[str, Form] = {
    "executor_run_time_ms": Form("log", 1.0, "input_mib", (("log_high_pressure", 0.0, 2.0), ("log_slots", 0.0, 0.5))),
    "idle_ms": Form("log", 1.0, "input_per_slot_mib"),
    "gc_ratio": Form("logit", features=(*NEVER_RISES, ("log_input_per_slot", -0.5, 0.5))),
    "cpu_ratio": Form("logit", features=(("log_concurrent_tasks", -1.0, 0.0),)),
    "input_record_count": Form("log", 1.0, "input_mib"),
    "shuffle_write_bytes": Form("log", MIB, "input_mib", optional=True),
    "output_bytes": Form("log", MIB, "input_mib", optional=True),
    "peak_execution_memory_bytes": Form("log", MIB, "input_per_slot_mib", (("log_partitions", -1.0, 0.0),), True),
    "unified_mib": Form(
        "log",
        1.0,
        "input_per_executor_mib",
        (("log_concurrent_tasks", 0.0, 1.0), ("log_partitions", -1.0, 0.0)),
        optional=True,
    ),
    "storage_ratio": Form("logit"),
    "spill_ratio": Form("log", 0.01, features=(("log_shortage", 0.0, 2.0),), optional=True),
    "heap_peak_ratio": Form("logit", features=(("log_pressure", 0.0, 3.0), ("log_fill", 0.0, 1.5))),
    "non_heap_rss_mib": Form("log", 1.0, "heap_peak_mib"),
    "python_rss_mib": Form("log", 1.0, features=(("log_concurrent_tasks", 0.0, 1.2),), optional=True),
    "peak_jvm_offheap_bytes": Form("log", MIB, features=(("log_concurrent_tasks", 0.0, 0.5),)),
    "peak_direct_memory_bytes": Form("log", MIB, features=(("log_concurrent_tasks", 0.0, 1.0),)),
    "major_gc_count": Form("log", 1.0, features=NEVER_RISES),
    "task_skew_excess": Form("log", 0.05),
}


def pool_mib(heap_mib: Doubles) -> Doubles:
    """What Spark's memory manager can give out on an executor; it grows with the heap."""
    return np.maximum(1.0, _POOL_SHARE * (_USABLE * heap_mib - _RESERVED_MIB))


def situations(
    *,
    input_mib: Doubles,
    heap_mib: Doubles,
    concurrent_tasks: Doubles,
    executors: Doubles,
    needed_mib: Doubles,
    partitions: Doubles | float = USUAL_PARTITIONS,
) -> dict[str, Doubles]:
    """The sizes and features of runs, from what they were given and what they needed."""
    executors = np.maximum(1.0, executors)
    log_pressure = np.clip(np.log(needed_mib / heap_mib), -3.0, 0.7)
    per_executor = input_mib / executors
    return {
        "input_mib": input_mib,
        "heap_mib": heap_mib,
        "input_per_executor_mib": per_executor,
        "input_per_slot_mib": per_executor / concurrent_tasks,
        "log_input_per_slot": np.log(per_executor / concurrent_tasks),
        "log_concurrent_tasks": np.log(concurrent_tasks),
        "log_executors": np.log(np.minimum(executors, _MAX_EXECUTORS)),
        "log_slots": np.log(executors * concurrent_tasks),
        "log_pressure": log_pressure,
        "log_high_pressure": np.maximum(0.0, log_pressure - np.log(0.5)),
        "log_fill": np.log(per_executor / heap_mib),
        "log_partitions": np.log(partitions / USUAL_PARTITIONS) * np.ones_like(heap_mib),
    }


def log_shortage(unified_mib: Doubles, heap_mib: Doubles) -> Doubles:
    """How much of the memory that was wanted there was not, on the logarithmic scale; it falls as the heap grows."""
    left = 1 - pool_mib(heap_mib) / np.maximum(unified_mib, 1e-3)
    return np.asarray(np.log(np.clip(left, 0.02, 1.0)))


_READ: Mapping[str, Callable[[LabRuns], Doubles]] = {
    "idle_ms": lambda runs: np.maximum(0, runs["duration_ms"] - runs["executor_run_time_ms"] / runs.slot_count),
    "gc_ratio": lambda runs: runs["jvm_gc_time_ms"] / np.maximum(1, runs["executor_run_time_ms"]),
    "cpu_ratio": lambda runs: (
        runs["executor_cpu_time_ns"] / 1e6 / np.maximum(1, runs["executor_run_time_ms"] - runs["jvm_gc_time_ms"])
    ),
    # Where the pool was all there was, what was spilled would have been held as well.
    "unified_mib": lambda runs: (
        (runs["peak_unified_memory_bytes"] + runs["memory_spilled_bytes"] / np.maximum(1, runs["executor_count"])) / MIB
    ),
    "storage_ratio": lambda runs: runs["peak_storage_memory_bytes"] / np.maximum(1, runs["peak_unified_memory_bytes"]),
    "spill_ratio": lambda runs: np.where(
        runs["memory_spilled_bytes"] > 0,
        runs["memory_spilled_bytes"] / np.maximum(MIB, runs["shuffle_write_bytes"]),
        np.nan,
    ),
    "heap_peak_ratio": lambda runs: runs["peak_jvm_heap_bytes"] / runs["executor_memory_bytes"],
    "non_heap_rss_mib": lambda runs: (
        (runs["peak_process_rss_bytes"] - runs["peak_jvm_heap_bytes"] - runs["peak_python_rss_bytes"]) / MIB
    ),
    "python_rss_mib": lambda runs: runs["peak_python_rss_bytes"] / MIB,
    "task_skew_excess": lambda runs: runs["task_skew_ratio"] - 1,
}


def observed(runs: LabRuns, name: str) -> Doubles:
    """The values of one response ``[N]``; not a number where the run tells nothing of it."""
    read = _READ.get(name)
    return read(runs) if read else runs[name]
