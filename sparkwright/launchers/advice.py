"""What a launcher takes from a recommendation, and what it refuses to take.

The full answer is :class:`data_contracts.api.Recommendation`; a launcher reads three fields of it without pydantic,
which would cost half of its time. The service is not trusted with more than resources: a property that could name
code to run is refused, whoever answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from data_contracts.spark_properties import RESOURCE_PROPERTIES
from sparkwright.errors import ServiceError

_VALUE = re.compile(r"[A-Za-z0-9.]{1,32}")
_DECISION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Advice:
    """The decision a submission carries.

    Attributes:
        reasons: Why, by property; what is said of the decision as a whole is ``note``.
    """

    decision_id: str
    workload_id: str
    allocation: dict[str, str]
    note: str
    reasons: dict[str, str] = field(default_factory=dict)


def read_advice(answer: Mapping[str, object]) -> Advice:
    """The advice in the answer of ``/v1/recommend``.

    Raises:
        ServiceError: A field is missing or has another form than a resource property may have.
    """
    decision_id, workload_id, allocation = (answer.get(name) for name in ("decision_id", "workload_id", "allocation"))
    if not isinstance(decision_id, str) or not _DECISION_ID.fullmatch(decision_id):
        raise ServiceError(f"expected a decision_id of letters and digits, got {decision_id!r:.80}")
    if not isinstance(workload_id, str) or not workload_id.isprintable() or len(workload_id) > 256:
        raise ServiceError(f"expected a workload_id, got {workload_id!r:.80}")
    if not isinstance(allocation, dict):
        raise ServiceError(f"expected an allocation of properties, got {allocation!r:.80}")
    for name, value in allocation.items():
        if name not in RESOURCE_PROPERTIES or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ServiceError(f"expected resource properties only, got {name}={value!r:.80}")
    reasons = _reasons(answer.get("reasons"))
    return Advice(decision_id, workload_id, allocation, reasons.pop("*", ""), reasons)


def _reasons(given: object) -> dict[str, str]:
    """The first reason of each property, as one printable line: a terminal shows it."""
    found: dict[str, str] = {}
    for reason in given if isinstance(given, list) else ():
        if isinstance(reason, dict):
            text = " ".join(str(reason.get("text", "")).split())[:_MAX_REASON_LENGTH]
            found.setdefault(str(reason.get("property", "")), "".join(one for one in text if one.isprintable()))
    return found
