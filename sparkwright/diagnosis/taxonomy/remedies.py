"""Every property that repairs a cause, by what the evidence says and where it runs: the table beside the computed ones.

``remedies.csv`` has a line for a cause and a property: what belongs there (with the versions that know it), a regular
expression that the facts have to fit, and the platforms on which it has an effect; an empty cell is no condition. What
can be computed stands in the causes themselves, as functions.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sparkwright.diagnosis.taxonomy.repairs.values import master

_FILE = Path(__file__).with_name("remedies.csv")
_FLAG = re.compile(r"(true|false)\b")


class Remedy(NamedTuple):
    """A property that repairs a cause under some conditions.

    Attributes:
        name: The property.
        said: What belongs there.
        when: What the facts must say, as a regular expression over line breaks; empty where the cause is enough.
        platforms: Where it has an effect; empty for everywhere.
    """

    name: str
    said: str
    when: str
    platforms: frozenset[str]

    def fits(self, platform: str, text: str) -> bool:
        """Whether it repairs the failure that these facts show, on this platform."""
        on_platform = not self.platforms or platform in self.platforms
        return on_platform and (not self.when or re.search(self.when, text, re.DOTALL) is not None)


@cache
def remedies_of(cause: str) -> tuple[Remedy, ...]:
    """The lines of the table for a cause, by its name; none for a cause without."""
    return _table().get(cause, ())


def listed(cause: str, properties: Mapping[str, str] | None, text: str) -> dict[str, str]:
    """The properties of the table that repair a cause, each with what belongs there.

    Args:
        cause: Name of the cause.
        properties: Effective ``spark.*`` properties; None where they are not known.
        text: The facts of the failure.

    Returns:
        By property. A switch that stands as it should already is left out.
    """
    platform = master(properties, text)
    there = properties or {}
    return {
        remedy.name: remedy.said
        for remedy in remedies_of(cause)
        if remedy.fits(platform, text) and not _is_so(there.get(remedy.name, ""), remedy.said)
    }


def _is_so(value: str, said: str) -> bool:
    """Whether a switch has the value that is wanted."""
    wanted = _FLAG.match(said)
    return wanted is not None and value.strip().lower() == wanted[1]


@cache
def _table() -> dict[str, tuple[Remedy, ...]]:
    by_cause: dict[str, list[Remedy]] = {}
    with _FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            remedy = Remedy(row["name"], row["said"], row["when"], frozenset(row["platforms"].split()))
            by_cause.setdefault(row["cause"], []).append(remedy)
    return {cause: tuple(remedies) for cause, remedies in by_cause.items()}
