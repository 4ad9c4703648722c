"""SparkApplication manifests of Kubernetes operators as Spark's properties, and properties as changes to them.

Pure and standard library only: the command edits YAML with it, the admission webhook answers a JSON patch.

Sources: ``api/v1beta2`` and ``internal/controller/sparkapplication/submission.go`` of kubeflow/spark-operator 2.x (the
fields of driver and executor become ``--conf`` behind those of ``sparkConf``, so they win), ``ApplicationSpec`` and
``SparkAppSubmissionWorker`` of apache/spark-kubernetes-operator (everything is ``sparkConf``).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from data_contracts.properties.spark import GIB, KIB, MIB
from sparkwright.launchers.manifests.fields import (
    DYNAMIC_FIELDS,
    FIELD_OF,
    FIELDS,
    FLAG,
    KINDS,
    KUBEFLOW,
    MILLISECONDS,
    TEXT,
    WHOLE,
    Path,
    faults_in,
)
from sparkwright.launchers.spark_rules import SiteCaps
from sparkwright.spark.workload import OPERATOR_LABEL

_LANGUAGES = {"Python": "python", "R": "r"}
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")
_MEMORY_UNITS = {
    "": 1.0,
    **{unit: float(KIB) for unit in ("k", "kb", "ki")},
    **{unit: float(MIB) for unit in ("m", "mb", "mi")},
    **{unit: float(GIB) for unit in ("g", "gb", "gi")},
    **{unit: 1024.0 * GIB for unit in ("t", "tb", "ti")},
}


class Edit(NamedTuple):
    """A value to set in a manifest: the way to it from the root, and what to put there; None: it goes."""

    path: Path
    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Application:
    """A manifest of an application as Spark would see it.

    Attributes:
        operator: API group of the operator.
        kind: ``SparkApplication`` or ``ScheduledSparkApplication``.
        name: Of the object; of a schedule's run that of its schedule.
        namespace: Empty where the manifest does not say.
        spec_path: The way from the root to the application's spec.
        properties: What the operator would submit with.
        fields: Properties that a field of the spec sets.
        conf: Properties that ``sparkConf`` sets.
        proxy_user: Who the application runs as, where it is told.
        caps: The most that the pods may have, by their own limits.
        has_name: Whether the object has a name: ``generateName`` gives none before it is there.
        faults: Parts that have another type than the operator knows, in words: nothing is changed there.
    """

    operator: str
    kind: str
    name: str
    namespace: str
    spec_path: Path
    properties: dict[str, str]
    fields: frozenset[str]
    conf: frozenset[str]
    proxy_user: str
    caps: SiteCaps
    has_name: bool
    faults: tuple[str, ...]


def is_application(document: object) -> bool:
    """Whether a document of YAML or JSON is a manifest that is understood here."""
    return isinstance(document, Mapping) and _key(document) in KINDS


def applications_in(document: object) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The manifests of a document, with the way to each: itself, or the items of a ``List``."""
    if is_application(document):
        assert isinstance(document, Mapping)
        yield (), document
    elif isinstance(document, Mapping) and isinstance(document.get("items"), list):
        for at, item in enumerate(document["items"]):
            if is_application(item):
                yield ("items", str(at)), item


def read_application(document: Mapping[str, Any], namespace: str = "") -> Application:
    """What a manifest says.

    Args:
        document: A manifest for which :func:`is_application` holds.
        namespace: Where it will be put if it does not say.
    """
    group, kind = _key(document)
    spec_path = KINDS[group, kind]
    metadata, spec = _mapping(document.get("metadata")), document
    for step in spec_path:
        spec = _mapping(spec.get(step))
    own_name = _text(metadata.get("name"))
    name = own_name or _text(metadata.get("generateName")).rstrip("-")
    namespace = _text(metadata.get("namespace")) or namespace
    conf = {str(key): _text(value) for key, value in _mapping(spec.get("sparkConf")).items()}
    in_conf = conf.keys()
    around: dict[str, str] = {"spark.master": "k8s://", "spark.kubernetes.namespace": namespace, "spark.app.name": name}
    fields: dict[str, str] = {}
    labels = _mapping(metadata.get("labels"))
    if group == KUBEFLOW:
        fields = _fields(spec)
        schedule = name if kind != "SparkApplication" else _schedule_of(metadata)
        around |= {f"{OPERATOR_LABEL}app-name": name, **_language(_LANGUAGES.get(_text(spec.get("type")), ""))}
        around |= {f"{OPERATOR_LABEL}scheduled-app-name": schedule} if schedule else {}
        around["spark.submit.deployMode"] = _text(spec.get("mode")) or "cluster"
        if factor := _text(spec.get("memoryOverheadFactor")):  # stands before sparkConf, which wins
            conf = {"spark.kubernetes.memoryOverheadFactor": factor, **conf}
        labels = {**labels, **_mapping(_mapping(spec.get("driver")).get("labels"))}
        name = schedule or name
    else:
        client = _text(spec.get("deploymentMode")) == "ClientMode"
        around["spark.submit.deployMode"] = "client" if client else "cluster"
        around["spark.app.name"] = conf.get("spark.app.name") or name
        language = (
            "" if spec.get("jars") else "python" if spec.get("pyFiles") else "r" if spec.get("sparkRFiles") else ""
        )
        around |= _language(language)
    around |= {f"spark.kubernetes.driver.label.{key}": _text(value) for key, value in labels.items()}
    return Application(
        operator=group,
        kind=kind,
        name=name,
        namespace=namespace,
        spec_path=spec_path,
        properties={key: value for key, value in {**conf, **around, **fields}.items() if value},
        fields=frozenset(fields),
        conf=frozenset(in_conf),
        proxy_user=_text(spec.get("proxyUser")),
        caps=_caps(spec) if group == KUBEFLOW else SiteCaps(),
        has_name=bool(own_name),
        faults=tuple(faults_in(document, spec_path, group)),
    )


def edits_of(application: Application, added: Mapping[str, str], removed: Collection[str] = ()) -> list[Edit]:
    """The changes of a manifest that set these properties, and take out others.

    A property goes where the user has it, else into its field, else into ``sparkConf``.

    Args:
        application: From :func:`read_application`.
        added: What :attr:`sparkwright.launchers.inject.Injection.added` says.
        removed: What :attr:`sparkwright.launchers.inject.Injection.removed` says.
    """
    edits = [Edit((*application.spec_path, "sparkConf", name), None) for name in removed if name in application.conf]
    edits += [
        Edit((*application.spec_path, *FIELD_OF[name][0]), None) for name in removed if name in application.fields
    ]
    for name, value in added.items():
        path, kind = FIELD_OF.get(name, ((), TEXT)) if application.operator == KUBEFLOW else ((), TEXT)
        in_conf = name in application.conf and name not in application.fields
        typed = None if not path or in_conf else _typed(value, kind)
        # The operator reads nothing of dynamicAllocation where that field does not enable it.
        if path[:1] == ("dynamicAllocation",) and not _enables(application, added):
            typed = None
        spec = application.spec_path
        edits.append(Edit((*spec, "sparkConf", name), value) if typed is None else Edit((*spec, *path), typed))
    return edits


def _key(document: Mapping[str, Any]) -> tuple[str, str]:
    return _text(document.get("apiVersion")).partition("/")[0], _text(document.get("kind"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    """A scalar as the operator would write it behind ``--conf``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, Mapping | list) else str(value).strip()


def _fields(spec: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    # Where it is not enabled the operator passes nothing of it; that it is off is what the user wrote all the same.
    is_off = _text(_mapping(spec.get("dynamicAllocation")).get("enabled")) != "true"
    for path, name, kind in (*FIELDS, *(DYNAMIC_FIELDS[:1] if is_off else DYNAMIC_FIELDS)):
        at: Any = spec
        for step in path:
            at = _mapping(at).get(step)
        if value := _text(at):
            found[name] = f"{value}ms" if kind == MILLISECONDS else value
    return found


def _language(language: str) -> dict[str, str]:
    return {"spark.kubernetes.resource.type": language} if language else {}


def _schedule_of(metadata: Mapping[str, Any]) -> str:
    """The ScheduledSparkApplication that made this object; empty where a person did."""
    owners = metadata.get("ownerReferences")
    for owner in owners if isinstance(owners, list) else ():
        if _text(_mapping(owner).get("kind")) == "ScheduledSparkApplication":
            return _text(_mapping(owner).get("name"))
    return _text(_mapping(metadata.get("labels")).get("sparkoperator.k8s.io/scheduled-app-name"))


def _caps(spec: Mapping[str, Any]) -> SiteCaps:
    """The pods' memory limits: a request above them is refused by Kubernetes."""
    executor = _memory(_text(_mapping(spec.get("executor")).get("memoryLimit")))
    driver = _memory(_text(_mapping(spec.get("driver")).get("memoryLimit")))
    return SiteCaps(executor, driver, None, "memoryLimit")


def _memory(text: str) -> int | None:
    """Bytes of a Kubernetes quantity; one with Java's unit is taken as Java means it, as the operator does."""
    found = _QUANTITY.fullmatch(text)
    factor = _MEMORY_UNITS.get(found[2].lower()) if found else None
    return None if found is None or factor is None else int(float(found[1]) * factor)


def _typed(value: str, kind: str) -> str | int | bool | None:
    """The value as the field has it; None where the field cannot hold it."""
    if kind == WHOLE:
        return int(value) if value.isdecimal() and int(value) >= 1 else None
    if kind == FLAG:
        return value == "true"
    return None if kind == MILLISECONDS else value


def _enables(application: Application, added: Mapping[str, str]) -> bool:
    name = "spark.dynamicAllocation.enabled"
    return name in application.fields and added.get(name, application.properties[name]) == "true"
