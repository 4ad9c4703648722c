"""Which fields of SparkApplication manifests hold which of Spark's properties, and parts that cannot be what they are.

Sources: ``api/v1beta2`` and ``internal/controller/sparkapplication/submission.go`` of kubeflow/spark-operator 2.x, and
the definitions of both operators' resources, to which ``tests/launchers/manifests/test_fields.py`` holds these tables.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sparkwright.parsing.json_values import kind_of

Path = tuple[str, ...]

KUBEFLOW, APACHE = "sparkoperator.k8s.io", "spark.apache.org"
KINDS = {
    (KUBEFLOW, "SparkApplication"): ("spec",),
    (KUBEFLOW, "ScheduledSparkApplication"): ("spec", "template"),
    (APACHE, "SparkApplication"): ("spec",),
}
TEXT, WHOLE, FLAG, MILLISECONDS = "text", "whole", "flag", "milliseconds"
# In the order that the operator writes them: of two that name one property the later one wins.
FIELDS: tuple[tuple[Path, str, str], ...] = (
    (("driver", "cores"), "spark.driver.cores", WHOLE),
    (("driver", "coreRequest"), "spark.kubernetes.driver.request.cores", TEXT),
    (("driver", "coreLimit"), "spark.kubernetes.driver.limit.cores", TEXT),
    (("driver", "memory"), "spark.driver.memory", TEXT),
    (("driver", "memoryOverhead"), "spark.driver.memoryOverhead", TEXT),
    (("executor", "instances"), "spark.executor.instances", WHOLE),
    (("executor", "cores"), "spark.executor.cores", WHOLE),
    (("executor", "coreRequest"), "spark.kubernetes.executor.request.cores", TEXT),
    (("executor", "coreLimit"), "spark.kubernetes.executor.limit.cores", TEXT),
    (("executor", "memory"), "spark.executor.memory", TEXT),
    (("executor", "memoryOverhead"), "spark.executor.memoryOverhead", TEXT),
)
DYNAMIC_FIELDS: tuple[tuple[Path, str, str], ...] = (
    (("dynamicAllocation", "enabled"), "spark.dynamicAllocation.enabled", FLAG),
    (("dynamicAllocation", "initialExecutors"), "spark.dynamicAllocation.initialExecutors", WHOLE),
    (("dynamicAllocation", "minExecutors"), "spark.dynamicAllocation.minExecutors", WHOLE),
    (("dynamicAllocation", "maxExecutors"), "spark.dynamicAllocation.maxExecutors", WHOLE),
    (
        ("dynamicAllocation", "shuffleTrackingEnabled"),
        "spark.dynamicAllocation.shuffleTracking.enabled",
        FLAG,
    ),
    (
        ("dynamicAllocation", "shuffleTrackingTimeout"),
        "spark.dynamicAllocation.shuffleTracking.timeout",
        MILLISECONDS,
    ),
)
FIELD_OF = {name: (path, kind) for path, name, kind in (*FIELDS, *DYNAMIC_FIELDS)}


def faults_in(document: Mapping[str, Any], spec_path: Path, group: str) -> Iterator[str]:
    """What has another type than the operators' definitions say, of all that is read or written here."""
    maps = [("metadata",), ("metadata", "labels"), *(spec_path[:depth] for depth in range(1, len(spec_path) + 1))]
    maps.append((*spec_path, "sparkConf"))
    values: list[Path] = [("metadata", "name"), ("metadata", "namespace")]
    if group == KUBEFLOW:
        maps += [
            (*spec_path, *path) for path in (("driver",), ("executor",), ("dynamicAllocation",), ("driver", "labels"))
        ]
        values += [(*spec_path, *path) for path, _ in FIELD_OF.values()]
        values += [(*spec_path, side, "memoryLimit") for side in ("driver", "executor")]
        values.append((*spec_path, "memoryOverheadFactor"))
    for path in maps:
        value = _at(document, path)
        if value is not None and not isinstance(value, Mapping):
            yield f"expected a mapping in {'.'.join(path)}, got {kind_of(value)}"
    for path in values:
        value = _at(document, path)
        if isinstance(value, Mapping | list):
            yield f"expected one value in {'.'.join(path)}, got {kind_of(value)}"
    conf = _at(document, (*spec_path, "sparkConf"))
    for name, value in conf.items() if isinstance(conf, Mapping) else ():
        if isinstance(value, Mapping | list):
            yield f"expected one value in {'.'.join(spec_path)}.sparkConf for {str(name)[:80]}, got {kind_of(value)}"


def _at(document: Any, path: Path) -> Any:
    """What lies at the end of a way through mappings; None where it ends before."""
    for step in path:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document
