"""Filter conditions as SQL for Delta's engine."""

from collections.abc import Sequence
from datetime import datetime

Value = str | int | float | bool | datetime
Filters = Sequence[tuple[str, str, Value]]
"""Conditions that must all hold, as ``[("app_id", "=", "app-1"), ("stage_id", "<", 3)]``; moments need a time zone."""
_OPERATORS = {"=", "!=", "<", "<=", ">", ">="}


def predicate(filters: Filters) -> str:
    """The conditions joined by AND; empty if there are none.

    Raises:
        ValueError: An operator is not supported.
    """
    return " AND ".join(_condition(*one) for one in filters)


def all_of(conditions: Sequence[str]) -> str:
    """The conditions joined by AND, in balanced nested brackets: a long chain is too deep for Delta's parser."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({all_of(conditions[:middle])}) AND ({all_of(conditions[middle:])})"


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _condition(name: str, operator: str, value: Value) -> str:
    if operator not in _OPERATORS:
        raise ValueError(f"expected an operator of {', '.join(sorted(_OPERATORS))}, got {operator!r}")
    if isinstance(value, datetime):
        value = value.isoformat()
    return f'"{name}" {operator} {quoted(value) if isinstance(value, str) else str(value).lower()}'
