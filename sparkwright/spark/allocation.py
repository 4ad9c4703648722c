"""What properties give an application: Spark's defaults and platform rules applied, as numbers with units.

The harvest reads effective properties with it, the service a request's: a feature means the same on both sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from data_contracts.spark_properties import GIB, MIB, parse_size_bytes

_DEFAULT_HEAP_BYTES = GIB  # spark.executor.memory and spark.driver.memory, Spark 1.4 to 4.x
_DEFAULT_OVERHEAD_FACTOR = 0.10
_NON_JVM_OVERHEAD_FACTOR = 0.40  # Kubernetes: org.apache.spark.deploy.k8s.Constants.NON_JVM_MEMORY_OVERHEAD_FACTOR
_DEFAULT_MIN_OVERHEAD_BYTES = 384 * MIB
_DEFAULT_SHUFFLE_PARTITIONS = 200
# Names in a resource profile: org.apache.spark.resource.ResourceProfile.
_PROFILE_MEMORY = {
    "memory": "spark.executor.memory",
    "memoryOverhead": "spark.executor.memoryOverhead",
    "pyspark.memory": "spark.executor.pyspark.memory",
    "offHeap": "spark.memory.offHeap.size",
}


@dataclass(frozen=True, slots=True)
class EffectiveAllocation:
    """An allocation by the names of the ``runs`` columns.

    Attributes:
        executor_cores_count: None where the platform decides: a standalone cluster gives all cores of a worker.
        executor_count: None where it is not fixed before the run.
    """

    executor_memory_bytes: int
    executor_memory_overhead_bytes: int
    executor_offheap_bytes: int
    executor_pyspark_bytes: int
    executor_cores_count: int | None
    executor_count: int | None
    task_cpus_count: int
    driver_memory_bytes: int
    shuffle_partitions_count: int
    dynamic_allocation: bool


def effective_allocation(properties: Mapping[str, str], platform: str) -> EffectiveAllocation:
    """What ``properties`` give on ``platform``; a value Spark could not read counts as not set."""
    driver_bytes = _size(properties, "spark.driver.memory") or _DEFAULT_HEAP_BYTES
    # In local mode the tasks run in the driver's JVM: its heap is what they share.
    heap_bytes = driver_bytes if platform == "local" else _size(properties, "spark.executor.memory")
    heap_bytes = heap_bytes or _DEFAULT_HEAP_BYTES
    dynamic = _flag(properties, "spark.dynamicAllocation.enabled")
    offheap = _flag(properties, "spark.memory.offHeap.enabled")
    cores = _count(properties, "spark.executor.cores")
    return EffectiveAllocation(
        executor_memory_bytes=heap_bytes,
        executor_memory_overhead_bytes=0 if platform == "local" else _overhead_bytes(properties, platform, heap_bytes),
        executor_offheap_bytes=(_size(properties, "spark.memory.offHeap.size", "b") or 0) if offheap else 0,
        executor_pyspark_bytes=_size(properties, "spark.executor.pyspark.memory") or 0,
        executor_cores_count=cores or (1 if platform in {"yarn", "kubernetes"} else None),
        executor_count=1 if platform == "local" else None if dynamic else _executor_count(properties, platform, cores),
        task_cpus_count=_count(properties, "spark.task.cpus") or 1,
        driver_memory_bytes=driver_bytes,
        shuffle_partitions_count=_count(properties, "spark.sql.shuffle.partitions") or _DEFAULT_SHUFFLE_PARTITIONS,
        dynamic_allocation=dynamic,
    )


def profile_properties(executor: Mapping[str, float], task: Mapping[str, float]) -> dict[str, str]:
    """The properties that a resource profile stands for: what its executors have instead of the application's own.

    Source: ``org.apache.spark.resource.ResourceProfile.getResourcesForClusterManager`` (Spark 4): what a profile does
    not name is taken from the properties.

    Args:
        executor: Amounts by resource name, memory in MiB.
        task: Amounts by resource name.
    """
    given = {
        name: f"{int(executor[resource])}m"
        for resource, name in _PROFILE_MEMORY.items()
        if executor.get(resource, 0) > 0
    }
    if "spark.memory.offHeap.size" in given:
        given["spark.memory.offHeap.enabled"] = "true"
    if executor.get("cores", 0) >= 1:
        given["spark.executor.cores"] = str(int(executor["cores"]))
    if task.get("cpus", 0) >= 1:
        given["spark.task.cpus"] = str(int(task["cpus"]))
    return given


def _overhead_bytes(properties: Mapping[str, str], platform: str, heap_bytes: int) -> int:
    """Memory beside the heap, as ``ResourceProfile.calculateOverHeadMemory`` of Spark 4 computes it."""
    for name in ("spark.executor.memoryOverhead", "spark.yarn.executor.memoryOverhead"):  # the second until 2.2
        given = _size(properties, name)
        if given is not None:
            return given
    factor = _number(properties, "spark.executor.memoryOverheadFactor")
    if factor is None and platform == "kubernetes":
        non_jvm = properties.get("spark.kubernetes.resource.type") in {"python", "r"}
        factor = _number(properties, "spark.kubernetes.memoryOverheadFactor")
        factor = factor if factor is not None else _NON_JVM_OVERHEAD_FACTOR if non_jvm else None
    least = _size(properties, "spark.executor.minMemoryOverhead")
    least = _DEFAULT_MIN_OVERHEAD_BYTES if least is None else least
    return max(least, int(heap_bytes * (_DEFAULT_OVERHEAD_FACTOR if factor is None else factor)))


def _executor_count(properties: Mapping[str, str], platform: str, cores: int | None) -> int | None:
    if platform == "standalone":  # it ignores spark.executor.instances: cores.max decides
        most = _count(properties, "spark.cores.max")
        return most // cores if most and cores else None
    given = _count(properties, "spark.executor.instances")
    return given or (2 if platform in {"yarn", "kubernetes"} else None)


def _size(properties: Mapping[str, str], name: str, default_unit: str = "m") -> int | None:
    try:
        return parse_size_bytes(properties[name], default_unit=default_unit)
    except (KeyError, ValueError):
        return None


def _count(properties: Mapping[str, str], name: str) -> int | None:
    try:
        return max(0, int(properties[name])) or None
    except (KeyError, ValueError):
        return None


def _number(properties: Mapping[str, str], name: str) -> float | None:
    try:
        value = float(properties[name])
    except (KeyError, ValueError):
        return None
    return value if 0 <= value < 100 else None


def _flag(properties: Mapping[str, str], name: str) -> bool:
    return properties.get(name, "").strip().lower() == "true"
