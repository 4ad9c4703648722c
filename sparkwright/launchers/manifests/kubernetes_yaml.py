"""YAML as kubectl and similar tools read it: they turn it into JSON by go-yaml, whose rules are neither 1.1 nor 1.2.

``cores: 010`` is 8 there, ``0o10`` and ``0x8`` are, too, ``08`` is 8, ``1_000`` is 1000, ``enabled: on`` is true, and
``1:30`` and dates are texts. What is in quotes or in a block is a text, as everywhere.

Source: ``goyaml.v2/resolve.go`` and ``yaml.go`` of kubernetes-sigs/yaml, to which a test holds this by kubectl.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_WHOLE = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<binary>[01]+)|0[oO]?(?P<octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*))"
)
_BASES = {"hex": 16, "binary": 2, "octal": 8, "decimal": 10}
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NUMBER_STARTS = frozenset("+-.0123456789")
_STANDARD = "tag:yaml.org,2002:"
# What a value with a tag must be, whatever its quotes; with any other tag it is a text.
_TAGGED: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
    "binary": (str,),
}
_MAX_EXACT = 2**53
_MAX_SIGNED, _MAX_UNSIGNED = 2**63, 2**64


def resolved(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar, one without quotes and tag."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    digits = text.replace("_", "") if text[0] != "." else text
    if found := _WHOLE.fullmatch(digits):
        base = str(found.lastgroup)
        whole = int(found["sign"] + found[base], _BASES[base])
        if -_MAX_SIGNED <= whole < (_MAX_SIGNED if found["sign"] else _MAX_UNSIGNED):
            return whole
    if _FRACTION.fullmatch(digits) is None:
        return text
    number = float(digits)
    if abs(number) == float("inf"):
        return text
    # As JSON, which has one kind of number: 08 and 1e3 are whole.
    return int(number) if number.is_integer() and abs(number) <= _MAX_EXACT else number


def read_as_kubernetes(text: str) -> Any:
    """Return a document as plain values; aliases share theirs, and merge keys are merged.

    Args:
        text: One document that ruamel.yaml has read without fault, and in which no alias stands within what it names.

    Returns:
        What kubectl would send as JSON.

    Raises:
        ValueError: A value is not what its tag says, as in ``!!bool maybe``.
    """
    from ruamel.yaml import YAML

    return _Reading(YAML().parse(text)).document()


class _Reading:
    """Values of the events of one document."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchored: dict[str, Any] = {}

    def document(self) -> Any:
        from ruamel.yaml.events import DocumentStartEvent

        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                return self._value(next(self._events))
        return None

    def _value(self, event: Any) -> Any:
        from ruamel.yaml.events import AliasEvent, MappingStartEvent, SequenceStartEvent

        if isinstance(event, AliasEvent):
            return self._anchored[event.anchor]
        if isinstance(event, MappingStartEvent):
            value: Any = self._mapping()
        elif isinstance(event, SequenceStartEvent):
            value = list(self._items())
        else:
            value = _scalar(event)
        if event.anchor:
            self._anchored[event.anchor] = value
        return value

    def _items(self) -> Iterator[Any]:
        from ruamel.yaml.events import SequenceEndEvent

        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self._value(event)

    def _mapping(self) -> dict[str, Any]:
        from ruamel.yaml.events import MappingEndEvent

        # In the order of the document: of a key and a merge that brings it, the later one wins.
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            is_merge = getattr(event, "value", None) == "<<" and event.style is None
            key, value = self._value(event), self._value(next(self._events))
            if is_merge:
                for one in reversed(value if isinstance(value, list) else [value]):
                    found |= one
            else:
                found[_key(key)] = value
        return found


def _scalar(event: Any) -> Any:
    text, tag = str(event.value), str(event.tag or "")
    if not tag:
        return text if event.style is not None else resolved(text)
    kind = tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else ""
    if kind not in _TAGGED:
        return text
    value = _decoded(text) if kind == "binary" else resolved(text)
    if type(value) not in _TAGGED[kind]:
        raise ValueError(f"{text[:60]!r} is no {kind}, as its tag says")
    return value


def _decoded(base64_text: str) -> str | None:
    try:
        return base64.b64decode("".join(base64_text.split()), validate=True).decode(errors="replace")
    except ValueError:
        return None


def _key(value: object) -> str:
    """A key as JSON has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
