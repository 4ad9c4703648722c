"""What properties give an application, as numbers with units, after Spark's defaults and platform rules.

The harvest applies it to effective properties, the service to a request's, so a feature means the same on both sides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from data_contracts.properties.spark import GIB, MIB, parse_size_bytes

_DEFAULT_HEAP_BYTES = GIB  # spark.executor.memory and spark.driver.memory, Spark 1.4 to 4.x
OVERHEAD_FACTOR = 0.10
NON_JVM_OVERHEAD_FACTOR = 0.40  # Kubernetes: org.apache.spark.deploy.k8s.Constants.NON_JVM_MEMORY_OVERHEAD_FACTOR
MIN_OVERHEAD_BYTES = 384 * MIB
_DEFAULT_SHUFFLE_PARTITIONS = 200
_LOCAL_MASTER = re.compile(r"local(?:\[\s*(?P<threads>[0-9]{1,9})\s*(?:,\s*[0-9]+\s*)?\])?")
# The cluster managers that reserve the overhead; the standalone one hands out the heap alone.
_RESERVES_OVERHEAD = frozenset({"yarn", "kubernetes"})
# Names in a resource profile: org.apache.spark.resource.ResourceProfile.
_PROFILE_MEMORY = {
    "memory": "spark.executor.memory",
    "memoryOverhead": "spark.executor.memoryOverhead",
    "pyspark.memory": "spark.executor.pyspark.memory",
    "offHeap": "spark.memory.offHeap.size",
}


@dataclass(frozen=True, slots=True)
class Allocation:
    """What an application is given, by the names, units and order of the ``runs`` columns.

    Attributes:
        executor_cores_count: None if the platform decides: a standalone cluster gives all cores of a worker,
            ``local[*]`` those of the machine. In local mode the threads of the master, whatever executors are given.
        executor_count: None if it is not known before the run: dynamic allocation, or a standalone cluster that gives
            an application all it has.
    """

    executor_memory_bytes: int
    executor_memory_overhead_bytes: int
    executor_offheap_bytes: int
    executor_pyspark_bytes: int
    driver_memory_bytes: int
    executor_cores_count: int | None
    executor_count: int | None
    task_cpus_count: int
    shuffle_partitions_count: int
    dynamic_allocation: bool
    platform: str

    @property
    def concurrent_tasks(self) -> int:
        """Tasks that share the heap of one executor; one if its cores are not known."""
        return max(1, (self.executor_cores_count or 1) // self.task_cpus_count)

    @property
    def container_bytes(self) -> int:
        """Heap and everything beside it: the limit of one executor if the cluster manager enforces limits."""
        return (
            self.executor_memory_bytes
            + self.executor_memory_overhead_bytes
            + self.executor_offheap_bytes
            + self.executor_pyspark_bytes
        )

    @property
    def reserved_bytes(self) -> int:
        """What one executor takes of the cluster manager's free memory; in local mode the driver's memory."""
        return self.container_bytes - (
            0 if self.platform in _RESERVES_OVERHEAD else self.executor_memory_overhead_bytes
        )


def effective_allocation(properties: Mapping[str, str], platform: str) -> Allocation:
    """What ``properties`` give on ``platform``; a value that Spark could not parse counts as not set.

    Args:
        properties: As set: the effective ones of an event log or those of a submission.
        platform: As :func:`sparkwright.spark.platform.platform_of` names it.
    """
    driver_bytes = _size(properties, "spark.driver.memory") or _DEFAULT_HEAP_BYTES
    # In local mode the tasks run in the driver's JVM: its heap is what they share.
    heap_bytes = driver_bytes if platform == "local" else _size(properties, "spark.executor.memory")
    heap_bytes = heap_bytes or _DEFAULT_HEAP_BYTES
    dynamic = _flag(properties, "spark.dynamicAllocation.enabled")
    offheap = _flag(properties, "spark.memory.offHeap.enabled")
    cores = _local_threads(properties) if platform == "local" else _count(properties, "spark.executor.cores")
    return Allocation(
        executor_memory_bytes=heap_bytes,
        executor_memory_overhead_bytes=0 if platform == "local" else overhead_bytes(properties, platform, heap_bytes),
        executor_offheap_bytes=(_size(properties, "spark.memory.offHeap.size", "b") or 0) if offheap else 0,
        executor_pyspark_bytes=_size(properties, "spark.executor.pyspark.memory") or 0,
        executor_cores_count=cores or (1 if platform in {"yarn", "kubernetes"} else None),
        executor_count=1 if platform == "local" else None if dynamic else _executor_count(properties, platform, cores),
        task_cpus_count=_count(properties, "spark.task.cpus") or 1,
        driver_memory_bytes=driver_bytes,
        shuffle_partitions_count=_count(properties, "spark.sql.shuffle.partitions") or _DEFAULT_SHUFFLE_PARTITIONS,
        dynamic_allocation=dynamic,
        platform=platform,
    )


def says_heap(properties: Mapping[str, str], platform: str) -> bool:
    """Whether the heap that :func:`effective_allocation` reads is the one in force.

    Only Spark can fill in a value such as ``${env:MEM}``: then the real size is unknown, whatever default is used.
    """
    name = "spark.driver.memory" if platform == "local" else "spark.executor.memory"
    return name not in properties or _size(properties, name) is not None


def profile_properties(executor: Mapping[str, float], task: Mapping[str, float]) -> dict[str, str]:
    """A resource profile as properties: what its executors have instead of the application's own values.

    Source: ``org.apache.spark.resource.ResourceProfile.getResourcesForClusterManager`` (Spark 4): what a profile does
    not name comes from the properties.

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


def overhead_bytes(
    properties: Mapping[str, str],
    platform: str,
    heap_bytes: int,
    *,
    side: Literal["executor", "driver"] = "executor",
) -> int:
    """Memory a container gets beside the heap, in bytes: Spark's whole rule, and the only copy of it here.

    An explicit ``memoryOverhead`` (or its key before Spark 2.3) replaces the derived value, which is the larger of a
    minimum and a share of the heap, in whole MiB as Spark computes it; on Kubernetes the share is larger if the
    container runs Python or R beside the JVM.

    Source: ``ResourceProfile.calculateOverHeadMemory``, ``BasicDriverFeatureStep`` and ``BasicExecutorFeatureStep`` of
    Spark 4; a value that Spark could not parse counts as not set.

    Args:
        properties: As set: the effective ones of an event log or those of a submission.
        platform: As :func:`sparkwright.spark.platform.platform_of` names it.
        heap_bytes: ``spark.executor.memory`` or ``spark.driver.memory`` in force.
        side: Whose container.
    """
    # The second name was used until Spark 2.2.
    for name in (f"spark.{side}.memoryOverhead", f"spark.yarn.{side}.memoryOverhead"):
        given = _size(properties, name)
        if given is not None:
            return given
    factor = _number(properties, f"spark.{side}.memoryOverheadFactor")
    if factor is None and platform == "kubernetes":
        factor = _number(properties, "spark.kubernetes.memoryOverheadFactor")
        if factor is None and runs_outside_jvm(properties):
            factor = NON_JVM_OVERHEAD_FACTOR
    minimum = _size(properties, f"spark.{side}.minMemoryOverhead")
    share_mib = int((OVERHEAD_FACTOR if factor is None else factor) * (heap_bytes // MIB))
    return max(MIN_OVERHEAD_BYTES if minimum is None else minimum, share_mib * MIB)


def runs_outside_jvm(properties: Mapping[str, str]) -> bool:
    """Whether the application is Python or R, according to properties that Spark sets on Kubernetes in cluster mode.

    They are ``spark.kubernetes.resource.type`` (Spark 2.4 to 4.x) and, before 3.0,
    ``spark.kubernetes.python.mainAppResource``; a launcher sets the first itself, before there is a driver to set it.
    Source: ``DriverCommandFeatureStep``.
    """
    return properties.get("spark.kubernetes.resource.type") in {"python", "r"} or any(
        f"spark.kubernetes.{language}.mainAppResource" in properties for language in ("python", "r")
    )


def _executor_count(properties: Mapping[str, str], platform: str, cores: int | None) -> int | None:
    if platform == "standalone":  # it ignores spark.executor.instances: cores.max decides
        max_cores = _count(properties, "spark.cores.max")
        return max_cores // cores if max_cores and cores else None
    given = _count(properties, "spark.executor.instances")
    return given or (2 if platform in {"yarn", "kubernetes"} else None)


def _local_threads(properties: Mapping[str, str]) -> int | None:
    """Threads of ``local``, ``local[N]`` and ``local[N, failures]``; None for ``local[*]``.

    Source: ``org.apache.spark.SparkMasterRegex`` (Spark 4).
    """
    match = _LOCAL_MASTER.fullmatch(properties.get("spark.master", "").strip())
    return int(match["threads"] or 1) or None if match else None


def _size(properties: Mapping[str, str], name: str, default_unit: str = "m") -> int | None:
    text = properties.get(name)
    if text is None:
        return None
    try:
        return parse_size_bytes(text, default_unit=default_unit)
    except ValueError:
        return None


def _count(properties: Mapping[str, str], name: str) -> int | None:
    text = properties.get(name)
    if text is None:
        return None
    try:
        return max(0, int(text)) or None
    except ValueError:
        return None


def _number(properties: Mapping[str, str], name: str) -> float | None:
    text = properties.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 100 else None


def _flag(properties: Mapping[str, str], name: str) -> bool:
    return properties.get(name, "").strip().lower() == "true"
