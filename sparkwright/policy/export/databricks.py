"""A Databricks cluster policy: JSON of attributes, each fixed, forbidden, blocked or within a range of numbers.

Source: https://docs.databricks.com/aws/en/admin/clusters/policy-definition (types ``fixed``, ``forbidden``,
``blocklist``, ``range``; attributes ``spark_conf.*``, ``num_workers``, ``autoscale.max_workers``).
"""

import json
from collections.abc import Sequence
from typing import Any

from data_contracts.policy import Bound, Budget, Forbidden, Policy
from data_contracts.properties.policy import kind_of
from sparkwright.errors import ConfigError
from sparkwright.policy.export.base import Exported, scope_words

_NAME, _CONF = "databricks", "spark_conf."
_WORKERS = ("num_workers", "autoscale.max_workers")


def to_databricks(policies: Sequence[Policy]) -> Exported:
    """One cluster policy of all policies; whom it is for is a permission there."""
    found: dict[str, dict[str, Any]] = {}
    left: list[str] = []
    for policy in policies:
        if scope := scope_words(policy.scope):
            left.append(
                f"{policy.name}: a cluster policy has no scope ({'; '.join(scope)}): grant it to them by permission"
            )
        for name, value in policy.requires.items():
            _add(found, left, policy, name, {"type": "fixed", "value": value})
        for one in policy.forbids:
            told = {"type": "blocklist", "values": list(one.values)} if one.values else {"type": "forbidden"}
            _add(found, left, policy, one.property, told)
        for name, bound in policy.bounds.items():
            _add_bound(found, left, policy, name, bound)
        for budget in policy.budgets:
            if budget.measure == "executors" and budget.max >= 1:
                for attribute in _WORKERS:
                    before = found.get(attribute, {}).get("maxValue", budget.max)
                    found[attribute] = {"type": "range", "maxValue": int(min(before, budget.max))}
            else:
                left.append(
                    f"{policy.name}: budget of {budget.measure} a {budget.per}: no attribute of a cluster adds it up"
                )
    return Exported(json.dumps(found, indent=2, sort_keys=True) + "\n", tuple(left))


def _add_bound(found: dict[str, dict[str, Any]], left: list[str], policy: Policy, name: str, bound: Bound) -> None:
    kind = kind_of(name)
    if kind.kind not in {"count", "factor"}:
        left.append(
            f"{policy.name}: bounds.{name}: a range there is of plain numbers, this is a {kind.kind} with a unit"
        )
        return
    number = int if kind.kind == "count" else float
    ends = {"minValue": bound.min, "maxValue": bound.max}
    told = {end: number(kind.number(text)) for end, text in ends.items() if text is not None}
    _add(found, left, policy, name, {"type": "range", **told})


def _add(found: dict[str, dict[str, Any]], left: list[str], policy: Policy, name: str, told: dict[str, Any]) -> None:
    """An attribute has one rule there: the first, unless both are ranges."""
    before = found.get(_CONF + name)
    if before is None:
        found[_CONF + name] = told
    elif before["type"] == told["type"] == "range":
        both = {end: value for end, value in (*before.items(), *told.items()) if end != "type"}
        for end, narrower in (("minValue", max), ("maxValue", min)):
            if end in before and end in told:
                both[end] = narrower(before[end], told[end])
        found[_CONF + name] = {"type": "range", **both}
    elif before != told:
        left.append(
            f"{policy.name}: {told['type']} {name}: an attribute has one rule there, {before['type']} is written"
        )


def from_databricks(text: str) -> list[Policy]:
    """The cluster policy as one policy; attributes that are no Spark properties are other people's.

    Raises:
        ConfigError: It is no JSON of attributes.
    """
    try:
        told = json.loads(text)
        items = [(name, rule, rule["type"]) for name, rule in told.items()]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"expected the JSON of a Databricks cluster policy: {error}") from None
    bounds: dict[str, Bound] = {}
    forbids: list[Forbidden] = []
    requires: dict[str, str] = {}
    budgets: list[Budget] = []
    for name, rule, sort in items:
        if name == _WORKERS[0] and sort == "range" and "maxValue" in rule:
            budgets.append(Budget(measure="executors", max=rule["maxValue"]))
        if not name.startswith(_CONF):
            continue
        prop = name.removeprefix(_CONF)
        if sort == "fixed":
            requires[prop] = str(rule["value"])
        elif sort == "forbidden":
            forbids.append(Forbidden(property=prop))
        elif sort == "blocklist":
            forbids.append(Forbidden(property=prop, values=[str(value) for value in rule["values"]]))
        elif sort == "range":
            ends = {end: f"{rule[key]:g}" for end, key in (("min", "minValue"), ("max", "maxValue")) if key in rule}
            bounds[prop] = Bound(**ends)
    if not (bounds or forbids or requires or budgets):
        return []
    return [Policy(name=_NAME, bounds=bounds, forbids=forbids, requires=requires, budgets=budgets)]
