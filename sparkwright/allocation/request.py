"""The allocation a request asks for: the user's properties over those of the last run, over Spark's defaults."""

from collections.abc import Mapping
from typing import Any

from sparkwright.allocation.past import PastRun
from sparkwright.features.columns import DECISION_COLUMNS
from sparkwright.spark.allocation import Allocation, effective_allocation

_SET_BY = {
    "executor_memory_bytes": ("spark.executor.memory",),
    "executor_offheap_bytes": ("spark.memory.offHeap.enabled", "spark.memory.offHeap.size"),
    "executor_pyspark_bytes": ("spark.executor.pyspark.memory",),
    "driver_memory_bytes": ("spark.driver.memory",),
    "executor_cores_count": ("spark.executor.cores",),
    "executor_count": ("spark.executor.instances", "spark.cores.max"),
    "task_cpus_count": ("spark.task.cpus",),
    "shuffle_partitions_count": ("spark.sql.shuffle.partitions",),
    "dynamic_allocation": ("spark.dynamicAllocation.enabled",),
}
"""Properties that determine each column; the overhead is left to its default for the heap."""


def requested(given: Mapping[str, str], platform: str, last: PastRun | None) -> Allocation:
    """Return the allocation the run would get without advice; unset properties stay as in the last run."""
    values = _columns(effective_allocation(given, platform))
    if last is not None:
        before = _columns(last.allocation)
        values |= {
            column: before[column]
            for column, names in _SET_BY.items()
            if given.keys().isdisjoint(names)
            and not (platform == "local" and column in {"executor_memory_bytes", "executor_cores_count"})
        }
        if platform == "local":
            # The heap is the driver's, and the master decides how many tasks share it.
            if "spark.driver.memory" not in given:
                values["executor_memory_bytes"] = last.heap_bytes
            values["executor_cores_count"] = values["executor_cores_count"] or last.allocation.executor_cores_count
    if platform == "standalone" and "spark.executor.cores" not in given and "spark.cores.max" in given:
        # Without spark.executor.cores, an executor takes all cores of its worker, up to spark.cores.max.
        cores_max = int(given["spark.cores.max"])
        values["executor_cores_count"] = min(values["executor_cores_count"] or cores_max, cores_max)
    if values["dynamic_allocation"]:
        values["executor_count"] = None
    values["executor_cores_count"] = values["executor_cores_count"] or 1
    return Allocation(**values)


def _columns(allocation: Allocation) -> dict[str, Any]:
    return {name: getattr(allocation, name) for name in DECISION_COLUMNS}
