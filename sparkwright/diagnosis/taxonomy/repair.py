"""Repairs: a property doubled from the value in force, or a fixed setting; never a placeholder."""

from collections.abc import Mapping

from data_contracts.spark_properties import GIB, MIB, format_size_mib, parse_size_bytes
from sparkwright.diagnosis.taxonomy.root_cause import Repair

_MINIMUM_OVERHEAD_BYTES = 384 * MIB
_OVERHEAD_FACTOR = 0.1


def _size_bytes(properties: Mapping[str, str], name: str, default_bytes: int, default_unit: str = "m") -> int:
    """The size in force; 0 where the value is no size (it may hold a `${variable}`)."""
    try:
        return parse_size_bytes(properties[name], default_unit=default_unit) if name in properties else default_bytes
    except ValueError:
        return 0


def double_size(name: str, *, default_bytes: int = GIB, default_unit: str = "m") -> Repair:
    """Doubles a size property; Spark's default counts where the application did not set it."""

    def repair(properties: Mapping[str, str] | None) -> dict[str, str]:
        size_bytes = _size_bytes(properties, name, default_bytes, default_unit) if properties is not None else 0
        return {name: format_size_mib(2 * size_bytes)} if size_bytes else {}

    return repair


def double_executor_memory(properties: Mapping[str, str] | None) -> dict[str, str]:
    """Doubles the heap that tasks run in: the executor's, or in local mode the driver's."""
    local = properties is not None and properties.get("spark.master", "").startswith("local")
    return double_size("spark.driver.memory" if local else "spark.executor.memory")(properties)


def double_overhead(properties: Mapping[str, str] | None) -> dict[str, str]:
    """Doubles the memory outside the heap, from what is set or from what Spark derives.

    Source: ``ResourceProfile.calculateOverHeadMemory`` (Spark 4.x): max(384 MiB, factor x executor memory).
    """
    if properties is None:
        return {}
    heap_bytes = _size_bytes(properties, "spark.executor.memory", GIB)
    try:
        factor = float(properties.get("spark.executor.memoryOverheadFactor", _OVERHEAD_FACTOR))
    except ValueError:
        return {}
    derived_bytes = max(_MINIMUM_OVERHEAD_BYTES, int(factor * heap_bytes)) if heap_bytes else 0
    size_bytes = _size_bytes(properties, "spark.executor.memoryOverhead", derived_bytes)
    return {"spark.executor.memoryOverhead": format_size_mib(2 * size_bytes)} if size_bytes else {}


def double_pyspark_memory(properties: Mapping[str, str] | None) -> dict[str, str]:
    """Doubles the limit on Python workers where one is set; without a limit there is none to raise."""
    return double_size("spark.executor.pyspark.memory", default_bytes=0)(properties)


def double_seconds(name: str, default_s: int) -> Repair:
    """Doubles a time-out given in seconds."""

    def repair(properties: Mapping[str, str] | None) -> dict[str, str]:
        if properties is None:
            return {}
        text = properties.get(name, str(default_s)).strip().removesuffix("s")
        return {name: f"{2 * int(text)}s"} if text.isdecimal() and int(text) > 0 else {}

    return repair


def fixed(name: str, value: str) -> Repair:
    """Sets a property to the one value that helps, whatever it was; nothing where it has that value already."""

    def repair(properties: Mapping[str, str] | None) -> dict[str, str]:
        return {} if properties is not None and properties.get(name) == value else {name: value}

    return repair
