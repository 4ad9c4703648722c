"""Which recurring workload an application belongs to, the same for the harvest and for the service."""

import hashlib
import re
from collections.abc import Mapping

from data_contracts.properties import provenance

_NAMESPACE = "spark.kubernetes.namespace"
OPERATOR_LABEL = "spark.kubernetes.driver.label.sparkoperator.k8s.io/"
"""Prefix of the properties in which Kubeflow's operator names its objects."""

# Explicit keys, the strongest first: ours, then those that orchestrators leave in the properties. All parts are needed.
_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", (provenance.WORKLOAD,)),
    ("airflow", ("spark.kubernetes.driver.label.dag_id", "spark.kubernetes.driver.label.task_id")),
    ("openlineage", ("spark.openlineage.parentJobNamespace", "spark.openlineage.parentJobName")),
    # A run of a ScheduledSparkApplication, and any SparkApplication: the code may give the application another name.
    ("sparkoperator", (_NAMESPACE, f"{OPERATOR_LABEL}scheduled-app-name")),
    ("sparkoperator", (_NAMESPACE, f"{OPERATOR_LABEL}app-name")),
)
KEY_PROPERTIES = frozenset(name for _, names in _KEYS for name in names)
"""Properties that may hold an explicit key."""

# What differs between the name of a run and that of its workload: dates and times, ids, long numbers. Short numbers
# stay, because they name things (`tpch-q03`).
_VARIABLE = re.compile(
    r"""
    [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}           # UUID
    | (?<!\d)(?:19|20)\d\d[-_/.]?[01]\d[-_/.]?[0-3]\d                      # date
      (?:[t_\s-]{0,2}[0-2]\d[:_.-]?[0-5]\d(?:[:_.-]?[0-5]\d(?:\.\d+)?)?(?:z|[+-][0-2]\d:?[0-5]\d)?)?(?!\d)
    | (?<![0-9a-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}(?![0-9a-z])  # hash
    | (?<!\d)\d{5,}(?!\d)                                                  # long number
    """,
    re.VERBOSE,
)
_MAX_LENGTH = 256


def workload_id(app_name: str, user_name: str, queue: str, properties: Mapping[str, str]) -> str:
    """The id of the workload: an explicit key if a property holds one, else queue, user and normalised name.

    Two runs that differ only in a date, a time, a UUID, a hash or a long number in their name are the same workload.
    """
    for origin, names in _KEYS:
        parts = [properties.get(name, "").strip() for name in names]
        if all(parts):
            if origin == "sparkoperator":  # its name may contain a date, like any name of a run
                parts[-1] = normalised_name(parts[-1])
            return _bounded(":".join([origin, ".".join(parts)] if origin else parts))
    return _bounded("/".join([queue or "-", user_name or "-", normalised_name(app_name)]))


def airflow_key(dag_id: str, task_id: str) -> str:
    """The explicit key of an Airflow task, from any launcher; its labels on a Kubernetes driver give the same."""
    return _bounded(f"airflow:{dag_id}.{task_id}")


def normalised_name(app_name: str) -> str:
    """The application's name in lower case, with the parts that differ between runs replaced by ``*``."""
    name = _VARIABLE.sub("*", " ".join(app_name.lower().split()))
    return re.sub(r"\*(?:[-_./: ]*\*)+", "*", name) or "-"


def _bounded(identity: str) -> str:
    if len(identity) <= _MAX_LENGTH:
        return identity
    # Cutting alone would merge long names with the same beginning into one workload.
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{identity[: _MAX_LENGTH - len(digest) - 1]}~{digest}"
