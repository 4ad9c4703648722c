"""Spark property values: sizes with units, read and written as Spark does.

Source: ``org.apache.spark.network.util.JavaUtils.byteStringAs`` (Spark 4.x): units are binary, case is
ignored, and a bare number takes the property's own default unit (MiB for memory properties).
"""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

KIB, MIB, GIB = 1024, 1024**2, 1024**3
_FACTORS = {
    "b": 1,
    "k": KIB,
    "kb": KIB,
    "m": MIB,
    "mb": MIB,
    "g": GIB,
    "gb": GIB,
    "t": 1024 * GIB,
    "tb": 1024 * GIB,
    "p": 1024**2 * GIB,
    "pb": 1024**2 * GIB,
}
_SIZE = re.compile(r"^\s*([0-9]+)\s*([a-zA-Z]*)\s*$")


def parse_size_bytes(text: str, *, default_unit: str = "m") -> int:
    """The number of bytes that Spark reads from a size such as ``4g``, ``512m`` or ``1024``.

    Raises:
        ValueError: The text is no size Spark accepts.
    """
    match = _SIZE.match(text)
    unit = match.group(2).lower() or default_unit if match else ""
    if match is None or unit not in _FACTORS:
        raise ValueError(f"expected a size such as 512m or 4g (units b, k, m, g, t, p), got {text!r}")
    return int(match.group(1)) * _FACTORS[unit]


def format_size_mib(size_bytes: int) -> str:
    """A size as Spark reads it back, rounded up to whole MiB, with its unit always written."""
    return f"{-(-size_bytes // MIB)}m"


def _valid_size(text: str) -> str:
    parse_size_bytes(text)
    return text


def _positive_size(text: str) -> str:
    if parse_size_bytes(text) <= 0:
        raise ValueError(f"expected a size above zero, got {text!r}")
    return text


def _whole_number(text: str) -> str:
    if not re.fullmatch(r"\s*[0-9]+\s*", text) or int(text) < 1:
        raise ValueError(f"expected a whole number of at least 1, got {text!r}")
    return text


def _whole_number_or_zero(text: str) -> str:
    if not re.fullmatch(r"\s*[0-9]+\s*", text):
        raise ValueError(f"expected a whole number of at least 0, got {text!r}")
    return text


def _factor(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 100:
        raise ValueError(f"expected a factor above 0, got {text!r}")
    return text


MemorySize = Annotated[str, AfterValidator(_positive_size)]
AnySize = Annotated[str, AfterValidator(_valid_size)]
WholeNumber = Annotated[str, AfterValidator(_whole_number)]
WholeNumberOrZero = Annotated[str, AfterValidator(_whole_number_or_zero)]
Factor = Annotated[str, AfterValidator(_factor)]


class SparkProperties(BaseModel):
    """``spark.*`` properties as text; those Sparkwright reads or writes are checked, others pass through."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, frozen=True)
    __pydantic_extra__: dict[str, str]

    executor_memory: MemorySize | None = Field(None, alias="spark.executor.memory")
    executor_memory_overhead: AnySize | None = Field(None, alias="spark.executor.memoryOverhead")
    executor_memory_overhead_factor: Factor | None = Field(None, alias="spark.executor.memoryOverheadFactor")
    executor_pyspark_memory: AnySize | None = Field(None, alias="spark.executor.pyspark.memory")
    offheap_size: AnySize | None = Field(None, alias="spark.memory.offHeap.size")
    executor_cores: WholeNumber | None = Field(None, alias="spark.executor.cores")
    executor_instances: WholeNumberOrZero | None = Field(None, alias="spark.executor.instances")
    cores_max: WholeNumber | None = Field(None, alias="spark.cores.max")
    task_cpus: WholeNumber | None = Field(None, alias="spark.task.cpus")
    driver_memory: MemorySize | None = Field(None, alias="spark.driver.memory")
    driver_max_result_size: AnySize | None = Field(None, alias="spark.driver.maxResultSize")
    shuffle_partitions: WholeNumber | None = Field(None, alias="spark.sql.shuffle.partitions")
    dynamic_allocation: Literal["true", "false"] | None = Field(None, alias="spark.dynamicAllocation.enabled")
    dynamic_min: WholeNumberOrZero | None = Field(None, alias="spark.dynamicAllocation.minExecutors")
    dynamic_initial: WholeNumberOrZero | None = Field(None, alias="spark.dynamicAllocation.initialExecutors")
    dynamic_max: str | None = Field(None, alias="spark.dynamicAllocation.maxExecutors")

    def as_conf(self) -> dict[str, str]:
        """Every property that is set, by its Spark name."""
        return {
            name: value
            for name, value in self.model_dump(by_alias=True, exclude_none=True).items()
            if value is not None
        }


SIZE_PROPERTIES = frozenset(
    str(field.alias)
    for field in SparkProperties.model_fields.values()
    if any(arm in (MemorySize, AnySize) for arm in get_args(field.annotation))
)
"""Names of the properties that hold a size: ``2g`` and ``2048m`` are one value of these."""
