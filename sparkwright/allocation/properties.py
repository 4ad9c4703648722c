"""What a request asks for, as numbers: the user's properties, else what the last run had, else Spark's defaults."""

from dataclasses import dataclass

from data_contracts.api import RecommendRequest
from data_contracts.spark_properties import GIB, MIB, parse_size_bytes
from sparkwright.features.columns import Candidate

DEFAULT_HEAP_BYTES = GIB
"""``spark.executor.memory`` and ``spark.driver.memory`` (Spark 4: 1g)."""

LEAST_HEAP_BYTES = 512 * MIB
"""Spark refuses executors below 450 MiB (``UnifiedMemoryManager``: 1.5 x 300 MiB reserved); the next round size."""

ENFORCES_OVERHEAD = frozenset({"yarn", "kubernetes"})
"""Cluster managers that kill a container that outgrows heap + overhead; the standalone one does not look."""

_DEFAULT_EXECUTORS = {"yarn": 2, "kubernetes": 2}
_DEFAULT_SHUFFLE_PARTITIONS = 200


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


def requested(request: RecommendRequest, last: PastRun | None) -> Candidate:
    """The allocation the run would get if it were submitted as it is."""
    given = request.properties
    heap = _size(given.executor_memory) or (last.executor_memory_bytes if last else DEFAULT_HEAP_BYTES)
    cores = _count(given.executor_cores) or (last.executor_cores_count if last else 1)
    dynamic = given.dynamic_allocation == "true" if given.dynamic_allocation else bool(last and last.dynamic_allocation)
    overhead = _size(given.executor_memory_overhead)
    if overhead is None:
        default = default_overhead_bytes(heap, given.executor_memory_overhead_factor)
        overhead = max(default, last.executor_memory_overhead_bytes) if last else default
    return Candidate(
        executor_memory_bytes=heap,
        executor_memory_overhead_bytes=overhead,
        executor_offheap_bytes=_size(given.offheap_size) or (last.executor_offheap_bytes if last else 0),
        executor_pyspark_bytes=_size(given.executor_pyspark_memory) or (last.executor_pyspark_bytes if last else 0),
        driver_memory_bytes=_size(given.driver_memory) or (last.driver_memory_bytes if last else DEFAULT_HEAP_BYTES),
        executor_cores_count=cores,
        executor_count=None if dynamic else _executors(request, cores, last),
        task_cpus_count=_count(given.task_cpus) or (last.task_cpus_count if last else 1),
        shuffle_partitions_count=_count(given.shuffle_partitions)
        or (last.shuffle_partitions_count if last else _DEFAULT_SHUFFLE_PARTITIONS),
        dynamic_allocation=dynamic,
        platform=request.platform,
    )


def default_overhead_bytes(heap_bytes: int, factor: str | None) -> int:
    """What Spark adds beside a heap: a tenth of it (or ``factor``), at least ``spark.executor.minMemoryOverhead``."""
    return max(384 * MIB, int(heap_bytes * float(factor or 0.1)))


def _executors(request: RecommendRequest, cores: int, last: PastRun | None) -> int | None:
    given = request.properties
    # A standalone cluster deals out cores, not executors (SparkSubmit hands instances to YARN and Kubernetes only).
    if request.platform == "standalone":
        cores_max = _count(given.cores_max)
        if cores_max:
            return max(1, cores_max // cores)
    elif instances := _count(given.executor_instances):
        return instances
    return last.executor_count if last else _DEFAULT_EXECUTORS.get(request.platform)


def _size(text: str | None) -> int | None:
    return None if text is None else parse_size_bytes(text)


def _count(text: str | None) -> int | None:
    return None if text is None else int(text)
