"""The columns of ``runs`` that the forecaster reads, and a guard against those that a decision cannot know.

To add a column, add its name here; its meaning is in :mod:`data_contracts`.
"""

from collections.abc import Iterable
from dataclasses import fields

from data_contracts.properties.spark import MIB
from data_contracts.row import contract_hash, role_of
from data_contracts.tables import Run
from sparkwright.errors import LeakageError
from sparkwright.spark.allocation import Allocation

DECISION_COLUMNS = tuple(field.name for field in fields(Allocation))
PLATFORMS = ("standalone", "yarn", "kubernetes", "local")
SIZES = tuple(name for name in DECISION_COLUMNS if name not in {"dynamic_allocation", "platform"})
ALLOCATION_FEATURES = (*SIZES, "concurrent_tasks", "slots", "dynamic_allocation", *PLATFORMS)

REQUIREMENTS = ("duration_ms", "executor_run_time_ms", "input_bytes", "shuffle_write_bytes", "disk_spilled_bytes")
"""What is forecast."""

REQUIREMENT_UNITS = (1, 1, MIB, MIB, MIB)
"""What counts as one on the logarithmic scale: a millisecond, a MiB. A spill of 0 or 10 kB makes no difference to
anybody and must not weigh as much as 1 against 10 GB."""

USAGE_VOLUMES = (
    "task_count",
    "output_bytes",
    "shuffle_read_bytes",
    "memory_spilled_bytes",
    "peak_execution_memory_bytes",
)
EVIDENCE_TIERS = ("tasks", "heap_peaks", "process_tree")
USAGE_FEATURES = (
    *USAGE_VOLUMES,
    "gc_ratio",
    "cpu_ratio",
    "failed_task_ratio",
    "heap_peak_ratio",
    "execution_memory_ratio",
    "rss_ratio",
    "python_rss_ratio",
    "skew",
    "failed",
    "container_kill",
    *EVIDENCE_TIERS,
)

HISTORY_COLUMNS = (
    *DECISION_COLUMNS,
    *REQUIREMENTS,
    *USAGE_VOLUMES,
    "memory_verdict",
    "status",
    "failed_task_count",
    "executor_cpu_time_ns",
    "jvm_gc_time_ms",
    "peak_jvm_heap_bytes",
    "peak_process_rss_bytes",
    "peak_python_rss_bytes",
    "task_skew_ratio",
    "evidence_tier",
    "log_state",
)
"""What a completed run tells about the next one."""

COLUMNS = ("workload_id", "started_at", "ended_at", *HISTORY_COLUMNS)
"""Every column that is read."""


def refuse_leakage(columns: Iterable[str]) -> None:
    """Check that each of these columns of ``runs`` is known when the decision is made.

    Raises:
        LeakageError: By its role in :class:`data_contracts.tables.Run`, a column is known later than submission.
    """
    late = [name for name in columns if role_of(Run.model_fields[name]).known_at != "submit"]
    if late:
        raise LeakageError(
            f"expected features of a decision to be known at submission; {', '.join(late)} of this run is known later. "
            "Only the values of earlier runs may be used (HISTORY_COLUMNS)"
        )


def current_contract_hash() -> str:
    """A hash of the meaning of the columns read here; stored with a model and compared when it is loaded."""
    return contract_hash(Run, COLUMNS)
