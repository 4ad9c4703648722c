"""The one overhead rule beside the installed Spark's own."""

from collections.abc import Iterator
from typing import Any

import pytest

from data_contracts.properties.spark import MIB, parse_size_bytes
from sparkwright.spark.allocation import overhead_bytes

HEAPS_MIB = (512, 1024, 3840, 4095, 8192, 20479)
PROPERTIES: tuple[tuple[str, dict[str, str]], ...] = (
    ("yarn", {}),
    ("yarn", {"spark.SIDE.memoryOverheadFactor": "0.25"}),
    ("yarn", {"spark.SIDE.minMemoryOverhead": "4g"}),
    ("yarn", {"spark.SIDE.memoryOverhead": "600"}),
    ("yarn", {"spark.SIDE.memoryOverhead": "128m", "spark.SIDE.memoryOverheadFactor": "0.9"}),
    ("yarn", {"spark.yarn.SIDE.memoryOverhead": "3g"}),
    ("yarn", {"spark.kubernetes.memoryOverheadFactor": "0.7"}),
    ("kubernetes", {}),
    ("kubernetes", {"spark.kubernetes.resource.type": "java"}),
    ("kubernetes", {"spark.kubernetes.resource.type": "python"}),
    ("kubernetes", {"spark.kubernetes.resource.type": "r"}),
    ("kubernetes", {"spark.kubernetes.resource.type": "python", "spark.SIDE.memoryOverheadFactor": "0.1"}),
    ("kubernetes", {"spark.kubernetes.resource.type": "python", "spark.kubernetes.memoryOverheadFactor": "0.2"}),
)


@pytest.fixture(scope="module")
def jvm() -> Iterator[Any]:
    """A JVM with the installed Spark on its class path."""
    java_gateway = pytest.importorskip("pyspark.java_gateway", reason="pyspark is not installed")
    gateway = java_gateway.launch_gateway()
    try:
        yield gateway.jvm
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=20)


@pytest.mark.parametrize("side", ["executor", "driver"])
def test_the_overhead_is_what_spark_itself_computes(jvm: Any, side: Any) -> None:
    profile, config, constants = (
        getattr(getattr(package, name), "MODULE$")
        for package, name in (
            (jvm.org.apache.spark.resource, "ResourceProfile$"),
            (jvm.org.apache.spark.internal.config, "package$"),
            (jvm.org.apache.spark.deploy.k8s, "Constants$"),
        )
    )
    entry = {
        name: getattr(config, f"{side.upper()}_{name}")()
        for name in ("MEMORY_OVERHEAD", "MIN_MEMORY_OVERHEAD", "MEMORY_OVERHEAD_FACTOR")
    }
    wrong = {}
    for platform, template in PROPERTIES:
        properties = {name.replace("SIDE", side): value for name, value in template.items()}
        conf = jvm.org.apache.spark.SparkConf(False)
        for name, value in properties.items():
            conf.set(name, value)
        factor = conf.get(entry["MEMORY_OVERHEAD_FACTOR"])
        # As BasicDriverFeatureStep chooses it and passes it on to the executors.
        if platform == "kubernetes" and not conf.contains(entry["MEMORY_OVERHEAD_FACTOR"]):
            factor = float(properties.get("spark.kubernetes.memoryOverheadFactor", factor))
            is_jvm = properties.get("spark.kubernetes.resource.type") not in {"python", "r"}
            if not is_jvm and "spark.kubernetes.memoryOverheadFactor" not in properties:
                factor = constants.NON_JVM_MEMORY_OVERHEAD_FACTOR()
        for heap_mib in HEAPS_MIB:
            expected_mib = profile.calculateOverHeadMemory(
                conf.get(entry["MEMORY_OVERHEAD"]), conf.get(entry["MIN_MEMORY_OVERHEAD"]), heap_mib, factor
            )
            found_mib = overhead_bytes(properties, platform, heap_mib * MIB, side=side) / MIB
            if found_mib != expected_mib:
                wrong[platform, str(properties), heap_mib] = (found_mib, expected_mib)
    assert wrong == {}


def test_a_value_spark_cannot_read_counts_as_not_set() -> None:
    given = {"spark.executor.memoryOverhead": "${much}", "spark.executor.memoryOverheadFactor": "lots"}
    assert overhead_bytes(given, "yarn", parse_size_bytes("1g")) == 384 * MIB
