"""Files that are JSON: read so that nothing is lost, their parts by type, written with keys in their order.

A part that has another type than its format knows is refused by name: what is replaced without a word was somebody's.
"""

import json
from collections.abc import Mapping
from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.parsing.json_values import kind_of, no_number, once

Document = dict[str, Any] | list[Any]


def read_json(text: str) -> Document:
    """The object or list that a JSON text is.

    Raises:
        ConfigError: It is something else, no JSON, or JSON that could not be given back as it came.
    """
    try:
        document = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"expected JSON: {error}") from error
    if not isinstance(document, dict | list):
        raise ConfigError(f"expected a JSON object or list, got {kind_of(document)}")
    return document


def write_json(document: Document) -> str:
    """The document as JSON, keys in their order."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"expected a number that fits 64 bits, got {text[:40]}")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_number, parse_float=_finite)


def object_of(document: Document) -> dict[str, Any]:
    """The document where it is an object, else an empty one: a list of a format that has none lacks everything."""
    return document if isinstance(document, dict) else {}


def object_in(holder: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object that ``key`` holds; empty where it is missing or null.

    Raises:
        ConfigError: It holds something else.
    """
    return _typed(holder.get(key), dict, key, "an object", '{"...": ...}') or {}


def list_in(holder: Mapping[str, Any], key: str) -> list[Any]:
    """The list that ``key`` holds; empty where it is missing or null.

    Raises:
        ConfigError: It holds something else.
    """
    return _typed(holder.get(key), list, key, "a list", "[...]") or []


def objects_in(holder: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of the list that ``key`` holds.

    Raises:
        ConfigError: It holds no list, or something else is among them.
    """
    return [
        _typed(one, dict, key, "a list of objects", '[{"...": ...}]', may_be_null=False) for one in list_in(holder, key)
    ]


def text_in(holder: Mapping[str, Any], key: str) -> str:
    """The text, number or switch that ``key`` holds, as Spark reads it; empty where it is missing or null.

    Raises:
        ConfigError: It holds an object or a list.
    """
    value = holder.get(key)
    if isinstance(value, dict | list):
        raise ConfigError(f"expected text or a number in {key}, got {kind_of(value)}: write one value, or leave it out")
    return text_of(value)


def conf_in(holder: Mapping[str, Any], key: str) -> dict[str, str]:
    """The map of properties that ``key`` holds, as text.

    Raises:
        ConfigError: It holds something else, or a property has no text, number or switch.
    """
    conf = _typed(holder.get(key), dict, key, "an object of properties", '{"spark.a": "b"}') or {}
    for name, value in conf.items():
        if value is None or isinstance(value, dict | list):
            raise ConfigError(
                f"expected text in {key} for {name[:80]}, got {kind_of(value)}: write one value, or leave it out"
            )
    return {name: text_of(value) for name, value in conf.items()}


def text_of(value: object) -> str:
    """A scalar as Spark reads it; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _typed(value: Any, kind: type, key: str, expected: str, example: str, *, may_be_null: bool = True) -> Any:
    if isinstance(value, kind) or (value is None and may_be_null):
        return value
    raise ConfigError(f"expected {expected} in {key}, got {kind_of(value)}: write {example}, or leave {key} out")
