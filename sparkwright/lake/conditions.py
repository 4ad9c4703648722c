"""Filter conditions as SQL for Delta's engine."""

from collections.abc import Sequence
from datetime import datetime

Value = str | int | float | bool | datetime | tuple[str, ...]
Filters = Sequence[tuple[str, str, Value]]
"""Conditions that must all hold, as ``[("app_id", "=", "app-1"), ("stage_id", "<", 3)]``; moments need a time zone.

``("app_id", "in", ("app-1", "app-2"))`` holds for each of these texts. Missing values meet no condition.
"""
_OPERATORS = {"=", "!=", "<", "<=", ">", ">="}


def predicate(filters: Filters, alias: str = "") -> str:
    """The conditions joined by AND; empty if there are none.

    Args:
        filters: The conditions.
        alias: Of the table, in a statement with several.

    Raises:
        ValueError: An operator is not supported.
    """
    before = f"{alias}." if alias else ""
    return " AND ".join(_condition(f'{before}"{name}"', operator, value) for name, operator, value in filters)


def all_of(conditions: Sequence[str]) -> str:
    """The conditions joined by AND, in balanced nested brackets: a long chain is too deep for Delta's parser."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({all_of(conditions[:middle])}) AND ({all_of(conditions[middle:])})"


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _condition(column: str, operator: str, value: Value) -> str:
    if operator == "in" and isinstance(value, tuple):
        return _is_one_of(column, value)
    if operator not in _OPERATORS or isinstance(value, tuple):
        raise ValueError(f"expected an operator of {', '.join(sorted(_OPERATORS))}, got {operator!r}")
    if isinstance(value, datetime):
        value = value.isoformat()
    return f"{column} {operator} {quoted(value) if isinstance(value, str) else str(value).lower()}"


def _is_one_of(column: str, texts: tuple[str, ...]) -> str:
    if not texts:
        return "false"
    # Files are skipped by their smallest and largest value, but not by a long list.
    ends = f"{column} >= {quoted(min(texts))} AND {column} <= {quoted(max(texts))}"
    return f"{ends} AND {column} IN ({', '.join(map(quoted, texts))})"
