"""The configuration entries of the installed Spark, from its own registry through py4j: no property is written by hand.

``python -m sparkwright.configuration.installed > data_contracts/properties/catalogue.csv`` (``make docs``). The texts
are Apache Spark's, under the Apache License 2.0.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from data_contracts.properties.catalogue import CatalogueEntry, written
from sparkwright.errors import MissingProgramError

_CORE = ("package", "Deploy", "History", "Kryo", "Network", "Python", "R", "Status", "Streaming", "UI", "Worker")
_OBJECTS = (
    *(f"org.apache.spark.internal.config.{name}$" for name in _CORE),
    "org.apache.spark.sql.internal.SQLConf$",
    "org.apache.spark.sql.internal.StaticSQLConf$",
    "org.apache.spark.sql.hive.HiveUtils$",
    "org.apache.spark.streaming.StreamingConf$",
    "org.apache.spark.sql.connect.config.Connect$",
    "org.apache.spark.deploy.k8s.Config$",
    "org.apache.spark.deploy.yarn.config.package$",
)
"""Objects that register their entries when they are loaded."""

_MEMORY_UNITS = {2**30: "b", 2**20: "k", 2**10: "m", 1: "g"}
_DAY_UNITS = {86_400_000_000: "us", 86_400_000: "ms", 86_400: "s", 1440: "min", 24: "h", 1: "d"}
_MAX_DOC = 200

_OF_THE_MACHINE = frozenset({"spark.driver.host", "spark.sql.warehouse.dir"})
"""Their defaults are worked out where Spark runs: an address, a folder of the working directory."""


class InstalledSpark:
    """The configuration registry of the Spark that pyspark brought.

    Args:
        gateway: To a JVM with Spark's jars.
    """

    def __init__(self, gateway: Any) -> None:
        self._jvm = gateway.jvm
        self.version = str(self._jvm.org.apache.spark.package.SPARK_VERSION())
        loader = self._jvm.java.lang.Thread.currentThread().getContextClassLoader()
        self.loaded = [name for name in _OBJECTS if self._load(name, loader)]
        self._registry = self._jvm.org.apache.spark.internal.config.ConfigEntry
        self._core = getattr(getattr(self._jvm.org.apache.spark, "SparkConf$"), "MODULE$")
        self._sql = getattr(getattr(self._jvm.org.apache.spark.sql.internal, "SQLConf$"), "MODULE$")

    def _load(self, name: str, loader: Any) -> bool:
        from py4j.protocol import Py4JJavaError

        try:
            self._jvm.java.lang.Class.forName(name, True, loader)
        except Py4JJavaError:  # a distribution without that resource manager
            return False
        return True

    def entries(self) -> list[CatalogueEntry]:
        """Every public entry, and every name that Spark only remembers, in the order of their names."""
        deprecated = self._deprecated()
        listed = [
            self._entry(entry, deprecated)
            for entry in self._jvm.java.util.ArrayList(self._registry.listAllEntries())
            if entry.isPublic()
        ]
        gone = self._removed()
        names = {one.name for one in (*listed, *gone)}
        old = [
            CatalogueEntry(name, "obsolete", "", "", "", since, _short(f"Deprecated: {why}"))
            for name, (since, why) in deprecated.items()
            if name not in names and self._registry.findEntry(name) is None
        ]
        return sorted([*listed, *gone, *old], key=lambda one: one.name)

    def refusal(self, name: str, value: str) -> str:
        """Why Spark does not read a value of a property; empty where it does."""
        entry = self._registry.findEntry(name)
        if entry is None:
            return f"Spark {self.version} knows no {name}"
        return (
            "" if self._converted(entry, value) is not None else f"Spark {self.version} reads no {value!r} for {name}"
        )

    def _entry(self, entry: Any, deprecated: dict[str, tuple[str, str]]) -> CatalogueEntry:
        name = str(entry.key())
        kind, unit = self._kind(entry)
        default = str(entry.defaultValueString())
        since, why = deprecated.get(name, ("", ""))
        return CatalogueEntry(
            name=name,
            kind=kind,
            unit=unit,
            default="" if default == "<undefined>" or name in _OF_THE_MACHINE else default,
            since=str(entry.version()),
            deprecated_since=since,
            doc=_short(f"Deprecated: {why}" if why else str(entry.doc())),
        )

    def _kind(self, entry: Any) -> tuple[str, str]:
        """What Spark's own converter reads, found by asking it: the type is erased from the entry."""
        if isinstance(self._converted(entry, "x-no-value"), str):
            return "text", ""
        if isinstance(self._converted(entry, "true"), bool):
            return "flag", ""
        for text, units in (("1g", _MEMORY_UNITS), ("1d", _DAY_UNITS)):
            number = self._converted(entry, text)
            if isinstance(number, int):
                return ("size" if text == "1g" else "time"), units.get(number, "")
        for text in ("1", "2", "0", "10", "1000", "65536", "-1", "0.5"):
            number = self._converted(entry, text)
            if isinstance(number, bool | str) or number is None:
                continue
            if isinstance(number, int):
                return "count", ""
            if isinstance(number, float):
                return "factor", ""
        return "choice", ""

    def _converted(self, entry: Any, text: str) -> Any:
        """What the entry's converter makes of a text; None where it refuses it, True for what is no plain value."""
        from py4j.protocol import Py4JJavaError

        try:
            value = entry.valueConverter().apply(text)
        except Py4JJavaError:
            return None
        except ValueError:  # py4j takes java.math.BigDecimal for a whole number
            return 0.0
        if isinstance(value, bool | int | float | str):
            return value
        optional = value.getClass().getName() == "scala.Some"  # an entry without a default
        inner = value.get() if optional else value
        return inner if isinstance(inner, bool | int | float | str) else str(inner)

    def _deprecated(self) -> dict[str, tuple[str, str]]:
        """Names of Spark's own tables of what is deprecated: since when, and what it says about it."""
        tables = _values(self._core, "deprecatedConfigs"), _values(self._sql, "deprecatedSQLConfigs")
        found = {str(one.key()): (str(one.version()), str(one.deprecationMessage())) for one in tables[0]}
        found |= {str(one.key()): (str(one.version()), str(one.comment())) for one in tables[1]}
        for pair in _values(self._core, "allAlternatives"):  # (today's name, the older one)
            older = pair._2()
            found.setdefault(str(older.key()), (str(older.version()), f"Use {pair._1()} instead."))
        return found

    def _removed(self) -> list[CatalogueEntry]:
        """What Spark SQL had once and refuses to be set to anything but its old default."""
        return [
            CatalogueEntry(
                name=str(one.key()),
                kind="removed",
                unit="",
                default=str(one.defaultValue()),
                since="",
                deprecated_since=str(one.version()),
                doc=_short(f"Removed: {one.comment()}"),
            )
            for one in _values(self._sql, "removedSQLConfigs")
        ]


def _values(module: Any, name: str) -> Iterator[Any]:
    """The values of a Scala map that a module keeps in a field of this name, also a private one."""
    for field in module.getClass().getDeclaredFields():
        if field.getName().rpartition("$")[2] == name:
            field.setAccessible(True)
            values = field.get(module).values().iterator()
            while values.hasNext():
                yield values.next()


def _short(doc: str) -> str:
    """The first sentence or so, on one line."""
    text = re.sub(r"\s+", " ", doc).strip()
    if len(text) <= _MAX_DOC:
        return text
    cut = text[:_MAX_DOC]
    sentence = cut.rfind(". ")
    return cut[: sentence + 1] if sentence > 40 else cut[: cut.rfind(" ")] + " ..."


@contextmanager
def installed_spark() -> Iterator[InstalledSpark]:
    """The registry of the Spark that is installed here; its JVM ends with the block.

    Raises:
        MissingProgramError: pyspark or Java is not there.
    """
    try:
        from pyspark.java_gateway import launch_gateway

        gateway: Any = launch_gateway()  # type: ignore[no-untyped-call]
    except Exception as error:  # pyspark raises what it finds: no module, no Java, a JVM that did not start
        raise MissingProgramError(
            f"expected pyspark and Java, to ask Spark for its configuration: {error}; install sparkwright[spark]"
        ) from error
    try:
        yield InstalledSpark(gateway)
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)


def main() -> None:
    """Print the catalogue."""
    with installed_spark() as spark:
        sys.stdout.write(written(spark.version, spark.entries()))


if __name__ == "__main__":
    main()
