"""Every public property of one Spark version; ``make docs`` derives the file next to this one.

``catalogue.csv`` holds names, types, defaults, versions and the beginnings of the docs of Apache Spark's own
configuration entries (Apache License 2.0), queried from its registry through py4j. Standard library only.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path

from data_contracts.properties.spark import parse_size_bytes

_FILE = Path(__file__).with_name("catalogue.csv")
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_TIME = re.compile(r"\d+(us|ms|s|m|min|h|d)?")
_COUNT = re.compile(r"-?\d{1,19}")
_EXPECTED = {
    "flag": "true or false",
    "size": "a size such as 64m (units b, k, m, g, t, p)",
    "time": "a time such as 60s, 5min or 100ms",
    "count": "a whole number",
    "factor": "a number such as 0.5",
}


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One property in Spark's registry.

    Attributes:
        name: As Spark spells it.
        kind: flag, size, time, count, factor, text, choice (text from a fixed set); or, if Spark only remembers its
            name, removed (any value but its old default is refused) or obsolete (Spark warns).
        unit: Unit of a bare number: b, k, m, g for sizes; us, ms, s, min, h, d for times; else empty.
        default: As Spark writes it; empty if there is none.
        since: Version that introduced it; empty if Spark does not say.
        deprecated_since: Version that deprecated it; empty if it is not.
        doc: The beginning of Spark's documentation of it.
    """

    name: str
    kind: str
    unit: str
    default: str
    since: str
    deprecated_since: str
    doc: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The properties of one Spark version.

    Attributes:
        spark_version: The Spark that was queried.
        entries: By name.
    """

    spark_version: str
    entries: Mapping[str, CatalogueEntry]

    def refusal(self, name: str, value: str, spark_version: str) -> str:
        """Return why a property may not be set to a value in a Spark version; empty if it may.

        Versions newer than the catalogue are checked against it, too: later additions and removals are unknown here.

        Args:
            name: As Spark spells it.
            value: The value to set.
            spark_version: Version of the application's Spark, such as 3.5.1.
        """
        entry = self.entries.get(name)
        if entry is None:
            return f"Spark {self.spark_version} knows no {name}"
        if entry.kind in {"removed", "obsolete"}:
            return f"Spark {self.spark_version} no longer has {name}, since {entry.deprecated_since}"
        asked = version_key(spark_version)
        if asked is None:
            return f"it is unknown whether Spark {spark_version or '(unknown)'} has {name}"
        if (since := version_key(entry.since)) is not None and asked < since:
            return f"{name} came with Spark {entry.since}, the application runs {spark_version}"
        if (until := version_key(entry.deprecated_since)) is not None and asked >= until:
            return f"{name} is deprecated since Spark {entry.deprecated_since}"
        return _refused_value(entry, value)


def _refused_value(entry: CatalogueEntry, value: str) -> str:
    text = value.strip().lower()
    reads = True
    if entry.kind == "flag":
        reads = text in {"true", "false"}
    elif entry.kind == "size":
        try:
            parse_size_bytes(text.removeprefix("-"), default_unit=entry.unit or "b")
        except ValueError:
            reads = False
    elif entry.kind == "time":
        reads = _TIME.fullmatch(text) is not None
    elif entry.kind == "count":
        reads = _COUNT.fullmatch(text) is not None
    elif entry.kind == "factor":
        try:
            float(text)
        except ValueError:
            reads = False
    return "" if reads else f"expected {_EXPECTED[entry.kind]} for {entry.name}, got {value[:40]!r}"


def version_key(text: str) -> tuple[int, int, int] | None:
    """Parse a version for comparison, patch 0 if there is none; None if the text is not a version."""
    match = _VERSION.match(text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def written(spark_version: str, entries: Iterable[CatalogueEntry]) -> str:
    """Return the file's text: a line with the version, then a table."""
    out = io.StringIO()
    out.write(f"# Apache Spark {spark_version}, its ConfigEntry registry; Apache License 2.0\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(one.name for one in fields(CatalogueEntry))
    table.writerows(astuple(entry) for entry in entries)
    return out.getvalue()


@cache
def catalogue() -> Catalogue:
    """Load the catalogue shipped with the package."""
    head, _, table = _FILE.read_text(encoding="utf-8").partition("\n")
    match = _VERSION.search(head)
    found = [CatalogueEntry(**row) for row in csv.DictReader(io.StringIO(table))]
    return Catalogue(match[0] if match else "", {one.name: one for one in found})
