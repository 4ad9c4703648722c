"""Parse YAML from untrusted people into plain values, with the line of each.

Scalars remain the text as written: YAML would turn ``22:00`` into the number 1320 and ``no`` into a boolean. Anchors,
tags and duplicate keys are refused, so that no alias multiplies and no value is lost unnoticed.
"""

from dataclasses import dataclass

import yaml

from sparkwright.errors import ConfigError

MAX_BYTES = 1 << 20
_MAX_DEPTH = 12
_MAX_NODES = 100_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Key = str | int
Place = tuple[Key, ...]
Plain = str | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document.

    Attributes:
        value: Mappings, lists and text; None for null.
        lines: Line, counted from 1, by the path from the top (keys and indices).
    """

    value: Plain
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of a value, or of the nearest value around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(text: str, name: str) -> Document:
    """Parse the document.

    Args:
        text: The whole file.
        name: The file's name, for the message.

    Raises:
        ConfigError: It is not YAML, or exceeds the limits for a hand-written file; the message names the line.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{name}: expected at most {MAX_BYTES} characters, got {len(text)}: split the file")
    try:
        _refuse_tricks(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: expected YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{name}: expected YAML: {error}") from None
    lines: dict[Place, int] = {(): 1}
    value = _plain(node, (), lines, name) if node is not None else None
    return Document(value, lines)


def _refuse_tricks(text: str, name: str) -> None:
    """Check the events before any tree is built from them."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader), start=1):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ConfigError(f"{name}:{line}: expected no anchors or aliases: write the value out")
        if getattr(event, "tag", None):
            raise ConfigError(f"{name}:{line}: expected no tags, got {event.tag!r:.60}")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH or count > _MAX_NODES:
            limit = f"{_MAX_DEPTH} levels" if depth > _MAX_DEPTH else f"{_MAX_NODES} values"
            raise ConfigError(f"{name}:{line}: expected at most {limit}")
        if isinstance(event, yaml.DocumentStartEvent) and event.explicit and line > 1 and count > 3:
            raise ConfigError(f"{name}:{line}: expected one document, got a second one")


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], name: str) -> Plain:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        # A plain null is None; in quotes it is text.
        return None if node.style is None and node.value in _NULLS else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*place, at), lines, name) for at, one in enumerate(node.value)]
    found: dict[str, Plain] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(f"{name}:{line}: expected a word as a key")
        if key.value in found:
            raise ConfigError(f"{name}:{line}: expected every key once, got {key.value!r:.60} twice")
        lines[(*place, key.value)] = line
        found[key.value] = _plain(value, (*place, key.value), lines, name)
    return found
