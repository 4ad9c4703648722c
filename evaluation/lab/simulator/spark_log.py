"""A fleet as event logs: rolling and zstd-compressed, as Spark 4 writes them by default.

Events are in the order of a real log; those of one stage are together, with its tasks by time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import msgspec
import numpy as np
import zstandard

from data_contracts.properties.spark import GIB, MIB
from evaluation.lab.simulator import spark_events as e
from evaluation.lab.simulator import work_events as w
from evaluation.lab.simulator.fleet import Fleet, Simulated
from evaluation.lab.simulator.forms import pool_mib
from evaluation.lab.simulator.outcomes import Whole
from evaluation.lab.simulator.parts import (
    DRIVER_HOST,
    PEAKS,
    Executors,
    app_name,
    executor_name,
    executors_of,
    failing_executor,
    fullness,
    host_of,
    loss_reason,
    properties_of,
    shows,
    stage_failure,
    task_failure,
)
from evaluation.lab.simulator.schedule import (
    FAILURES,
    RESTART_MS,
    STAGE_AMOUNTS,
    TASK_OVERHEAD_MS,
    Tasks,
    cumulated,
)

_PROCESS_PARTS = ("jvm_rss_bytes", "peak_python_rss_bytes")
_EXECUTION = "spark.sql.execution.id"
_LEVEL = 3

Timed = tuple[int, e.Event]


@dataclass(slots=True)
class Written:
    """Figures of the written logs.

    Attributes:
        size_bytes: Size before compression.
        stored_bytes: Size after compression.
    """

    log_count: int = 0
    event_count: int = 0
    size_bytes: int = 0
    stored_bytes: int = 0


def write_logs(fleet: Fleet, folder: Path, limit: int | None = None) -> Written:
    """Write event logs of attempts to ``folder``: all, or ``limit``, taken in turn from every workload."""
    written = Written()
    encoder, compressor = msgspec.json.Encoder(), zstandard.ZstdCompressor(level=_LEVEL)
    folder.mkdir(parents=True, exist_ok=True)
    for one, positions in _chosen(fleet, limit):
        log = _WorkloadLog(one, fleet)
        for position in positions:
            app_id = one.ids[position]
            own = folder / f"eventlog_v2_{app_id}"
            own.mkdir(exist_ok=True)
            path = own / f"events_1_{app_id}.zstd"
            lines = [encoder.encode(event) for event in log.events(position)]
            with path.open("wb") as file, compressor.stream_writer(file) as stream:
                stream.write(b"\n".join(lines))
                stream.write(b"\n")
            (own / f"appstatus_{app_id}").touch()
            written.log_count += 1
            written.event_count += len(lines)
            written.size_bytes += sum(map(len, lines)) + len(lines)
            written.stored_bytes += path.stat().st_size
    return written


def _chosen(fleet: Fleet, limit: int | None) -> Iterator[tuple[Simulated, list[int]]]:
    counts = np.array([len(one.ids) for one in fleet.workloads])
    left = int(counts.sum()) if limit is None else limit
    taken = np.zeros_like(counts)
    while left > 0 and (taken < counts).any():
        for number in np.flatnonzero(taken < counts)[:left]:
            taken[number] += 1
            left -= 1
    for one, count, all_of_it in zip(fleet.workloads, taken, counts, strict=True):
        if count:
            # Over the whole time, so that growth and code changes are among them.
            yield one, np.unique(np.linspace(0, all_of_it - 1, count).round().astype(int)).tolist()


class _WorkloadLog:
    """Events of the attempts of one workload."""

    def __init__(self, one: Simulated, fleet: Fleet) -> None:
        self._one, self._fleet = one, fleet
        self._tasks: Tasks = one.tasks()
        self._executors: Executors = executors_of(one)
        self._amounts = {name: one.plan.amount(name) for name in STAGE_AMOUNTS}
        self._level = fullness(one.workload.shape)
        self._next_task = 0
        # Tasks are sorted by attempt and stage, executors by attempt, so each attempt's are contiguous.
        self._stage_of_task = self._tasks.attempt * one.plan.planned.shape[1] + self._tasks.stage

    def events(self, position: int) -> Iterator[e.Event]:
        """Yield the log of one attempt."""
        one, plan = self._one, self._one.plan
        workload = one.workload
        heap_mib = int(workload.attempts.heap_mib[position])
        started_ms, ready_ms = int(one.submitted_ms[position]), int(one.ready_ms[position])
        storage = int(pool_mib(np.array([float(heap_mib)]))[0] * MIB)
        self._next_task = 0
        yield e.log_start(self._fleet.spark)
        yield e.resource_profile(workload.submission.cores, heap_mib)
        yield e.block_manager("driver", DRIVER_HOST, started_ms, 2 * GIB)
        yield e.environment(properties_of(one, position, self._fleet.stamp))
        yield e.application_start(app_name(one), one.ids[position], started_ms, workload.submission.user)
        changes = self._executor_changes(position, storage)
        count = int(plan.executed[position].sum())
        begin_ms = ready_ms + int(plan.started_ms[position, 0])
        yield from (event for at_ms, event in changes if at_ms < begin_ms)
        changes = [(at_ms, event) for at_ms, event in changes if at_ms >= begin_ms]
        for stage in range(count):
            yield from self._stage(position, stage, count, changes)
        end_ms = ready_ms + int(plan.end_ms[position])
        fatal_ms = ready_ms + int(plan.ended_ms[position, count - 1])
        yield from (event for at_ms, event in changes if at_ms >= fatal_ms)
        yield e.application_end(end_ms)

    def _executor_changes(self, position: int, storage_bytes: int) -> list[Timed]:
        """Return added and removed executors, by time."""
        one, own = self._one, _piece(self._executors.attempt, position)
        changes: list[Timed] = []
        for index, added_ms, removed_ms in zip(
            *(
                values[own].tolist()
                for values in (self._executors.index, self._executors.added_ms, self._executors.removed_ms)
            ),
            strict=True,
        ):
            name, host = executor_name(index), host_of(one, index)
            changes.append((added_ms, e.executor_added(name, host, one.workload.submission.cores, added_ms)))
            changes.append((added_ms, e.block_manager(name, host, added_ms, storage_bytes)))
            if removed_ms:
                changes.append((removed_ms, e.executor_removed(name, removed_ms, loss_reason(one, position, index))))
                changes.append((removed_ms, e.block_manager_removed(name, host, removed_ms)))
        return sorted(changes, key=itemgetter(0))

    def _stage(self, position: int, stage: int, count: int, changes: list[Timed]) -> Iterator[e.Event]:
        """Yield one stage, with start or end of its job and SQL execution if it is their first or last."""
        one, plan, shapes = self._one, self._one.plan, self._one.workload.shape.stages
        shape = shapes[stage]
        began_ms, ended_ms = (
            int(one.ready_ms[position] + at[position, stage]) for at in (plan.started_ms, plan.ended_ms)
        )
        failed = bool(plan.failed[position, stage])
        error = stage_failure(one, position) if failed else ""
        properties = {_EXECUTION: str(shape.sql)} if shape.sql >= 0 else {}
        in_job = [number for number, other in enumerate(shapes) if other.job == shape.job]
        in_sql = [number for number, other in enumerate(shapes[:count]) if other.sql == shape.sql >= 0]
        info = self._info(position, stage)
        if in_sql and in_sql[0] == stage:
            yield w.sql_start(shape.sql, shape.name, began_ms)
        if in_job[0] == stage:
            stages = [self._info(position, number) for number in in_job]
            yield w.job_start(shape.job, began_ms, stages, properties)
        yield w.stage_submitted(info, began_ms, properties)
        fatal_changes = [change for change in changes if failed and change[0] < ended_ms]
        timed = [*self._good_tasks(position, stage), *(self._bad_tasks(position, stage) if failed else [])]
        yield from (event for _, event in sorted([*timed, *fatal_changes], key=itemgetter(0)))
        if shows(one, "heap"):
            yield from self._metrics(position, stage, failed=failed)
        totals = {name: int(values[position, stage]) for name, values in self._amounts.items()}
        yield w.stage_completed(info, began_ms, ended_ms, error, totals)
        if failed or in_job[-1] == stage:
            yield w.job_end(shape.job, ended_ms, error)
        if in_sql and (failed or in_sql[-1] == stage):
            yield w.sql_end(shape.sql, ended_ms, error)

    def _info(self, position: int, stage: int) -> e.Event:
        shapes = self._one.workload.shape.stages
        parents = [stage - 1] if stage and shapes[stage - 1].job == shapes[stage].job else []
        return w.stage_info(stage, shapes[stage].name, int(self._one.plan.planned[position, stage]), parents)

    def _good_tasks(self, position: int, stage: int) -> list[Timed]:
        """Return starts and ends of the successful tasks."""
        one, plan, tasks = self._one, self._one.plan, self._tasks
        own = _piece(self._stage_of_task, position * plan.planned.shape[1] + stage)
        index = tasks.index[own]
        planned, skew = plan.planned[position, stage], plan.skew[position, stage]
        split = {
            name: (cumulated(index + 1, whole, planned, skew) - cumulated(index, whole, planned, skew)).tolist()
            for name, whole in ((name, plan.whole[name][position, stage]) for name in STAGE_AMOUNTS)
        }
        ready_ms = int(one.ready_ms[position])
        peak = int(one.workload.peaks["peak_execution_memory_bytes"][position] * self._level[stage])
        result_bytes = one.workload.shape.stages[stage].result_bytes
        names = [(executor_name(at), host_of(one, at)) for at in range(int(one.workload.executors[position]))]
        launched = (ready_ms + tasks.launched_ms[own]).tolist()
        turn = np.empty(len(index), int)
        turn[np.argsort(launched, kind="stable")] = np.arange(len(index))
        timed: list[Timed] = []
        for at, executor in enumerate(tasks.executor[own].tolist()):
            amounts = {name: values[at] for name, values in split.items()}
            task = self._next_task + int(turn[at])
            info = w.task_info(task, int(index[at]), 0, launched[at], *names[executor])
            finished_ms = launched[at] + amounts["executor_run_time_ms"] + TASK_OVERHEAD_MS
            metrics = w.task_metrics(amounts, result_bytes, peak)
            timed.append((launched[at], w.task_start(stage, info)))
            timed.append((finished_ms, w.task_end(stage, info, finished_ms, w.SUCCESS, metrics)))
        self._next_task += len(index)
        return timed

    def _bad_tasks(self, position: int, stage: int) -> list[Timed]:
        """Return starts and ends of the task that fails every time."""
        one, plan = self._one, self._one.plan
        run_ms = int(plan.fail_run_ms[position])
        amounts = dict.fromkeys(STAGE_AMOUNTS, 0)
        amounts |= {"executor_run_time_ms": run_ms, "jvm_gc_time_ms": int(plan.fail_gc_ms[position])}
        peak = int(one.workload.peaks["peak_execution_memory_bytes"][position] * self._level[stage])
        metrics, reason = w.task_metrics(amounts, 0, peak), w.exception_failure(*task_failure(one, position))
        begin_ms = int(one.ready_ms[position] + plan.fail_from_ms[position])
        timed: list[Timed] = []
        for number in range(FAILURES):
            launched_ms = begin_ms + number * (run_ms + TASK_OVERHEAD_MS + RESTART_MS)
            executor = failing_executor(one, position, number)
            info = w.task_info(self._next_task, 0, number, launched_ms, executor_name(executor), host_of(one, executor))
            finished_ms = launched_ms + run_ms + TASK_OVERHEAD_MS
            timed.append((launched_ms, w.task_start(stage, info)))
            timed.append((finished_ms, w.task_end(stage, info, finished_ms, reason, metrics)))
            self._next_task += 1
        return timed

    def _metrics(self, position: int, stage: int, *, failed: bool) -> Iterator[e.Event]:
        """Yield peaks of the executors alive during a stage."""
        levels = self._executors.level[_piece(self._executors.attempt, position)]
        count = len(levels) if failed else int(self._one.workload.executors[position])
        names = (*PEAKS, *(_PROCESS_PARTS if shows(self._one, "processes") else ()))
        peaks = {name: int(self._one.workload.peaks[name][position]) for name in names}
        for index, level in enumerate(levels[:count].tolist()):
            reached = {name: int(peak * level * self._level[stage]) for name, peak in peaks.items()}
            yield e.stage_executor_metrics(executor_name(index), stage, reached)


def _piece(rising: Whole, value: int) -> slice:
    """Return the range of ``value`` in ascending numbers."""
    begin, end = np.searchsorted(rising, [value, value + 1])
    return slice(begin, end)
