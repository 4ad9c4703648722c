"""Effective properties out of a row's JSON, and diffs of properties."""

import json
from collections.abc import Mapping

from data_contracts.report import Change


def properties_in(text: str | None) -> dict[str, str]:
    """The properties in a JSON object; nothing where it is none (an older lake, an edited row)."""
    return {name: str(value) for name, value in _object(text).items() if not isinstance(value, (dict, list))}


def profiles_in(text: str | None) -> dict[int, dict[str, str]]:
    """The properties of each resource profile in which it differs from the application's own."""
    return {
        int(number): {name: str(value) for name, value in values.items()}
        for number, values in _object(text).items()
        if number.isdecimal() and isinstance(values, dict)
    }


def changes(current: Mapping[str, str], advised: Mapping[str, str]) -> list[Change]:
    """What to set, beside what is set."""
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
