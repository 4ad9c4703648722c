"""Schedules of a workload's attempts: stages, tasks and executors, consistent between rows and event logs.

Tasks of a stage are alike except for the first, which is the longest. The task that lacks memory is the first of the
fatal stage: it is tried four times (``spark.task.maxFailures``), once the others have ended. Times are in milliseconds
since the attempt got its executors.

Shapes: A attempts, S stages, T tasks of all.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_contracts.properties.spark import MIB
from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.outcomes import Whole, WorkloadRuns
from evaluation.lab.simulator.users import DIED, SUCCEEDED

TASK_OVERHEAD_MS = 8
"""Time from launch to end in addition to the run time."""

FAILURES = 4
RESTART_MS = 1500
"""Time from a failed attempt of a task to the next."""

STAGE_AMOUNTS = (
    "executor_run_time_ms",
    "jvm_gc_time_ms",
    "executor_cpu_time_ns",
    "input_bytes",
    "input_record_count",
    "shuffle_read_bytes",
    "shuffle_write_bytes",
    "output_bytes",
    "memory_spilled_bytes",
    "disk_spilled_bytes",
)
_MAX_SPLIT, _MIN_SPLIT, _ADVISORY = 128 * MIB, 4 * MIB, 64 * MIB
"""Spark's spark.sql.files.maxPartitionBytes, openCostInBytes and adaptive.advisoryPartitionSizeInBytes."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What happens when in every attempt.

    Attributes:
        executed: Whether the stage started ``[A, S]``.
        failed: Whether the stage is the one that failed ``[A, S]``.
        planned: Tasks of the stage ``[A, S]``.
        first: Index of the first task that succeeds: 1 in a failed stage ``[A, S]``.
        last: Index past the last task that succeeds ``[A, S]``.
        skew: Longest over usual task ``[A, S]``.
        whole: Totals of the stage if all its tasks succeeded, by name ``[A, S]``.
        started_ms: Start of the stage ``[A, S]``.
        ended_ms: End of the stage ``[A, S]``.
        usual_ms: Time between launches of its usual tasks ``[A, S]``.
        fail_run_ms: Run time of one attempt of the failing task ``[A]``.
        fail_gc_ms: Its garbage collection time ``[A]``.
        fail_from_ms: Launch of its first attempt ``[A]``.
        added_ms: When the first executors were added ``[A]``.
        end_ms: End of the application ``[A]``.
        executor_count: Executors added, including replacements of lost ones ``[A]``.
        loses: Whether each failed attempt of the task took its executor along ``[A]``.
    """

    executed: Mask
    failed: Mask
    planned: Whole
    first: Whole
    last: Whole
    skew: Doubles
    whole: dict[str, Whole]
    started_ms: Whole
    ended_ms: Whole
    usual_ms: Whole
    fail_run_ms: Whole
    fail_gc_ms: Whole
    fail_from_ms: Whole
    added_ms: Whole
    end_ms: Whole
    executor_count: Whole
    loses: Mask

    @property
    def task_count(self) -> Whole:
        """Tasks that end, successfully or not ``[A, S]``."""
        return np.where(self.executed, self.last - self.first + FAILURES * self.failed, 0)

    def amount(self, name: str) -> Whole:
        """Return the totals of a stage's tasks ``[A, S]``; what a failed attempt reads and writes does not count."""
        found = cumulated(self.last, self.whole[name], self.planned, self.skew)
        found = found - cumulated(self.first, self.whole[name], self.planned, self.skew)
        each = {"executor_run_time_ms": self.fail_run_ms, "jvm_gc_time_ms": self.fail_gc_ms}.get(name)
        if each is not None:
            found = found + FAILURES * each[:, None] * self.failed
        return np.where(self.executed, found, 0)


def cumulated(count: Whole, whole: Whole, planned: Whole, skew: Doubles) -> Whole:
    """Return the total of the first ``count`` of ``planned`` tasks; the first has weight ``skew``, the others 1."""
    weight = np.where(count > 0, skew + count - 1, 0.0)
    share = np.where(count >= planned, 1.0, weight / (skew + planned - 1))
    return np.asarray(np.floor(whole * share), np.int64)


def schedule(workload: WorkloadRuns) -> Schedule:
    """Return the schedule of every attempt of a workload."""
    stages, fatal = workload.shape.stages, workload.shape.fatal
    attempts = len(workload.executors)
    executed = np.ones((attempts, len(stages)), bool)
    ends_badly = workload.attempts.ending != SUCCEEDED
    executed[ends_badly, fatal + 1 :] = False
    failed = np.zeros_like(executed)
    failed[ends_badly, fatal] = True
    whole = _whole(workload)
    slots = workload.executors * workload.submission.cores
    planned = _planned(workload, whole, slots)
    skew = np.where(planned > 2, workload.skew[:, None], 1.0)
    first = np.where(failed, 1, 0)
    ends_well = np.floor((planned - 1) * workload.done_ratio[:, None]).astype(np.int64)
    last = np.where(failed, 1 + ends_well, planned)
    run = whole["executor_run_time_ms"]
    longest = cumulated(np.ones_like(planned), run, planned, skew) + TASK_OVERHEAD_MS
    usual = np.where(planned > 1, np.floor(run / (skew + planned - 1)).astype(np.int64) + 1, 0) + TASK_OVERHEAD_MS
    fail_run_ms = np.maximum(1, longest[:, fatal] - TASK_OVERHEAD_MS)
    walls = _makespan(last - first, longest * ~failed, usual, slots[:, None])
    well = walls.copy()
    walls += np.where(failed, FAILURES * (fail_run_ms + TASK_OVERHEAD_MS)[:, None] + (FAILURES - 1) * RESTART_MS, 0)
    added_ms, begin_ms = (workload.idle_ms * share for share in (0.35, 0.6))
    gap = np.floor(workload.idle_ms * 0.3 / len(stages)).astype(np.int64)[:, None]
    before = np.cumsum((walls + gap) * executed, axis=1) - (walls + gap) * executed
    started = begin_ms.astype(np.int64)[:, None] + before
    ended = started + walls
    end_ms = np.where(executed, ended, 0).max(axis=1, initial=0) + (workload.idle_ms * 0.1).astype(np.int64)
    loses = (workload.attempts.ending == DIED) & workload.loses_executors
    totals = workload.totals
    return Schedule(
        executed=executed,
        failed=failed,
        planned=planned,
        first=first,
        last=last,
        skew=skew,
        whole=whole,
        started_ms=started,
        ended_ms=ended,
        usual_ms=usual,
        fail_run_ms=fail_run_ms,
        fail_gc_ms=fail_run_ms * totals["jvm_gc_time_ms"] // np.maximum(1, totals["executor_run_time_ms"]),
        fail_from_ms=started[:, fatal] + well[:, fatal],
        added_ms=added_ms.astype(np.int64),
        end_ms=end_ms,
        executor_count=workload.executors + (FAILURES - 1) * loses,
        loses=loses,
    )


def _whole(workload: WorkloadRuns) -> dict[str, Whole]:
    """Return the totals of each completed stage, by name ``[A, S]``."""
    stages, totals = workload.shape.stages, workload.totals
    fixed = np.array([stage.fixed_ms for stage in stages], float)
    # Where a run is shorter than its fixed stages were in the lab, they shrink with it.
    fixed_total = np.minimum(fixed.sum(), totals["executor_run_time_ms"] / 2)
    fixed_part = fixed / max(1.0, fixed.sum()) * fixed_total[:, None]
    grows = np.array([stage.run_share for stage in stages])
    run = fixed_part + grows * (totals["executor_run_time_ms"] - fixed_total)[:, None]
    run_share = run / np.maximum(1.0, totals["executor_run_time_ms"])[:, None]
    shares = {
        "input_bytes": "input_share",
        "input_record_count": "input_share",
        "shuffle_read_bytes": "read_share",
        "shuffle_write_bytes": "write_share",
        "output_bytes": "output_share",
        "memory_spilled_bytes": "write_share",
        "disk_spilled_bytes": "write_share",
    }
    found = {}
    for name in STAGE_AMOUNTS:
        share = np.array([getattr(stage, shares[name]) for stage in stages]) if name in shares else run_share
        found[name] = np.floor(totals[name][:, None] * share).astype(np.int64)
    return found


def _planned(workload: WorkloadRuns, whole: dict[str, Whole], slots: Whole) -> Whole:
    """Return the tasks of each stage ``[A, S]``: input splits, or shuffle partitions merged by adaptive execution.

    Source: ``FilePartition.maxSplitBytes`` and ``CoalesceShufflePartitions`` of Spark 4, with their default settings.
    """
    read, shuffled = whole["input_bytes"], whole["shuffle_read_bytes"]
    split = np.clip(read // slots[:, None], _MIN_SPLIT, _MAX_SPLIT)
    scans = -(-read // split)
    merged = np.maximum(-(-shuffled // _ADVISORY), np.minimum(slots[:, None], -(-shuffled // MIB)))
    merged = np.minimum(merged, workload.submission.partitions)
    fixed = np.array([stage.fixed_ms > 0 for stage in workload.shape.stages])
    return np.asarray(np.where(fixed, 1, np.maximum(1, np.maximum(scans, merged))))


def _makespan(count: Whole, first_ms: Whole, usual_ms: Whole, slots: Whole) -> Whole:
    """Return how long ``count`` tasks take on ``slots``; if ``first_ms`` is not 0, one of them takes that long."""
    has_first = (first_ms > 0).astype(np.int64)
    rounds = _first_rounds(first_ms, usual_ms)
    others = count - has_first
    beside = rounds * (slots - has_first)
    few = -(-others // np.maximum(1, slots - has_first))
    many = rounds + -(-(others - beside) // slots)
    return np.asarray(np.maximum(first_ms, usual_ms * np.where((others <= beside) & (slots > has_first), few, many)))


def _first_rounds(first_ms: Whole, usual_ms: Whole) -> Whole:
    """Return for how many rounds of usual tasks the longest one holds its slot."""
    return np.asarray(-(-first_ms // np.maximum(1, usual_ms)))


@dataclass(frozen=True, slots=True)
class Tasks:
    """Every successful task of some attempts.

    Attributes:
        attempt: Position of the attempt ``[T]``.
        stage: Position of the stage ``[T]``.
        index: Number within the stage ``[T]``.
        executor: Executor, counted from 0 ``[T]``.
        launched_ms: Launch ``[T]``.
        run_ms: Run time ``[T]``.
        gc_ms: Garbage collection ``[T]``.
    """

    attempt: Whole
    stage: Whole
    index: Whole
    executor: Whole
    launched_ms: Whole
    run_ms: Whole
    gc_ms: Whole


def tasks_of(workload: WorkloadRuns, plan: Schedule) -> Tasks:
    """Return the successful tasks, by attempt and stage, each on the slot that is free first."""
    count = np.where(plan.executed, plan.last - plan.first, 0)
    attempt, stage = np.divmod(np.repeat(np.arange(count.size), count.ravel()), count.shape[1])
    starts = np.cumsum(count.ravel()) - count.ravel()
    index = np.arange(len(attempt)) - np.repeat(starts, count.ravel()) + plan.first[attempt, stage]
    executors = workload.executors[attempt]
    slots = executors * workload.submission.cores
    planned, skew = plan.planned[attempt, stage], plan.skew[attempt, stage]
    usual = plan.usual_ms[attempt, stage]
    longest = cumulated(np.ones_like(planned), plan.whole["executor_run_time_ms"][attempt, stage], planned, skew)
    has_first = plan.first[attempt, stage] == 0
    rounds = np.where(has_first, _first_rounds(longest + TASK_OVERHEAD_MS, usual), 0)
    others = index - 1
    wide = np.where(has_first, slots - 1, slots)
    beside = rounds * wide
    early = others < beside
    slot = np.where(early, has_first + others % np.maximum(1, wide), (others - beside) % slots)
    turn = np.where(early, others // np.maximum(1, wide), rounds + (others - beside) // slots)
    slot, turn = np.where(index == 0, 0, slot), np.where(index == 0, 0, turn)
    run, gc = (
        cumulated(index + 1, plan.whole[name][attempt, stage], planned, skew)
        - cumulated(index, plan.whole[name][attempt, stage], planned, skew)
        for name in ("executor_run_time_ms", "jvm_gc_time_ms")
    )
    return Tasks(attempt, stage, index, slot % executors, plan.started_ms[attempt, stage] + turn * usual, run, gc)
