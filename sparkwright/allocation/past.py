"""Earlier runs of a workload, with what an allocation depends on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sparkwright.features.columns import DECISION_COLUMNS
from sparkwright.spark.allocation import Allocation

if TYPE_CHECKING:
    import pyarrow as pa

_FACTS = (
    "started_at",
    "ended_at",
    "status",
    "memory_verdict",
    "input_bytes",
    "duration_ms",
    "executor_run_time_ms",
    "shuffle_write_bytes",
    "jvm_gc_time_ms",
    "peak_jvm_heap_bytes",
    "peak_process_rss_bytes",
)
COLUMNS = (*DECISION_COLUMNS, *_FACTS)
"""Columns of ``runs`` that :func:`past_runs` reads."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run that has ended; names and units are those of the columns of ``runs``.

    Attributes:
        allocation: What it was given.
        peak_jvm_heap_bytes: None if heaps were not measured.
        peak_process_rss_bytes: None if processes were not measured.
    """

    allocation: Allocation
    started_at: datetime
    ended_at: datetime
    status: str
    memory_verdict: str
    input_bytes: int
    duration_ms: int
    executor_run_time_ms: int
    shuffle_write_bytes: int
    jvm_gc_time_ms: int
    peak_jvm_heap_bytes: int | None = None
    peak_process_rss_bytes: int | None = None

    @property
    def heap_bytes(self) -> int:
        """Heap that its tasks shared: an executor's, or the driver's in local mode."""
        return self.allocation.executor_memory_bytes

    @property
    def tasks(self) -> int:
        """Tasks that shared that heap."""
        return self.allocation.concurrent_tasks

    @property
    def held(self) -> bool:
        """Whether its heap was enough for everything it read: a run that stopped early proves nothing."""
        return self.memory_verdict == "enough" and self.status == "succeeded"

    @property
    def gc_ratio(self) -> float:
        """Share of the tasks' time that went into garbage collection."""
        return self.jvm_gc_time_ms / max(1, self.executor_run_time_ms)


def past_runs(rows: "pa.Table") -> list[PastRun]:
    """Return the ended runs of one workload, ordered by end.

    Args:
        rows: Rows of ``runs`` of one workload, with at least the columns ``COLUMNS``.
    """
    return past_runs_of({name: rows[name].to_pylist() for name in COLUMNS})


def past_runs_of(columns: Mapping[str, Sequence[object]]) -> list[PastRun]:
    """Return the same from ``COLUMNS`` as lists of Python values, one per run."""
    cut = len(DECISION_COLUMNS)
    ended = COLUMNS.index("ended_at")
    runs = [
        PastRun(Allocation(*values[:cut]), *values[cut:])
        for values in zip(*(columns[name] for name in COLUMNS), strict=True)
        if values[ended] is not None
    ]
    return sorted(runs, key=lambda run: (run.ended_at, run.started_at))
