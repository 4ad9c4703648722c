"""Repairs that go through a JVM's options: one option is changed, those beside it stay as they are."""

import re
from collections.abc import Mapping

from data_contracts.spark_properties import GIB, MIB, format_size_mib, parse_size_bytes
from sparkwright.diagnosis.taxonomy.root_cause import Repair

_EXECUTOR = "spark.executor.extraJavaOptions"
_DRIVER = "spark.driver.extraJavaOptions"
_TASK = re.compile(r"ResultTask|ShuffleMapTask|[Ll]ost task|Executor task launch|in stage \d+\.\d+")


def _raised(options: str, prefix: str, at_least_bytes: int) -> str:
    """The options with twice the size that this one had, at least ``at_least_bytes``."""
    tokens = options.split()
    sizes = [token.removeprefix(prefix) for token in tokens if token.startswith(prefix)]
    kept = [token for token in tokens if not token.startswith(prefix)]
    current_bytes = max((_size(text) for text in sizes), default=0)
    return " ".join([*kept, f"{prefix}{format_size_mib(max(2 * current_bytes, at_least_bytes))}"])


def _size(text: str) -> int:
    try:
        return parse_size_bytes(text, default_unit="b")
    except ValueError:
        return 0


def _direct(name: str, heap: str) -> Repair:
    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        if properties is None:
            return {}
        # Without the option the limit is the heap's size.
        in_force_bytes = _size(properties.get(heap, "1g")) or GIB
        return {name: _raised(properties.get(name, ""), "-XX:MaxDirectMemorySize=", 2 * in_force_bytes)}

    return repair


def _metaspace(name: str) -> Repair:
    def repair(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        if properties is None:
            return {}
        if "PermGen" in text:
            prefix, at_least_bytes = "-XX:MaxPermSize=", 512 * MIB
        elif "Compressed class space" in text:
            prefix, at_least_bytes = "-XX:CompressedClassSpaceSize=", 2 * GIB
        else:
            prefix, at_least_bytes = "-XX:MaxMetaspaceSize=", GIB
        return {name: _raised(properties.get(name, ""), prefix, at_least_bytes)}

    return repair


def raise_stack(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Stacks of 16 MiB or twice as large as they were, on the side whose thread overflowed."""
    if properties is None:
        return {}
    name = _EXECUTOR if _TASK.search(text) else _DRIVER
    return {name: _raised(properties.get(name, ""), "-Xss", 16 * MIB)}


raise_executor_direct = _direct(_EXECUTOR, "spark.executor.memory")
raise_driver_direct = _direct(_DRIVER, "spark.driver.memory")
raise_executor_metaspace = _metaspace(_EXECUTOR)
raise_driver_metaspace = _metaspace(_DRIVER)
