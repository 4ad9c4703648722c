"""What a launcher tells the service of a submission: bounded, and without secrets. Standard library only."""

from collections.abc import Mapping

from data_contracts.api.limits import (
    MAX_NAME_LENGTH,
    MAX_PROPERTIES,
    MAX_PROPERTIES_LENGTH,
    MAX_PROPERTY_NAME_LENGTH,
)
from data_contracts.properties.provenance import WORKLOAD
from data_contracts.properties.spark import PROPERTIES
from sparkwright.redaction import redact_properties, redact_text
from sparkwright.spark.platform import platform_of
from sparkwright.spark.workload import KEY_PROPERTIES

_MAX_WORKLOAD_LENGTH = 256
_READ = PROPERTIES.keys() | KEY_PROPERTIES | {"spark.kubernetes.resource.type"}
"""What the service looks at."""


def recommend_request(
    properties: Mapping[str, str],
    *,
    app_name: str,
    user_name: str = "",
    queue: str = "",
    workload: str = "",
    platform: str = "",
    launch_id: str = "",
    attempt: int = 1,
    input_bytes: int | None = None,
    max_risk: float | None = None,
    deadline_s: float | None = None,
) -> dict[str, object]:
    """The body for ``/v1/recommend``.

    Args:
        properties: What Spark would use: the user's over the site's.
        app_name: As Spark will know the application.
        user_name: As the event log will name the user.
        queue: Scheduler queue; on Kubernetes the namespace. Empty: as the properties say.
        workload: Explicit key of the recurring workload.
        platform: As :func:`~sparkwright.spark.platform.platform_of` names it; empty: by ``spark.master``.
        launch_id: Names this launch: asked again, the service gives the decision it gave.
        attempt: 2 for the first retry.
        input_bytes: What the run will read, where it is known.
        max_risk: P(death) that is accepted; None: the service's own bound.
        deadline_s: By when the run must have ended, with a retry.
    """
    queue = queue or properties.get("spark.yarn.queue") or properties.get("spark.kubernetes.namespace") or ""
    workload = redact_text(workload)
    if len(workload) > _MAX_WORKLOAD_LENGTH:  # no field takes it; as a property it names the same workload
        properties, workload = {**properties, WORKLOAD: workload}, ""
    optional = {
        "workload": workload or None,
        "launch_id": launch_id or None,
        "attempt": attempt if attempt > 1 else None,
        "input_bytes": input_bytes,
        "max_risk": max_risk,
        "deadline_ms": None if deadline_s is None else max(1, round(1000 * deadline_s)),
    }
    return {
        "app_name": redact_text(app_name, MAX_NAME_LENGTH),
        "user_name": redact_text(user_name, MAX_NAME_LENGTH),
        "queue": redact_text(queue, MAX_NAME_LENGTH),
        "platform": platform or platform_of(properties.get("spark.master")),
        "properties": _within_limits(redact_properties(properties)),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _within_limits(properties: Mapping[str, str]) -> dict[str, str]:
    """As many properties as the service takes, those that it reads and the short ones first."""
    kept: dict[str, str] = {}
    left = MAX_PROPERTIES_LENGTH
    order = sorted(properties, key=lambda name: (name not in _READ, len(name) + len(properties[name]), name))
    for name in order[:MAX_PROPERTIES]:
        left -= len(name) + len(properties[name])
        if left < 0:
            break
        if len(name) <= MAX_PROPERTY_NAME_LENGTH:
            kept[name] = properties[name]
    return kept
