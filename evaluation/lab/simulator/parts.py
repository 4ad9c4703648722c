"""Stages, executors and failure messages of a run: shared by rows and event logs.

Shapes: A attempts, S stages, X executors of all attempts.
"""

from dataclasses import dataclass

import numpy as np

from data_contracts.properties import provenance
from evaluation.lab.simulator.fleet import Simulated
from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.outcomes import Whole
from evaluation.lab.simulator.schedule import FAILURES, RESTART_MS, TASK_OVERHEAD_MS
from evaluation.lab.simulator.shapes import Shape
from evaluation.lab.simulator.users import DIED

HOST_COUNT = 60
DRIVER_HOST = "edge-1.fleet.internal"
_OOM = ("java.lang.OutOfMemoryError", "Java heap space")
_OTHER = (
    "org.apache.spark.api.python.PythonException",
    "Traceback (most recent call last): ValueError: could not convert string to float",
)
TIER_PEAKS = {"tasks": (), "heap_peaks": ("heap",), "process_tree": ("heap", "processes")}
"""Peaks that logs show, by the workload's metric setting."""
PEAKS = (
    "peak_jvm_heap_bytes",
    "peak_jvm_offheap_bytes",
    "peak_unified_memory_bytes",
    "peak_storage_memory_bytes",
    "peak_direct_memory_bytes",
    "major_gc_count",
)


@dataclass(frozen=True, slots=True)
class Executors:
    """The executors of all attempts of a workload, by attempt.

    Attributes:
        attempt: Position of the attempt ``[X]``.
        index: Number within the attempt, from 0; replacements of lost executors come last ``[X]``.
        added_ms: When it was added, in milliseconds since 1970 ``[X]``.
        removed_ms: When it was lost; 0 if it was not ``[X]``.
        level: Share that it reaches of the peaks of the fullest executor, which is the first ``[X]``.
    """

    attempt: Whole
    index: Whole
    added_ms: Whole
    removed_ms: Whole
    level: Doubles


def executors_of(one: Simulated) -> Executors:
    """Return the executors of a workload."""
    plan, count = one.plan, one.plan.executor_count
    attempt = np.repeat(np.arange(len(count)), count)
    index = np.arange(len(attempt)) - np.repeat(np.cumsum(count) - count, count)
    first = one.workload.executors[attempt]
    turn = plan.fail_run_ms[attempt] + TASK_OVERHEAD_MS + RESTART_MS
    died_ms = plan.fail_from_ms[attempt] + index * turn + plan.fail_run_ms[attempt] + TASK_OVERHEAD_MS
    replaced_ms = plan.fail_from_ms[attempt] + (index - first + 1) * turn - RESTART_MS // 2
    added = np.where(index < first, plan.added_ms[attempt] + index * 53 % 300, replaced_ms)
    lost = plan.loses[attempt] & (index < FAILURES)
    ready = one.ready_ms[attempt]
    level = np.asarray(1 - 0.15 * (index * 0.618 % 1), np.float64)
    return Executors(attempt, index, ready + added, np.where(lost, ready + died_ms + 20, 0), level)


def executor_name(index: int) -> str:
    """Return the name of an executor in YARN's numbering."""
    return str(index + 1)


def host_of(one: Simulated, index: int) -> str:
    """Return the host of an executor."""
    return f"node-{(one.workload.number * 7 + index) % HOST_COUNT + 1:02d}.fleet.internal"


def fullness(shape: Shape) -> Doubles:
    """Return each stage's share of the peaks of a run ``[S]``: 1 in the stage that dies if the heap is too small."""
    shares = np.array([stage.run_share for stage in shape.stages])
    level = np.round(np.where(shares > 0, 0.6 + 0.4 * shares / shares.max(), 0.5), 3)
    level[shape.fatal] = 1.0
    return level


def shows(one: Simulated, what: str) -> bool:
    """Return whether the logs of the workload show peaks of the ``heap``, or of ``processes``."""
    return what in TIER_PEAKS[one.workload.submission.tier]


def properties_of(one: Simulated, position: int, stamp: str) -> dict[str, str]:
    """Return the Spark properties of one attempt."""
    submission, heap_mib = one.workload.submission, one.workload.attempts.heap_mib[position]
    given = {
        "spark.app.id": one.ids[position],
        "spark.app.name": app_name(one),
        "spark.master": "yarn",
        "spark.submit.deployMode": "client",
        "spark.yarn.queue": submission.queue,
        "spark.driver.memory": "4g",
        "spark.executor.memory": f"{heap_mib:.0f}m",
        "spark.executor.cores": str(submission.cores),
        "spark.sql.shuffle.partitions": str(submission.partitions),
        provenance.FLEET: stamp,
        provenance.ORIGIN: "simulated",
        provenance.WORKLOAD: one.name,
    }
    if submission.dynamic:
        given |= {
            "spark.dynamicAllocation.enabled": "true",
            "spark.dynamicAllocation.maxExecutors": str(submission.executors),
            "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        }
    else:
        given["spark.executor.instances"] = str(submission.executors)
    if shows(one, "heap"):
        given["spark.eventLog.logStageExecutorMetrics"] = "true"
    if shows(one, "processes"):
        given["spark.executor.processTreeMetrics.enabled"] = "true"
    return dict(sorted(given.items()))


def app_name(one: Simulated) -> str:
    """Return the name of the application, the same for every run."""
    return f"{one.workload.calendar.schedule}-job-{one.workload.number:05d}"


def task_failure(one: Simulated, position: int) -> tuple[str, str]:
    """Return class and message of the exception that ends the tasks of a failing attempt."""
    return _OOM if one.workload.attempts.ending[position] == DIED else _OTHER


def failing_executor(one: Simulated, position: int, number: int) -> int:
    """Return the executor on which the task fails for the ``number``-th time, from 0."""
    return number if one.plan.loses[position] else number % int(one.workload.executors[position])


def stage_failure(one: Simulated, position: int) -> str:
    """Return why the stage, its job and the SQL execution of an attempt failed."""
    stage = int(one.plan.failed[position].argmax())
    last_task = int(one.plan.task_count[position].sum()) - 1
    executor = failing_executor(one, position, FAILURES - 1)
    return (
        f"Job aborted due to stage failure: Task 0 in stage {stage}.0 failed {FAILURES} times, most recent failure: "
        f"Lost task 0.{FAILURES - 1} in stage {stage}.0 (TID {last_task}) ({host_of(one, executor)} executor "
        f"{executor_name(executor)}): {': '.join(task_failure(one, position))}\nDriver stacktrace:"
    )


def loss_reason(one: Simulated, position: int, index: int) -> str:
    """Return why an executor was lost."""
    container = f"container_{one.submitted_ms[position]}_{position:04d}_01_{index + 2:06d}"
    return f"Container from a bad node: {container} on host: {host_of(one, index)}. Exit status: 52. Diagnostics: [OOM]"
