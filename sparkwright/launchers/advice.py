"""What a launcher takes from a recommendation, and what it refuses to take.

The full answer is :class:`data_contracts.api.recommendation.Recommendation`; a launcher reads a few fields of it
without pydantic, which would cost half of its time. The service is not trusted with more than resources, and with
numbers and switches that a policy demands: a property that could name code to run is refused, whoever answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data_contracts.properties.policy import is_settable, kind_of
from data_contracts.properties.spark import RESOURCE_PROPERTIES
from sparkwright.errors import ServiceError
from sparkwright.parsing.json_values import shown

_VALUE = re.compile(r"[A-Za-z0-9.]{1,32}")
_DECISION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_MAX_REASON_LENGTH = 500
_PROTECTS = (
    "spark.acls",
    "spark.admin.acls",
    "spark.authenticate",
    "spark.io.encryption",
    "spark.kerberos",
    "spark.modify.acls",
    "spark.network.crypto",
    "spark.redaction",
    "spark.ssl",
    "spark.ui.view.acls",
)
"""Switched on by whoever says so, off by the user alone: the service may lie."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The decision a submission carries.

    Attributes:
        reasons: Why, by property; what is said of the decision as a whole is ``note``.
        enforced: By property the policy that says so: the value of the decision holds, whatever the user set.
        refused: By property the policy that lets nobody set it.
        left: What policies demand and a launcher does not do, in words.
    """

    decision_id: str
    workload_id: str
    allocation: dict[str, str]
    note: str
    reasons: dict[str, str] = field(default_factory=dict)
    enforced: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def read_advice(answer: Mapping[str, object]) -> Advice:
    """The advice in the answer of ``/v1/recommend``.

    Raises:
        ServiceError: A field is missing or has another form than a resource property may have.
    """
    decision_id, workload_id, allocation = (answer.get(name) for name in ("decision_id", "workload_id", "allocation"))
    if not isinstance(decision_id, str) or not _DECISION_ID.fullmatch(decision_id):
        raise ServiceError(f"expected a decision_id of letters and digits, got {shown(decision_id)}")
    if not isinstance(workload_id, str) or not workload_id.isprintable() or len(workload_id) > 256:
        raise ServiceError(f"expected a workload_id, got {shown(workload_id)}")
    if not isinstance(allocation, dict):
        raise ServiceError(f"expected an allocation of properties, got {shown(allocation)}")
    for name, value in allocation.items():
        if name not in RESOURCE_PROPERTIES or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ServiceError(f"expected resource properties only, got {shown({name: value})}")
    reasons = _reasons(answer.get("reasons"))
    advice = Advice(decision_id, workload_id, dict(allocation), reasons.pop("*", ""), reasons)
    return _with_policies(advice, answer)


def _reasons(given: object) -> dict[str, str]:
    """The first reason of each property, as one printable line: a terminal shows it."""
    found: dict[str, str] = {}
    for reason in given if isinstance(given, list) else ():
        if isinstance(reason, dict):
            found.setdefault(str(reason.get("property", "")), _line(reason.get("text", "")))
    return found


def _line(text: object) -> str:
    return "".join(one for one in " ".join(str(text).split())[:_MAX_REASON_LENGTH] if one.isprintable())


def _with_policies(advice: Advice, answer: Mapping[str, object]) -> Advice:
    """The advice with what policies say; a service of before policies says nothing.

    Raises:
        ServiceError: What they say has another form than it may have.
    """
    changes, required = answer.get("policy_changes") or [], answer.get("required") or {}
    if not isinstance(changes, list) or not isinstance(required, dict):
        given = f"{shown(changes, 60)}, {shown(required, 60)}"
        raise ServiceError(f"expected what policies changed and require, got {given}")
    left = []
    for one in changes:
        name, policies = (one.get("property"), one.get("policies")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(policies, list):
            raise ServiceError(f"expected a property and the policies that changed it, got {shown(one)}")
        who = _line(", ".join(map(str, policies)))
        if name == "*":
            left.append(_line(one.get("text")))
        elif one.get("capped") is None:
            if name.startswith(_PROTECTS):
                left.append(_line(f"policy {who} lets nobody set {name}, which protects the run: take it out yourself"))
            else:
                advice.refused[name] = who
        elif name in advice.allocation:
            advice.enforced[name] = who
        elif name in required and _is_harmless(name, required[name]):
            advice.allocation[name] = required[name]
            advice.enforced[name] = who
        else:
            value = f"{one.get('capped')!s:.80}"
            left.append(_line(f"policy {who} demands {name}={value}: set it yourself, it could name code"))
    return replace(advice, left=tuple(left))


def _is_harmless(name: str, value: object) -> bool:
    if not is_settable(name) or not isinstance(value, str) or not _VALUE.fullmatch(value):
        return False
    if name.startswith(_PROTECTS) and value != "true":
        return False
    try:
        kind_of(name).number(value)
    except ValueError:
        return False
    return True
