"""The ``spark.*`` properties that Sparkwright reads or writes: one table; values parsed and formatted as Spark does.

Standard library only: a launcher imports it. Sources: ``org.apache.spark.internal.config`` and ``SQLConf`` (Spark 4.x)
for names, defaults and versions; ``org.apache.spark.network.util.JavaUtils`` for sizes and times: units are binary,
case is ignored, and a bare number takes the property's own default unit (MiB for memory properties).
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from data_contracts.properties.patterns import pattern_of

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
_SIZE = re.compile(r"\s*([0-9]+)\s*([a-zA-Z]*)\s*")
_LARGEST_SIZE = 2**63 - 1  # java.lang.Long.MAX_VALUE: Spark refuses larger sizes, too
_EXPECTED = {
    "memory": "a size above zero and below 2^60 bytes, such as 512m or 4g (units b, k, m, g, t, p)",
    "size": "a size below 2^60 bytes, such as 512m or 4g (units b, k, m, g, t, p)",
    "count": "a whole number of at least 1 and at most 2147483647",
    "count_or_zero": "a whole number of at least 0 and at most 2147483647",
    "count_or_infinity": "a whole number of at least 0 and at most 2147483647, or infinity",
    "factor": "a factor above 0 and below 100, such as 0.1",
    "flag": "true or false",
    "time": "a time such as 60s, 5min or 100ms",
}

ValueType = Literal["memory", "size", "count", "count_or_zero", "count_or_infinity", "factor", "flag", "time"]

_CONTAINERS = frozenset({"yarn", "kubernetes"})
_EVERYWHERE = frozenset({"standalone", "yarn", "kubernetes", "local", "unknown"})
_CLUSTERS = _EVERYWHERE - {"local"}


@dataclass(frozen=True, slots=True)
class SparkProperty:
    """One property.

    Attributes:
        name: As Spark spells it.
        value_type: ``memory`` is a size above zero, ``size`` one that may be zero.
        default: Spark's own, as text; None if the platform or another property decides.
        since: Spark version that introduced it.
        default_unit: Unit of a bare number, for sizes.
        advised: Whether a recommendation may set it: resources only, nothing that could name code to run.
        platforms: Where it has an effect.
        instead: The property that replaces it, if it is obsolete.
    """

    name: str
    value_type: ValueType
    default: str | None
    since: str
    default_unit: str = "m"
    advised: bool = True
    platforms: frozenset[str] = _CLUSTERS
    instead: str = ""

    @property
    def is_size(self) -> bool:
        """Whether it is a size, so that ``2g`` and ``2048m`` are the same value."""
        return self.value_type in {"memory", "size"}

    @property
    def pattern(self) -> str:
        """What :meth:`check` accepts, as a regular expression for JSON Schema."""
        return pattern_of(self.value_type, self.default_unit)

    def check(self, value: str) -> None:
        """Require a value that Spark can parse.

        Raises:
            ValueError: Spark cannot parse it; the message says what was expected.
        """
        if not _compiled(self.value_type, self.default_unit).fullmatch(value):
            raise ValueError(f"expected {_EXPECTED[self.value_type]}, got {value[:40]!r}")


@cache
def _compiled(value_type: ValueType, default_unit: str) -> re.Pattern[str]:
    return re.compile(pattern_of(value_type, default_unit))


_TABLE = (
    SparkProperty("spark.executor.memory", "memory", "1g", "0.7.0"),
    SparkProperty("spark.executor.memoryOverhead", "size", None, "2.3.0", platforms=_CONTAINERS),
    SparkProperty("spark.executor.memoryOverheadFactor", "factor", "0.1", "3.3.0", platforms=_CONTAINERS),
    SparkProperty("spark.executor.minMemoryOverhead", "size", "384m", "4.0.0", advised=False, platforms=_CONTAINERS),
    SparkProperty("spark.executor.pyspark.memory", "size", None, "2.4.0", platforms=_CONTAINERS),
    SparkProperty("spark.executor.cores", "count", None, "1.0.0"),
    SparkProperty("spark.executor.instances", "count_or_zero", None, "1.0.0", platforms=_CONTAINERS | {"unknown"}),
    SparkProperty("spark.cores.max", "count", None, "0.6.0", platforms=frozenset({"standalone", "unknown"})),
    SparkProperty("spark.task.cpus", "count", "1", "0.5.0"),
    SparkProperty("spark.memory.offHeap.enabled", "flag", "false", "1.6.0", platforms=_EVERYWHERE),
    SparkProperty("spark.memory.offHeap.size", "size", "0b", "1.6.0", default_unit="b", platforms=_EVERYWHERE),
    SparkProperty("spark.driver.memory", "memory", "1g", "1.1.1", platforms=_EVERYWHERE),
    SparkProperty("spark.driver.memoryOverhead", "size", None, "2.3.0", platforms=_CONTAINERS),
    SparkProperty("spark.driver.memoryOverheadFactor", "factor", "0.1", "3.3.0", advised=False, platforms=_CONTAINERS),
    SparkProperty("spark.driver.minMemoryOverhead", "size", "384m", "4.0.0", advised=False, platforms=_CONTAINERS),
    SparkProperty("spark.driver.cores", "count", "1", "1.3.0"),
    SparkProperty("spark.driver.maxResultSize", "size", "1g", "1.2.0", default_unit="b", platforms=_EVERYWHERE),
    SparkProperty("spark.sql.shuffle.partitions", "count", "200", "1.1.0", platforms=_EVERYWHERE),
    SparkProperty("spark.dynamicAllocation.enabled", "flag", "false", "1.2.0"),
    SparkProperty("spark.dynamicAllocation.minExecutors", "count_or_zero", "0", "1.2.0"),
    SparkProperty("spark.dynamicAllocation.initialExecutors", "count_or_zero", None, "1.3.0"),
    SparkProperty("spark.dynamicAllocation.maxExecutors", "count_or_infinity", "2147483647", "1.2.0"),
    SparkProperty("spark.dynamicAllocation.executorIdleTimeout", "time", "60000ms", "1.2.0"),
    SparkProperty("spark.dynamicAllocation.cachedExecutorIdleTimeout", "time", None, "1.4.0"),
    SparkProperty("spark.dynamicAllocation.shuffleTracking.enabled", "flag", "true", "3.0.0"),
    SparkProperty("spark.dynamicAllocation.shuffleTracking.timeout", "time", None, "3.0.0"),
    SparkProperty(
        "spark.kubernetes.memoryOverheadFactor",
        "factor",
        "0.1",
        "2.4.0",
        advised=False,
        platforms=frozenset({"kubernetes"}),
        instead="spark.executor.memoryOverheadFactor",
    ),
    SparkProperty(
        "spark.yarn.executor.memoryOverhead",
        "size",
        None,
        "1.1.0",
        advised=False,
        platforms=frozenset({"yarn"}),
        instead="spark.executor.memoryOverhead",
    ),
    SparkProperty(
        "spark.yarn.driver.memoryOverhead",
        "size",
        None,
        "1.4.0",
        advised=False,
        platforms=frozenset({"yarn"}),
        instead="spark.driver.memoryOverhead",
    ),
)

PROPERTIES: dict[str, SparkProperty] = {one.name: one for one in _TABLE}
RESOURCE_PROPERTIES = frozenset(one.name for one in _TABLE if one.advised)
"""What a recommendation may set; a launcher refuses anything else, whoever answers."""


def is_size(name: str) -> bool:
    """Return whether the property is a size, so that ``2g`` and ``2048m`` are the same value."""
    return name in PROPERTIES and PROPERTIES[name].is_size


def same_value(name: str, one: str, other: str) -> bool:
    """Return whether Spark parses two values of a property to the same."""
    if is_size(name):
        unit = PROPERTIES[name].default_unit
        try:
            return parse_size_bytes(one, default_unit=unit) == parse_size_bytes(other, default_unit=unit)
        except ValueError:
            pass
    return one.strip().lower() == other.strip().lower()


def with_unit(name: str, value: str) -> str:
    """Return the value; if it is a size without a unit, append the one that Spark would assume."""
    bare = value.strip()
    return f"{bare}{PROPERTIES[name].default_unit}" if is_size(name) and bare.isdecimal() else bare


def parse_size_bytes(text: str, *, default_unit: str = "m") -> int:
    """Parse a size such as ``4g``, ``512m`` or ``1024`` to bytes, as Spark does.

    Raises:
        ValueError: The text is not a size that Spark accepts.
    """
    match = _SIZE.fullmatch(text)
    unit = match.group(2).lower() or default_unit if match else ""
    digits = match.group(1).lstrip("0") if match else ""
    size_bytes = int(digits or "0") * _FACTORS[unit] if unit in _FACTORS and len(digits) <= 19 else -1
    if not 0 <= size_bytes <= _LARGEST_SIZE:
        raise ValueError(f"expected a size such as 512m or 4g (units b, k, m, g, t, p), got {text[:40]!r}")
    return size_bytes


def format_size_mib(size_bytes: int) -> str:
    """Format a size for Spark, rounded up to whole MiB, always with its unit."""
    return f"{-(-size_bytes // MIB)}m"
