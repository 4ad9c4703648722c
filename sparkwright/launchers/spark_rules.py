"""Properties that Spark, or the cluster it is submitted to, would refuse together.

Each rule names its source in Spark 4; a value that cannot be read breaks no rule, since Spark judges it by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from data_contracts.properties.spark import MIB, PROPERTIES, format_size_mib, is_size, parse_size_bytes
from sparkwright.spark.allocation import effective_allocation, overhead_bytes

_MIN_HEAP_BYTES = 450 * MIB
# The largest machines of public clouds in 2026 have 32 TiB and 1,920 threads.
_LARGEST_BYTES, _MAX_CORES_COUNT = 32 * 1024**4, 2048
_OF_ONE_MACHINE = frozenset({"spark.executor.cores", "spark.driver.cores", "spark.task.cpus"})
_HEAP, _DRIVER_HEAP = "spark.executor.memory", "spark.driver.memory"
_CORES, _TASK_CPUS, _MAX_CORES = "spark.executor.cores", "spark.task.cpus", "spark.cores.max"
_INSTANCES = "spark.executor.instances"
_DYNAMIC = "spark.dynamicAllocation.enabled"
_MIN, _INITIAL, _MAX = (f"spark.dynamicAllocation.{which}Executors" for which in ("min", "initial", "max"))
_OFFHEAP, _OFFHEAP_SIZE = "spark.memory.offHeap.enabled", "spark.memory.offHeap.size"
_EXECUTOR_MEMORY = (_HEAP, "spark.executor.memoryOverhead", "spark.executor.memoryOverheadFactor")
_DRIVER_MEMORY = (_DRIVER_HEAP, "spark.driver.memoryOverhead")


@dataclass(frozen=True, slots=True)
class SiteCaps:
    """The most a site lets one container have; None where it does not say.

    Attributes:
        memory_bytes: Heap of an executor and everything beside it.
        driver_memory_bytes: The same of the driver, where it runs in a container: in cluster mode.
        cores: Of an executor.
        source: Where that is written, for a person.
    """

    memory_bytes: int | None = None
    driver_memory_bytes: int | None = None
    cores: int | None = None
    source: str = ""


NO_CAPS = SiteCaps()


class Conflict(NamedTuple):
    """Properties that cannot go together, and why."""

    names: tuple[str, ...]
    text: str


def conflicts(properties: Mapping[str, str], platform: str, caps: SiteCaps = NO_CAPS) -> list[Conflict]:
    """What would be refused of ``properties``, an empty list where nothing would.

    Args:
        properties: All that the application would be submitted with, the site's defaults included.
        platform: As :func:`sparkwright.spark.platform.platform_of` names it.
        caps: What the site allows one container.
    """
    found = [conflict for rule in _RULES if (conflict := rule(properties, platform)) is not None]
    return [*found, *_above_caps(properties, platform, caps)]


def beyond_any_machine(name: str, value: str) -> str:
    """Why no machine could give what the value asks for; empty where one might. A service may lie, or err."""
    size, count = _size({name: value}, name) if is_size(name) else None, _count({name: value}, name)
    if size is not None and size > _LARGEST_BYTES:
        return "no machine has so much memory"
    if name in _OF_ONE_MACHINE and count is not None and count > _MAX_CORES_COUNT:
        return "no machine has so many cores"
    return ""


def bad_value(name: str, value: str) -> str:
    """Why Spark would not read the value; empty where it would."""
    try:
        PROPERTIES[name].check(value)
    except KeyError:
        return "no property that a recommendation may set"
    except ValueError as error:
        return str(error)
    return ""


def _heap_too_small(properties: Mapping[str, str], platform: str) -> Conflict | None:
    """Source: ``UnifiedMemoryManager.getMaxMemory``: 1.5 times the 300 MiB that Spark reserves."""
    for name in (_DRIVER_HEAP,) if platform == "local" else (_HEAP, _DRIVER_HEAP):
        size = _size(properties, name)
        if size is not None and size < _MIN_HEAP_BYTES:
            return Conflict((name,), f"Spark starts with no {name} below 450m")
    return None


def _task_wider_than_executor(properties: Mapping[str, str], platform: str) -> Conflict | None:
    """Source: ``ResourceUtils.validateTaskCpusLargeEnough``."""
    cores, cpus = _count(properties, _CORES), _count(properties, _TASK_CPUS)
    if platform == "local" or cpus is None or cpus <= (1 if cores is None else cores):
        return None
    if cores is None and platform not in {"yarn", "kubernetes"}:  # an executor has all cores of its worker
        return None
    return Conflict((_CORES, _TASK_CPUS), f"a task of {cpus} cpus fits into no executor of {cores or 1} core(s)")


def _no_executor_within_all_cores(properties: Mapping[str, str], platform: str) -> Conflict | None:
    """Source: ``Master.scheduleExecutorsOnWorkers``: an executor that would exceed ``spark.cores.max`` never starts."""
    cores, total = _count(properties, _CORES), _count(properties, _MAX_CORES)
    if platform != "standalone" or cores is None or total is None or cores <= total:
        return None
    return Conflict((_CORES, _MAX_CORES), f"an executor of {cores} cores never starts within {_MAX_CORES}={total}")


def _dynamic_bounds(properties: Mapping[str, str], platform: str) -> Conflict | None:
    """Source: ``ExecutorAllocationManager.validateSettings``, ``Utils.getDynamicAllocationInitialExecutors``."""
    if properties.get(_DYNAMIC, "").strip().lower() != "true":
        if platform in {"yarn", "kubernetes"} and properties.get(_INSTANCES, "").strip() == "0":
            return Conflict((_INSTANCES,), "without dynamic allocation there must be an executor")
        return None
    most = _count(properties, _MAX)
    if most is None:
        return None
    if most == 0:
        return Conflict((_MAX,), f"{_MAX} must be above 0")
    for name in (_MIN, _INITIAL, _INSTANCES):
        least = _count(properties, name)
        if least is not None and least > most:
            return Conflict((name, _MAX), f"{name}={least} is more than {_MAX}={most}")
    return None


def _above_core_limit(properties: Mapping[str, str], platform: str) -> Conflict | None:
    """Source: Kubernetes refuses a pod whose request is above its limit; Spark requests ``cores`` unless told."""
    if platform != "kubernetes":
        return None
    for side in ("executor", "driver"):
        names = (f"spark.{side}.cores", f"spark.kubernetes.{side}.limit.cores")
        if f"spark.kubernetes.{side}.request.cores" in properties:
            continue
        cores, limit = _count(properties, names[0]), _cores(properties.get(names[1], ""))
        if cores is not None and limit is not None and cores > limit:
            return Conflict(names, f"{names[0]}={cores} is more than {names[1]}={properties[names[1]]}")
    return None


def _offheap_without_size(properties: Mapping[str, str], platform: str) -> Conflict | None:
    """Source: ``MemoryManager.tungstenMemoryMode``."""
    del platform
    if properties.get(_OFFHEAP, "").strip().lower() == "true" and not _size(properties, _OFFHEAP_SIZE):
        return Conflict((_OFFHEAP, _OFFHEAP_SIZE), f"{_OFFHEAP}=true needs an {_OFFHEAP_SIZE} above 0")
    return None


_RULES: tuple[Callable[[Mapping[str, str], str], Conflict | None], ...] = (
    _heap_too_small,
    _task_wider_than_executor,
    _no_executor_within_all_cores,
    _dynamic_bounds,
    _above_core_limit,
    _offheap_without_size,
)


def _above_caps(properties: Mapping[str, str], platform: str, caps: SiteCaps) -> list[Conflict]:
    """Source: ``org.apache.spark.deploy.yarn.Client.verifyClusterResources``, and YARN for the cores."""
    found = []
    if caps.memory_bytes is not None:
        container = effective_allocation(properties, platform).container_bytes
        if container > caps.memory_bytes:
            found.append(_container("an executor", _EXECUTOR_MEMORY, container, caps.memory_bytes, caps))
    most = caps.driver_memory_bytes
    if most is not None and properties.get("spark.submit.deployMode") == "cluster":
        heap = _size(properties, _DRIVER_HEAP) or 1024 * MIB
        container = heap + overhead_bytes(properties, platform, heap, side="driver")
        if container > most:
            found.append(_container("the driver", _DRIVER_MEMORY, container, most, caps))
    cores = _count(properties, _CORES)
    if caps.cores is not None and cores is not None and cores > caps.cores:
        found.append(Conflict((_CORES,), f"executors of {cores} cores are above the {caps.cores} of {caps.source}"))
    return found


def _container(whose: str, names: tuple[str, ...], size: int, most: int, caps: SiteCaps) -> Conflict:
    return Conflict(
        names,
        f"the container of {whose} would take {format_size_mib(size)} with what is beside the heap, above the "
        f"{format_size_mib(most)} of {caps.source}",
    )


def _cores(quantity: str) -> float | None:
    """Cores of a Kubernetes quantity: ``1200m`` are 1.2."""
    try:
        return float(quantity.removesuffix("m")) / (1000 if quantity.endswith("m") else 1)
    except ValueError:
        return None


def _size(properties: Mapping[str, str], name: str) -> int | None:
    try:
        return parse_size_bytes(properties[name], default_unit=PROPERTIES[name].default_unit)
    except (KeyError, ValueError):
        return None


def _count(properties: Mapping[str, str], name: str) -> int | None:
    try:
        return int(properties[name])
    except (KeyError, ValueError):
        return None
