"""Advice for manifests of Spark operators: what the service is asked, and the changes that follow. No IO."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from data_contracts.properties.provenance import DECISION_ID, WORKLOAD
from data_contracts.properties.spark import PROPERTIES
from sparkwright.launchers.advice import Advice
from sparkwright.launchers.inject import inject, told
from sparkwright.launchers.manifests.spark_application import Application, Edit, edits_of
from sparkwright.launchers.request import recommend_request
from sparkwright.launchers.spark_rules import bad_value

OPERATOR_USER = "spark"
"""Whom event logs name as the user where nobody says: the user of the operators' and of Spark's own images."""


class ManifestAdvice(NamedTuple):
    """The changes that advice makes to a manifest, and what is to be said of them."""

    edits: list[Edit]
    said: list[str]


def carried_decision(application: Application) -> str:
    """The decision that a manifest carries already; empty: none."""
    return application.properties.get(DECISION_ID, "")


def unreadable(application: Application) -> list[str]:
    """What an operator or Spark would not read of the manifest, in words: a service would refuse it, too."""
    return [
        *application.faults,
        *_unreadable_values(application.properties),
    ]


def _unreadable_values(properties: Mapping[str, str]) -> list[str]:
    return [
        f"{name}={value[:40]}: {fault}"
        for name, value in properties.items()
        if name in PROPERTIES and (fault := bad_value(name, value))
    ]


def manifest_request(application: Application, **told_beside: Any) -> dict[str, object]:
    """The body for ``/v1/recommend``.

    Args:
        application: From :func:`~sparkwright.launchers.manifests.spark_application.read_application`.
        told_beside: Further arguments of :func:`~sparkwright.launchers.request.recommend_request`; ``workload`` wins
            over the manifest's own, ``user_name`` is its ``proxyUser`` where it has one.
    """
    given = {name: value for name, value in told_beside.items() if value is not None}
    workload = given.pop("workload", "") or application.properties.get(WORKLOAD, "")
    user_name = application.proxy_user or given.pop("user_name", "") or OPERATOR_USER
    given.pop("user_name", None)
    return recommend_request(
        application.properties,
        app_name=application.properties.get("spark.app.name") or application.name or "-",
        user_name=user_name,
        queue=application.namespace,
        workload=workload,
        platform="kubernetes",
        **given,
    )


def advised(application: Application, advice: Advice, *, override: bool = False, workload: str = "") -> ManifestAdvice:
    """The changes that the advice makes.

    Args:
        application: The manifest.
        advice: The decision.
        override: Whether it wins over what the manifest says.
        workload: Explicit key of the recurring workload.
    """
    injection = inject(
        application.properties, advice, override, workload=workload, platform="kubernetes", caps=application.caps
    )
    return ManifestAdvice(edits_of(application, injection.added, injection.removed), told(injection, advice))


def label(application: Application) -> str:
    """What a person calls the manifest."""
    return f"{application.kind} {application.name or '(without a name)'}"


def node_at(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What lies at the end of a way through mappings and lists."""
    at: Any = document
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    return at
