"""Properties that a policy may bound or require beside the resources: numbers and switches, nothing that names code.

Standard library only: a launcher reads it. Source of names, defaults and units: ``SQLConf`` and
``org.apache.spark.internal.config`` (Spark 4.x).
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Literal

from data_contracts.properties.spark import GIB, KIB, MIB, PROPERTIES, parse_size_bytes

Kind = Literal["size", "count", "factor", "flag", "time", "text"]

_NUMERIC_KINDS: dict[str, Kind] = {
    "memory": "size",
    "size": "size",
    "count": "count",
    "count_or_zero": "count",
    "count_or_infinity": "count",
    "factor": "factor",
    "flag": "flag",
    "time": "time",
}
_US = {"us": 1, "ms": 1000, "s": 10**6, "m": 60 * 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_LARGEST_COUNT = 2**31 - 1
_MAX_DIGITS = 24


@dataclass(frozen=True, slots=True)
class PropertyKind:
    """How the value of a property is read.

    Attributes:
        name: As Spark spells it.
        kind: ``text`` where it is no number and no switch.
        default: Spark's own, as text; None where nobody knows it, or the platform decides.
        unit: Of a bare number: of sizes b, k or m, of times ms or s.
        is_known: Whether the name is in a table of ours.
    """

    name: str
    kind: Kind
    default: str | None = None
    unit: str = ""
    is_known: bool = True

    @property
    def is_numeric(self) -> bool:
        """Whether a bound makes sense."""
        return self.kind in {"size", "count", "factor", "time"}

    def number(self, text: str) -> int | Decimal:
        """The value as a number: bytes, counts, factors, microseconds; of a switch 0 or 1.

        Raises:
            ValueError: Spark would not read it; the message says what was expected.
        """
        bare = text.strip().lower()
        if self.kind == "size":
            if bare == "-1" and self.name.endswith("Threshold"):
                return -1  # switched off
            return parse_size_bytes(bare, default_unit=self.unit or "m")
        if self.kind == "count":
            if bare == "infinity":
                return _LARGEST_COUNT
            if not bare.isascii() or not bare.isdigit() or len(bare) > 20 or int(bare) > _LARGEST_COUNT:
                raise ValueError(f"expected a whole number of at most {_LARGEST_COUNT}, got {text[:40]!r}")
            return int(bare)
        if self.kind == "factor":
            return _decimal(bare)
        if self.kind == "time":
            return _microseconds(bare, self.unit or "s")
        if self.kind == "flag":
            if bare not in {"true", "false"}:
                raise ValueError(f"expected true or false, got {text[:40]!r}")
            return int(bare == "true")
        raise ValueError(f"expected a property that is a number, got {self.name}")

    def written(self, text: str) -> str:
        """The value with the unit that Spark would assume."""
        bare = text.strip()
        return f"{bare}{self.unit}" if self.kind in {"size", "time"} and self.unit and bare.isdecimal() else bare

    def same(self, one: str, other: str) -> bool:
        """Whether Spark reads the same from both."""
        if self.kind != "text":
            try:
                return self.number(one) == self.number(other)
            except ValueError:
                pass
        return one.strip() == other.strip()


def size_text(size_bytes: int) -> str:
    """A size in the largest unit letter that gives a whole number: ``16g``, ``1536m``."""
    if size_bytes < 0:
        return str(size_bytes)
    for letter, factor in (("p", MIB * GIB), ("t", KIB * GIB), ("g", GIB), ("m", MIB), ("k", KIB)):
        if size_bytes and size_bytes % factor == 0:
            return f"{size_bytes // factor}{letter}"
    return f"{size_bytes}b"


def time_text(us: int) -> str:
    """A time in the largest unit that gives a whole number: ``2h``, ``90s``, ``1500ms``."""
    for letter in ("d", "h", "min", "s", "ms"):
        if us and us % _US[letter] == 0:
            return f"{us // _US[letter]}{letter}"
    return f"{us}us"


def _decimal(bare: str) -> Decimal:
    try:
        value = Decimal(bare) if len(bare) <= _MAX_DIGITS else Decimal("nan")
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or not 0 <= value < 10**9 or (value and value < Decimal("1e-12")):
        raise ValueError(f"expected a number such as 0.1, got {bare[:40]!r}")
    return value


def _microseconds(bare: str, unit: str) -> int:
    digits = bare.rstrip("abcdefghijklmnopqrstuvwxyz ")
    letters = bare[len(digits) :].strip() or unit
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18 or letters not in _US:
        raise ValueError(f"expected a time such as 60s, 5min or 100ms, got {bare[:40]!r}")
    return int(digits) * _US[letters]


def _kinds(kind: Kind, unit: str, **defaults: str | None) -> dict[str, PropertyKind]:
    names = {f"spark.{name.replace('__', '.')}": default for name, default in defaults.items()}
    return {name: PropertyKind(name, kind, default, unit) for name, default in names.items()}


_FURTHER: dict[str, PropertyKind] = {
    **_kinds(
        "size",
        "b",
        sql__files__maxPartitionBytes="128m",
        sql__files__openCostInBytes="4m",
        sql__autoBroadcastJoinThreshold="10m",
        sql__adaptive__advisoryPartitionSizeInBytes="64m",
        sql__adaptive__autoBroadcastJoinThreshold=None,
    ),
    **_kinds("size", "m", kryoserializer__buffer__max="64m", reducer__maxSizeInFlight="48m"),
    **_kinds("size", "k", kryoserializer__buffer="64k", shuffle__file__buffer="32k", broadcast__blockSize="4m"),
    **_kinds(
        "count",
        "",
        default__parallelism=None,
        task__maxFailures="4",
        stage__maxConsecutiveAttempts="4",
        rpc__message__maxSize="128",
        yarn__maxAppAttempts=None,
        driver__resource__gpu__amount="0",
        executor__resource__gpu__amount="0",
        sql__files__minPartitionNum=None,
        sql__files__maxRecordsPerFile="0",
        sql__adaptive__coalescePartitions__initialPartitionNum=None,
        sql__streaming__minBatchesToRetain="100",
    ),
    **_kinds(
        "factor",
        "",
        memory__fraction="0.6",
        memory__storageFraction="0.5",
        speculation__multiplier="3",
        speculation__quantile="0.9",
        task__resource__gpu__amount=None,
        dynamicAllocation__executorAllocationRatio="1.0",
    ),
    **_kinds(
        "time",
        "s",
        network__timeout="120s",
        sql__broadcastTimeout="300s",
        dynamicAllocation__schedulerBacklogTimeout="1s",
        dynamicAllocation__sustainedSchedulerBacklogTimeout=None,
        rpc__askTimeout=None,
    ),
    **_kinds("time", "ms", executor__heartbeatInterval="10s", locality__wait="3s", task__reaper__killTimeout=None),
    **_kinds(
        "flag",
        "",
        sql__adaptive__enabled="true",
        sql__adaptive__coalescePartitions__enabled="true",
        sql__adaptive__skewJoin__enabled="true",
        sql__ansi__enabled=None,
        sql__codegen__wholeStage="true",
        speculation="false",
        eventLog__enabled="false",
        eventLog__compress="true",
        eventLog__logStageExecutorMetrics="false",
        executor__processTreeMetrics__enabled="false",
        shuffle__service__enabled="false",
        shuffle__compress="true",
        rdd__compress="false",
        authenticate="false",
        network__crypto__enabled="false",
        io__encryption__enabled="false",
        acls__enable="false",
        ssl__enabled="false",
        ui__enabled="true",
        ui__killEnabled="true",
        decommission__enabled="false",
        excludeOnFailure__enabled="false",
        sql__hive__convertMetastoreParquet="true",
        sql__parquet__filterPushdown="true",
        sql__cbo__enabled="false",
        hadoop__validateOutputSpecs="true",
        logConf="false",
    ),
}
_TEXTS = frozenset(
    {
        "spark.master",
        "spark.app.name",
        "spark.serializer",
        "spark.io.compression.codec",
        "spark.eventLog.dir",
        "spark.eventLog.compression.codec",
        "spark.sql.parquet.compression.codec",
        "spark.sql.orc.compression.codec",
        "spark.sql.sources.default",
        "spark.sql.extensions",
        "spark.sql.session.timeZone",
        "spark.scheduler.mode",
        "spark.submit.deployMode",
        "spark.yarn.queue",
        "spark.kubernetes.namespace",
        "spark.kubernetes.container.image",
        "spark.kubernetes.container.image.pullPolicy",
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        "spark.kubernetes.executor.request.cores",
        "spark.kubernetes.executor.limit.cores",
        "spark.kubernetes.driver.request.cores",
        "spark.kubernetes.driver.limit.cores",
        "spark.driver.extraJavaOptions",
        "spark.executor.extraJavaOptions",
        "spark.driver.extraClassPath",
        "spark.executor.extraClassPath",
        "spark.jars",
        "spark.jars.packages",
        "spark.files",
        "spark.archives",
        "spark.local.dir",
        "spark.hadoop.fs.defaultFS",
        "spark.sql.warehouse.dir",
        "spark.sql.catalogImplementation",
        "spark.shuffle.manager",
        "spark.plugins",
        "spark.redaction.regex",
        "spark.log.level",
        "spark.ui.port",
    }
)


@cache
def kind_of(name: str) -> PropertyKind:
    """How values of the property are read; of a name that nobody knows as text."""
    if (known := PROPERTIES.get(name)) is not None:
        kind = _NUMERIC_KINDS[known.value_type]
        unit = known.default_unit if kind == "size" else "s" if kind == "time" else ""
        return PropertyKind(name, kind, known.default, unit)
    return _FURTHER.get(name) or PropertyKind(name, "text", is_known=name in _TEXTS)


@cache
def known_names() -> frozenset[str]:
    """Every property that a table of ours has."""
    return frozenset(PROPERTIES) | frozenset(_FURTHER) | _TEXTS


def is_settable(name: str) -> bool:
    """Whether a launcher may set it because a policy says so: a number or a switch cannot name code to run."""
    return kind_of(name).kind != "text"
