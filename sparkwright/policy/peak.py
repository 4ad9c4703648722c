"""The most that an application can hold at one moment, by its properties: what budgets of one run bound."""

from collections.abc import Mapping
from dataclasses import dataclass

from data_contracts.properties.policy import kind_of
from data_contracts.properties.spark import MIB, PROPERTIES
from sparkwright.spark.allocation import effective_allocation, overhead_bytes

CONTAINERS = frozenset({"yarn", "kubernetes"})
SMALLEST_HEAP_BYTES = 450 * MIB
"""Spark refuses less: ``UnifiedMemoryManager``, 1.5 times the 300 MiB that it keeps for itself."""
_UNBOUNDED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Peak:
    """What an application holds at most.

    Attributes:
        executors: None where the properties do not tell, as on a standalone cluster without ``spark.cores.max``.
        executor_bytes: Of one executor, with what is reserved beside the heap.
        executor_cores: Of one executor; None where the platform decides.
        driver_bytes: With what is reserved beside the heap.
        driver_cores: In local mode the threads.
    """

    executors: int | None
    executor_bytes: int
    executor_cores: int | None
    driver_bytes: int
    driver_cores: int

    @property
    def memory_bytes(self) -> int | None:
        """Of all executors and the driver."""
        return None if self.executors is None else self.executors * self.executor_bytes + self.driver_bytes

    @property
    def cores(self) -> int | None:
        """Of all executors and the driver."""
        if self.executors is None or (self.executor_cores is None and self.executors):
            return None
        return self.executors * (self.executor_cores or 0) + self.driver_cores


def peak_of(properties: Mapping[str, str], platform: str) -> Peak:
    """What properties let an application hold; a value that Spark could not read counts as not set.

    Args:
        properties: As they are in force.
        platform: As of a request.
    """
    given = effective_allocation(properties, platform)
    driver = given.driver_memory_bytes
    if platform in CONTAINERS:
        driver += overhead_bytes(properties, platform, driver, side="driver")
    if platform == "local":
        return Peak(0, 0, 0, driver + given.executor_offheap_bytes, given.executor_cores_count or 1)
    return Peak(
        executors=_executors(properties, platform, given.dynamic_allocation, given.executor_cores_count),
        executor_bytes=given.reserved_bytes,
        executor_cores=given.executor_cores_count,
        driver_bytes=driver,
        driver_cores=count(properties, "spark.driver.cores") or 1,
    )


def count(properties: Mapping[str, str], name: str) -> int | None:
    """A number of something; None where it is not set, or no number."""
    text = properties.get(name, "").strip().lower()
    if text == "infinity":
        return _UNBOUNDED
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _executors(properties: Mapping[str, str], platform: str, dynamic: bool, cores: int | None) -> int | None:
    """Executors at one moment.

    Under dynamic allocation Spark begins with the largest of ``minExecutors``, ``initialExecutors`` and
    ``spark.executor.instances`` and goes up to ``maxExecutors``. Source:
    ``org.apache.spark.util.Utils.getDynamicAllocationInitialExecutors``.
    """
    within = None
    if platform == "standalone":
        most = count(properties, "spark.cores.max")
        within = most // cores if most is not None and cores else most  # an executor has a core at least
    if dynamic:
        names = ("minExecutors", "initialExecutors", "maxExecutors")
        told = [count(properties, f"spark.dynamicAllocation.{name}") for name in names]
        most = told[2] if told[2] is not None else _UNBOUNDED
        instances = count(properties, "spark.executor.instances")
        peak = max(most, told[0] or 0, told[1] or 0, (instances or 0) if platform != "standalone" else 0)
        return peak if within is None else min(peak, within)
    if platform == "standalone":
        return within
    instances = count(properties, "spark.executor.instances")
    return instances if instances is not None else 2 if platform in CONTAINERS else None


def default_of(name: str, properties: Mapping[str, str], platform: str) -> str | None:
    """What a property that is not set amounts to; None where nobody knows, or it has no effect there.

    The overhead is what Spark derives from the heap.
    """
    known = PROPERTIES.get(name)
    if known is not None and platform not in known.platforms:
        return None
    if name in {"spark.executor.memoryOverhead", "spark.driver.memoryOverhead"}:
        side = "executor" if "executor" in name else "driver"
        allocation = effective_allocation(properties, platform)
        heap = allocation.executor_memory_bytes if side == "executor" else allocation.driver_memory_bytes
        derived = overhead_bytes(properties, platform, heap, side="executor" if side == "executor" else "driver")
        return f"{derived // MIB}m"
    if platform in CONTAINERS and name == "spark.executor.cores":
        return "1"
    if platform in CONTAINERS and name == "spark.executor.instances":
        return "2"
    return kind_of(name).default
