"""YAML that is read and written as it stands: no scalar is made a number, a date or a boolean and written anew.

ruamel.yaml's own rules fail at texts that Kubernetes takes, such as ``0x_`` or ``2020-13-45``, and write others anew.
What the values say is for :mod:`sparkwright.launchers.manifests.kubernetes_yaml` to tell.
"""

import re
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import SingleQuotedScalarString

_INDENTED_ITEM = re.compile(r"^(?P<key>[ ]*)[^\s#-][^\n]*:[ ]*\n(?P<item>[ ]*)- ", re.MULTILINE)
_STANDARD = "tag:yaml.org,2002:"
# The merge key shapes a mapping, and a value that is empty has no text to keep.
_RESOLVED = frozenset({f"{_STANDARD}merge", f"{_STANDARD}null"})
_UNKNOWN = "!unknown"  # a tag that has no constructor: the scalar is kept with its own
_WIDTH = 1_000_000


class _TextResolver(VersionedResolver):
    """Takes every plain scalar for a text, but for merge keys and what is null."""

    def add_version_implicit_resolver(self, version: Any, tag: Any, regexp: Any, first: Any) -> None:
        if tag in _RESOLVED:
            super().add_version_implicit_resolver(version, tag, regexp, first)


class _TextComposer(Composer):
    """Puts a text with the tag ``!`` into quotes, as ruamel.yaml drops that tag."""

    def compose_scalar_node(self, anchor: Any) -> Any:
        event = self.parser.peek_event()
        if str(event.ctag) == "!" and not event.style:
            event.style, event.implicit = "'", (False, True)
        return super().compose_scalar_node(anchor)


class _TextConstructor(RoundTripConstructor):
    """Keeps a scalar that has a tag as it is written; `!!str` becomes quotes, so that a key is the text it says."""

    def construct_non_recursive_object(self, node: Any, tag: str | None = None) -> Any:
        if not isinstance(node, ScalarNode) or node.ctag.handle is None:
            return super().construct_non_recursive_object(node, tag)
        if node.tag != f"{_STANDARD}str":
            return super().construct_non_recursive_object(node, _UNKNOWN)
        return self.construct_scalar(node) if node.style else SingleQuotedScalarString(node.value, anchor=node.anchor)


def round_trip(text: str) -> YAML:
    """What reads and writes a document in its own style.

    Args:
        text: The document, by which its indents are told.

    Returns:
        A reader whose scalars are texts, and the writer of what it has read.
    """
    yaml = YAML()
    yaml.Resolver = _TextResolver
    yaml.Composer = _TextComposer
    yaml.Constructor = _TextConstructor
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    found = _INDENTED_ITEM.search(text)
    offset = len(found["item"]) - len(found["key"]) if found else 0
    yaml.indent(mapping=_mapping_indent(text), sequence=offset + 2, offset=offset)
    return yaml


def _mapping_indent(text: str) -> int:
    keys = [line for line in text.splitlines() if line.strip()[:1] not in {"", "#", "-"}]
    indents = [len(line) - len(line.lstrip(" ")) for line in keys]
    steps = [later - earlier for earlier, later in pairwise(indents) if later > earlier]
    return steps[0] if steps else 2
