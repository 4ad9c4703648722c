"""Values of JSON as whoever wrote them knows them: for messages, and for readers that take one meaning only."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

_KINDS: tuple[tuple[type[Any] | tuple[type, ...], str], ...] = (
    (str, "text"),
    ((int, float), "a number"),
    (Mapping, "an object"),
    (list, "a list"),
)


def kind_of(value: object) -> str:
    """What a value of JSON or YAML is called there: ``null``, ``true``, ``a number``, ``text``, ``a list``...

    Other types of YAML, such as a date, have the name that Python has for them.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return next((name for types, name in _KINDS if isinstance(value, types)), type(value).__name__)


def shown(value: object, max_length: int = 80) -> str:
    """The beginning of a value as JSON and YAML have it, text in quotes: ``null`` and not ``None``."""
    if isinstance(value, str):
        return f"{value!r:.{max_length}}"
    text = json.dumps(value, ensure_ascii=False, default=str)[:max_length]
    # A terminal may show it: JSON escapes only the first 32 signs.
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; ``object_pairs_hook`` of :class:`json.JSONDecoder`.

    Raises:
        ValueError: A key stands there twice: readers differ in which of the two they take.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected every key once, got one twice")
    return found


def no_number(text: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``; ``parse_constant`` of :class:`json.JSONDecoder`.

    Raises:
        ValueError: Always: they are no JSON.
    """
    raise ValueError(f"expected a number, got {text}")
