"""Read effective properties from a row's JSON, and diff properties."""

import json
from collections.abc import Mapping

from data_contracts.api.report import Change


def properties_in(text: str | None) -> dict[str, str]:
    """Return the properties in a JSON object; empty if it is not one (an older lake, an edited row)."""
    return {name: str(value) for name, value in _object(text).items() if not isinstance(value, (dict, list))}


def profiles_in(text: str | None) -> dict[int, dict[str, str]]:
    """Return the properties in which each resource profile differs from the application's own."""
    return {
        int(number): {name: str(value) for name, value in values.items()}
        for number, values in _object(text).items()
        if number.isdecimal() and isinstance(values, dict)
    }


def changes(current: Mapping[str, str], advised: Mapping[str, str]) -> list[Change]:
    """Return what to set, next to what is set now."""
    return [
        Change(property=name, current=current.get(name), advised=value)
        for name, value in advised.items()
        if current.get(name) != value
    ]


def _object(text: str | None) -> dict[str, object]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
