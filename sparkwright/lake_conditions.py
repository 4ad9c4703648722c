"""Conditions as the SQL that Delta's engine reads."""

from collections.abc import Sequence
from datetime import datetime

Value = str | int | float | bool | datetime
Filters = Sequence[tuple[str, str, Value]]
"""Conditions that all hold, as ``[("app_id", "=", "app-1"), ("stage_id", "<", 3)]``; moments have a time zone."""
_OPERATORS = {"=", "!=", "<", "<=", ">", ">="}


def predicate(filters: Filters) -> str:
    """The conditions together; empty where there is none.

    Raises:
        ValueError: An operator is none of Delta's.
    """
    return " AND ".join(_condition(*one) for one in filters)


def all_of(conditions: Sequence[str]) -> str:
    """All conditions together, in brackets of brackets: Delta's parser does not go deep enough for a row of them."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({all_of(conditions[:middle])}) AND ({all_of(conditions[middle:])})"


def quoted(text: str) -> str:
    """The text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def _condition(name: str, operator: str, value: Value) -> str:
    if operator not in _OPERATORS:
        raise ValueError(f"expected an operator of {', '.join(sorted(_OPERATORS))}, got {operator!r}")
    if isinstance(value, datetime):
        value = value.isoformat()
    return f'"{name}" {operator} {quoted(value) if isinstance(value, str) else str(value).lower()}'
