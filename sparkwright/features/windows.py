"""From rows of ``runs`` to the arrays a model sees: the past of a workload at one moment.

Shapes: N runs, B batch, T context (past runs, oldest first), K candidates, A allocation features, R requirements,
U usage features. Volumes, times and sizes are logarithms; NaN means unknown.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sparkwright.errors import LakeError
from sparkwright.features.columns import (
    COLUMNS,
    DECISION_COLUMNS,
    EVIDENCE_TIERS,
    PLATFORMS,
    REQUIREMENT_UNITS,
    REQUIREMENTS,
    SIZES,
    USAGE_FEATURES,
    USAGE_VOLUMES,
    refuse_leakage,
)
from sparkwright.features.picking import at_each
from sparkwright.features.submissions import HOUR_US, Submissions, attempts
from sparkwright.spark.allocation import Allocation

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

_INPUT, _FAILED = REQUIREMENTS.index("input_bytes"), USAGE_FEATURES.index("failed")

UNKNOWN, ENOUGH, HEAP_OOM = 0, 1, 2
"""Memory verdicts that concern the heap; a container kill does not."""


class History(NamedTuple):
    """The past of B workloads, each at its own moment; entries from ``length`` on are NaN (0 in ``memory``)."""

    allocation: Floats  # [B, T, A]
    requirement: Floats  # [B, T, R]
    usage: Floats  # [B, T, U]
    memory: Integers  # [B, T]
    length: Integers  # [B]
    age_h: Floats  # [B, T] hours from the start of each run to the submission
    submitted: Submissions  # [B]

    def only(self, rows: Sequence[int]) -> "History":
        """Only the workloads at these positions ``[B]``, in this order."""
        taken = np.asarray(rows, dtype=np.int64)
        at_us, input_log, attempt = self.submitted
        return History(
            self.allocation[taken],
            self.requirement[taken],
            self.usage[taken],
            self.memory[taken],
            self.length[taken],
            self.age_h[taken],
            Submissions(at_us[taken], input_log[taken], attempt[taken]),
        )

    def recent(self, length: int) -> "History":
        """The same with only the newest ``length`` runs of each workload."""
        if self.memory.shape[1] <= length:
            return self
        kept = np.minimum(self.length, length)
        positions = np.minimum((self.length - kept)[:, None] + np.arange(length), self.memory.shape[1] - 1)
        allocation, requirement, usage = (at_each(values, positions) for values in self[:3])
        memory, age_h = at_each(self.memory, positions), at_each(self.age_h, positions)
        return History(allocation, requirement, usage, memory, kept, age_h, self.submitted)


class RunArrays(NamedTuple):
    """N runs that have ended, ordered by workload and end."""

    allocation: Floats  # [N, A]
    requirement: Floats  # [N, R]
    usage: Floats  # [N, U]
    memory: Integers  # [N]


class HistoryIndex:
    """The runs of all workloads, indexed by what was known of a workload at a moment.

    Args:
        runs: Rows of ``runs`` with at least the columns ``COLUMNS``, in any order. Runs without an end are left out: no
            decision can rest on them.

    Attributes:
        rows: The remaining runs, ordered by workload and end; all positions refer to it.
        arrays: The same runs as arrays.
        workload_codes: ``[N]`` number of each run's workload.

    Raises:
        LakeError: A column is missing.
    """

    def __init__(self, runs: pa.Table) -> None:
        missing = [name for name in COLUMNS if name not in runs.column_names]
        if missing:
            raise LakeError(f"expected runs with the columns the forecaster reads; {', '.join(missing)} is missing")
        runs = runs.filter(pc.is_valid(runs["ended_at"]))
        runs = runs.sort_by([("workload_id", "ascending"), ("ended_at", "ascending"), ("started_at", "ascending")])
        self.rows: pa.Table = runs.combine_chunks()
        self.arrays = encode(self.rows)
        names = self.rows["workload_id"].to_numpy(zero_copy_only=False)
        fresh = np.flatnonzero(np.r_[True, names[1:] != names[:-1]]) if len(names) else np.zeros(0, dtype=np.int64)
        stops = np.r_[fresh, len(names)][1:]
        self._groups = dict(zip(names[fresh], zip(fresh, stops, strict=True), strict=True))
        self.workload_codes: Integers = np.repeat(np.arange(len(fresh)), np.diff(np.r_[fresh, len(names)]))
        self._first: Integers = np.asarray(fresh, dtype=np.int64)
        self.started_us = _microseconds(self.rows["started_at"])
        self.ended_us = _microseconds(self.rows["ended_at"])
        self._attempt: Integers | None = None

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def span(self, workload_id: str, at: datetime, length: int) -> tuple[int, int]:
        """Positions ``[start, stop)`` of the last ``length`` runs of a workload that ended before ``at``."""
        first, last = self._groups.get(workload_id, (0, 0))
        stop = int(first + np.searchsorted(self.ended_us[first:last], microsecond(at), side="left"))
        return max(int(first), stop - length), stop

    def past_rows(self, workload_id: str, at: datetime) -> pa.Table:
        """Every run of a workload that ended before ``at``, oldest first."""
        start, stop = self.span(workload_id, at, len(self))
        return self.rows.slice(start, stop - start)

    def past(self, length: int) -> tuple[Integers, Integers]:
        """For each run, positions ``start, stop`` ``[N]`` of the last ``length`` runs that ended before it started."""
        # One sorted key for all workloads: the workload's number first, then the end.
        origin = min(self.ended_us.min(initial=0), self.started_us.min(initial=0))
        stride = np.int64(max(self.ended_us.max(initial=0), self.started_us.max(initial=0)) - origin + 1)
        ends = self.workload_codes * stride + (self.ended_us - origin)
        starts = self.workload_codes * stride + (self.started_us - origin)
        stop = np.searchsorted(ends, starts, side="left")
        return np.maximum(self._first[self.workload_codes], stop - length), stop

    def submissions(self, positions: Integers, *, told_input: npt.NDArray[np.bool_] | bool) -> Submissions:
        """The runs at ``positions`` as they were submitted, with the size of their input where ``told_input``.

        The size is what the run turned out to read: no run records what was known of it before.
        """
        if self._attempt is None:
            failed = self.arrays.usage[:, _FAILED] > 0
            first = self._first[self.workload_codes]
            self._attempt = attempts(self.past(1)[1], self.started_us, self.ended_us, failed, first)
        told = np.where(told_input, self.arrays.requirement[positions, _INPUT], np.float32(np.nan))
        return Submissions(self.started_us[positions], told.astype(np.float32), self._attempt[positions])

    def histories(self, start: Integers, stop: Integers, length: int, submitted: Submissions) -> History:
        """The runs at positions ``[start, stop)`` of B workloads as arrays with T = ``length``."""
        start = np.maximum(start, stop - length)
        positions = start[:, None] + np.arange(length)
        return gathered(self.arrays, self.started_us, positions, positions < stop[:, None], submitted)

    def history(
        self, workload_id: str, at: datetime, length: int, *, input_bytes: int | None = None, attempt: int = 1
    ) -> History:
        """What was known of one workload (B = 1) at the moment ``at``: only runs that had ended.

        Args:
            workload_id: The workload.
            at: When its next run is submitted.
            length: How many of its runs to use.
            input_bytes: What the run will read, if the request tells it.
            attempt: Which try it is.
        """
        start, stop = self.span(workload_id, at, length)
        submitted = submitted_at([at], [input_bytes], [attempt])
        return self.histories(np.array([start]), np.array([stop]), length, submitted)


def submitted_at(
    moments: Sequence[datetime], inputs_bytes: Sequence[int | None], attempts: Sequence[int]
) -> Submissions:
    """B submissions: the moment, the size of the input if the request tells it, and the attempt."""
    told = [math.nan if told is None else math.log1p(told / REQUIREMENT_UNITS[_INPUT]) for told in inputs_bytes]
    return Submissions(
        np.array([microsecond(moment) for moment in moments], dtype=np.int64),
        np.array(told, dtype=np.float32),
        np.array(attempts, dtype=np.int64),
    )


def gathered(
    arrays: RunArrays, started_us: Integers, positions: Integers, known: npt.NDArray[np.bool_], submitted: Submissions
) -> History:
    """The runs at ``positions`` ``[B, T]``, oldest first; entries that are not ``known`` ``[B, T]`` must come last."""
    positions = np.where(known, positions, 0)

    def gather(values: Floats) -> Floats:
        if not len(values):
            return np.full((*positions.shape, values.shape[1]), np.nan, dtype=np.float32)
        return np.where(known[:, :, None], values[positions], np.float32(np.nan))

    memory, age_h = np.zeros_like(positions), np.full(positions.shape, np.nan, dtype=np.float32)
    if len(arrays.memory):
        memory = arrays.memory[positions] * known
        age_h[known] = ((submitted.at_us[:, None] - started_us[positions])[known] / HOUR_US).astype(np.float32)
    return History(
        gather(arrays.allocation),
        gather(arrays.requirement),
        gather(arrays.usage),
        memory,
        known.sum(axis=1),
        age_h,
        submitted,
    )


def encode(runs: pa.Table) -> RunArrays:
    """The rows as arrays, in the same order.

    A run that did not succeed teaches no requirement (it stopped early); one whose log lost events teaches only its
    duration. Under dynamic allocation the number of executors is an outcome, so it counts as unknown.
    """
    refuse_leakage(DECISION_COLUMNS)
    raw = {name: _numbers(runs, name) for name in (*SIZES, *REQUIREMENTS, *USAGE_VOLUMES)}
    dynamic = _numbers(runs, "dynamic_allocation")
    raw["executor_count"] = np.where(dynamic > 0, np.nan, raw["executor_count"])
    platforms = np.stack([_is(runs, "platform", name) for name in PLATFORMS], axis=1)
    allocation = _allocation_features(np.stack([raw[name] for name in SIZES], axis=1), dynamic, platforms)

    succeeded = _is(runs, "status", "succeeded") > 0
    whole = succeeded & (_is(runs, "log_state", "complete") > 0)
    requirement = requirement_logs(np.stack([raw[name] for name in REQUIREMENTS], axis=1))
    requirement[~succeeded] = np.nan
    requirement[~whole, 1:] = np.nan

    memory = np.full(runs.num_rows, UNKNOWN, dtype=np.int64)
    memory[_is(runs, "memory_verdict", "enough") > 0] = ENOUGH
    memory[_is(runs, "memory_verdict", "heap_oom") > 0] = HEAP_OOM

    heap, run_time, tasks = raw["executor_memory_bytes"], raw["executor_run_time_ms"], raw["task_count"]
    usage = [
        *(np.log1p(raw[name]) for name in USAGE_VOLUMES),
        _ratio(_numbers(runs, "jvm_gc_time_ms"), run_time),
        _ratio(_numbers(runs, "executor_cpu_time_ns") / 1e6, run_time),
        _ratio(_numbers(runs, "failed_task_count"), tasks),
        _ratio(_numbers(runs, "peak_jvm_heap_bytes"), heap),
        _ratio(raw["peak_execution_memory_bytes"], heap),
        _ratio(_numbers(runs, "peak_process_rss_bytes"), heap),
        _ratio(_numbers(runs, "peak_python_rss_bytes"), heap),
        np.log(_numbers(runs, "task_skew_ratio")),
        _is(runs, "status", "failed"),
        _is(runs, "memory_verdict", "container_kill"),
        *(_is(runs, "evidence_tier", tier) for tier in EVIDENCE_TIERS),
    ]
    return RunArrays(allocation, requirement.astype(np.float32), np.stack(usage, axis=1).astype(np.float32), memory)


def requirement_logs(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Requirements ``[..., R]`` on the scale used for learning and scoring: ``log1p`` in ``REQUIREMENT_UNITS``."""
    return np.asarray(np.log1p(values / np.array(REQUIREMENT_UNITS)))


def encode_candidates(candidates: Sequence[Allocation]) -> Floats:
    """The candidates as allocation features ``[K, A]``."""
    sizes = np.array(
        [
            [math.nan if (value := getattr(candidate, name)) is None else value for name in SIZES]
            for candidate in candidates
        ],
        dtype=np.float64,
    )
    dynamic = np.array([candidate.dynamic_allocation for candidate in candidates], dtype=np.float64)
    platforms = np.array([[candidate.platform == name for name in PLATFORMS] for candidate in candidates])
    return _allocation_features(sizes, dynamic, platforms)


def _allocation_features(
    sizes: npt.NDArray[np.float64], dynamic: npt.NDArray[np.float64], platforms: npt.NDArray[np.float64]
) -> Floats:
    """``ALLOCATION_FEATURES`` ``[N, A]`` from ``SIZES`` ``[N, S]``; the number of slots follows from the sizes."""
    cores, count, task_cpus = (
        sizes[:, SIZES.index(name)] for name in ("executor_cores_count", "executor_count", "task_cpus_count")
    )
    concurrent = np.maximum(1, cores // task_cpus)
    slots = np.maximum(1, count) * concurrent
    derived = np.stack([np.log(concurrent), np.log(slots), dynamic], axis=1)
    return np.asarray(np.concatenate([np.log1p(sizes), derived, platforms], axis=1), dtype=np.float32)


def _numbers(runs: pa.Table, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(pc.cast(runs[name], pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _is(runs: pa.Table, name: str, value: str) -> npt.NDArray[np.float64]:
    return np.asarray(pc.fill_null(pc.equal(runs[name], value), False).to_numpy(zero_copy_only=False), np.float64)


def _ratio(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``part / whole``; NaN where ``whole`` is not positive."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _microseconds(moments: pa.ChunkedArray) -> Integers:
    instants = pc.cast(moments, pa.timestamp("us", "UTC"))
    return np.asarray(pc.cast(instants, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def microsecond(moment: datetime) -> int:
    """Microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)
