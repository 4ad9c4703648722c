"""How much of written phrasings is understood: each beside what it means."""

from collections.abc import Mapping
from typing import Any

from data_contracts.properties.policy import kind_of
from sparkwright.policy.language.read import Understood

RULES = ("bounds", "forbids", "requires", "budgets")
PARTS = ("scope", *RULES)


def differences(expected: Mapping[str, Any] | None, asks: list[str], understood: Understood) -> list[str]:
    """The parts that are not as they should be; ``asks`` where something else should have been asked back.

    A part that has to be asked about may hold anything. Values are compared as Spark reads them, lists of names and
    days without their order.

    Args:
        expected: A policy without name and description; what has to be asked may be left out. None where there is
            nothing to write: no rule at all, or none before somebody answers. What is asked back then decides, for a
            scope without a rule is no policy.
        asks: The parts that have to be asked back.
        understood: What was understood.
    """
    wanted, got = comparable(expected or {}), comparable(understood.parts)
    compared = RULES if expected is None and asks else PARTS
    found = [part for part in compared if part not in asks and wanted[part] != got[part]]
    asked = {one.part for one in understood.questions}
    return [*found, *(["asks"] if asked != set(asks) else [])]


def comparable(parts: Mapping[str, Any]) -> dict[str, object]:
    """The parts of a policy as values that are equal where they mean the same."""
    scope = {"queues": [], "teams": [], "users": [], "workloads": [], "platforms": [], **(parts.get("scope") or {})}
    windows = [
        (
            frozenset(one.get("days") or ()),
            one.get("start", "00:00"),
            one.get("end", "00:00"),
            one.get("timezone", "UTC"),
        )
        for one in scope.pop("windows", [])
    ]
    names = {name: frozenset(listed) for name, listed in scope.items() if listed}
    bounds = {
        (name, end): _value(name, text)
        for name, bound in (parts.get("bounds") or {}).items()
        for end, text in bound.items()
        if text is not None
    }
    forbids = {
        (one["property"], frozenset(_value(one["property"], text) for text in one.get("values") or ()))
        for one in parts.get("forbids") or ()
    }
    requires = {name: _value(name, text) for name, text in (parts.get("requires") or {}).items()}
    budgets = {
        (one["measure"], round(float(one["max"]), 6), one.get("per", "run")) for one in parts.get("budgets") or ()
    }
    return {
        "scope": (names, frozenset(windows)),
        "bounds": bounds,
        "forbids": forbids,
        "requires": requires,
        "budgets": budgets,
    }


def _value(name: str, text: str) -> object:
    kind = kind_of(name)
    if kind.kind == "text":
        return text
    try:
        return kind.number(text)
    except ValueError:
        return text
