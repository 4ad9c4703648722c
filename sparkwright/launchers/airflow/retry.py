"""What a retry changes: the property that the diagnosis of the failure names, raised once and within bounds."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from data_contracts.properties.spark import PROPERTIES, RESOURCE_PROPERTIES, format_size_mib, is_size, parse_size_bytes
from sparkwright.launchers.spark_rules import NO_CAPS, SiteCaps, beyond_any_machine, conflicts
from sparkwright.spark.allocation import effective_allocation
from sparkwright.spark.platform import platform_of

MAX_FACTOR = 2
"""The most that a retry raises a size by, of what the failed try had."""


class Diagnosed(NamedTuple):
    """What became of a try, as far as its own output tells.

    Attributes:
        title: The cause in words; empty where it is not known.
        properties: What would repair it, not bounded yet.
    """

    title: str
    properties: dict[str, str]


def diagnosed(lines: Iterable[str], said: str, properties: Mapping[str, str]) -> Diagnosed:
    """Why a try failed, by the rules and cases of the package, in this process.

    Args:
        lines: The driver's output, where it passed through here.
        said: What the launcher said of the failure.
        properties: What Spark was given.
    """
    # Imported here: only a try that failed pays for it.
    from sparkwright.advisor.known_application import items_of
    from sparkwright.diagnosis.answer import answer
    from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
    from sparkwright.history.context.log_failures import read_log
    from sparkwright.history.evidence import FactCollector

    facts = FactCollector()
    read_log(enumerate(lines, start=1), "driver_log", "driver", facts, alone=True)
    if said:
        facts.add("final_status", "airflow", said)
    items = items_of(facts.rows("task", "1"))
    found = answer(items, properties=properties, status="failed")
    title = found.title if found.root_cause in ROOT_CAUSES and found.root_cause != "unknown" else ""
    return Diagnosed(title, dict(found.remediation.properties) if title else {})


def bounded(
    repair: Mapping[str, str], properties: Mapping[str, str], platform: str = "", caps: SiteCaps = NO_CAPS
) -> dict[str, str]:
    """What of a repair a retry may raise: sizes of resources, to at most :data:`MAX_FACTOR` times what there was.

    Nothing that Spark or the site would refuse: then the retry goes out as it would have without a diagnosis.

    Args:
        repair: Properties and the values that a diagnosis gives.
        properties: What the failed try was given, all of it.
        platform: As :func:`~sparkwright.spark.platform.platform_of` names it; empty: by ``spark.master``.
        caps: What the site lets one container have.
    """
    platform = platform or platform_of(properties.get("spark.master"))
    raised: dict[str, str] = {}
    for name, value in repair.items():
        if name not in RESOURCE_PROPERTIES or not is_size(name):
            continue
        try:
            wanted = parse_size_bytes(value, default_unit=PROPERTIES[name].default_unit)
            had = _in_force_bytes(name, properties, platform)
        except ValueError:
            continue
        most = min(wanted, MAX_FACTOR * had)
        text = format_size_mib(most)
        if had and most > had and not beyond_any_machine(name, text):
            raised[name] = text
    known = {one.text for one in conflicts(properties, platform, caps)}
    found = conflicts({**properties, **raised}, platform, caps)
    if any(one.text not in known and set(one.names) & raised.keys() for one in found):
        return {}
    return raised


_DEFAULT_BYTES = {
    "spark.driver.maxResultSize": 1024**3,
    "spark.driver.memory": 1024**3,
    "spark.executor.memory": 1024**3,
}


def _in_force_bytes(name: str, properties: Mapping[str, str], platform: str) -> int:
    """What the failed try had of a size, in bytes; 0 where nothing says so."""
    if name in properties:
        return parse_size_bytes(properties[name], default_unit=PROPERTIES[name].default_unit)
    if name == "spark.executor.memoryOverhead":
        return effective_allocation(properties, platform).executor_memory_overhead_bytes
    if name == "spark.driver.memoryOverhead":
        heap = parse_size_bytes(properties.get("spark.driver.memory", "1g"), default_unit="m")
        return max(heap // 10, 384 * 1024**2)
    return _DEFAULT_BYTES.get(name, 0)
