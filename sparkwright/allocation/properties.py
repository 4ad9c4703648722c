"""What a request asks for: the user's properties laid over what the last run had, the rest Spark's defaults."""

from dataclasses import asdict, dataclass

from data_contracts.api import RecommendRequest
from data_contracts.spark_properties import MIB, format_size_mib
from sparkwright.features.columns import Candidate
from sparkwright.spark.allocation import effective_allocation

LEAST_HEAP_BYTES = 512 * MIB
"""Spark refuses executors below 450 MiB (``UnifiedMemoryManager``: 1.5 x 300 MiB reserved); the next round size."""

ENFORCES_OVERHEAD = frozenset({"yarn", "kubernetes"})
"""Cluster managers that kill a container that outgrows heap + overhead; the standalone one does not look."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """One earlier run of the workload, as far as the policy looks at it."""

    executor_memory_bytes: int
    executor_memory_overhead_bytes: int
    executor_offheap_bytes: int
    executor_pyspark_bytes: int
    driver_memory_bytes: int
    executor_cores_count: int
    executor_count: int
    task_cpus_count: int
    shuffle_partitions_count: int
    dynamic_allocation: bool
    memory_verdict: str
    status: str
    input_bytes: int

    @property
    def concurrent_tasks(self) -> int:
        """Tasks that shared the heap of one executor."""
        return max(1, self.executor_cores_count // self.task_cpus_count)

    def as_properties(self) -> dict[str, str]:
        """What this run was given, as properties; the overhead is left to its default for the heap."""
        properties = {
            "spark.executor.memory": format_size_mib(self.executor_memory_bytes),
            "spark.executor.cores": str(self.executor_cores_count),
            "spark.task.cpus": str(self.task_cpus_count),
            "spark.driver.memory": format_size_mib(self.driver_memory_bytes),
            "spark.sql.shuffle.partitions": str(self.shuffle_partitions_count),
            "spark.dynamicAllocation.enabled": str(self.dynamic_allocation).lower(),
        }
        if self.executor_pyspark_bytes:
            properties["spark.executor.pyspark.memory"] = format_size_mib(self.executor_pyspark_bytes)
        if self.executor_offheap_bytes:
            properties["spark.memory.offHeap.enabled"] = "true"
            properties["spark.memory.offHeap.size"] = format_size_mib(self.executor_offheap_bytes)
        return properties


def requested(request: RecommendRequest, last: PastRun | None) -> Candidate:
    """The allocation the run would get without advice, where unset properties stay as they were in the last run."""
    given = request.properties.as_conf()
    properties = (last.as_properties() if last else {}) | given
    values = asdict(effective_allocation(properties, request.platform))
    values["executor_cores_count"] = values["executor_cores_count"] or 1
    if last and values["executor_count"] is None and not values["dynamic_allocation"]:
        values["executor_count"] = last.executor_count
    if last and "spark.executor.memoryOverhead" not in given:
        overhead = max(values["executor_memory_overhead_bytes"], last.executor_memory_overhead_bytes)
        values["executor_memory_overhead_bytes"] = overhead
    return Candidate(platform=request.platform, **values)
