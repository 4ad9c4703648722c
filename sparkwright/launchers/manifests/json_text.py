"""Changes in manifests that are JSON: they stay JSON, indented as they were."""

import json
from typing import Any

from sparkwright.launchers.manifests.spark_application import Edit
from sparkwright.parsing.json_values import no_number, once


class JsonDocument:
    """A document that is parsed, changed and written in its own style.

    Attributes:
        root: What is changed.
        content: What it says; JSON says it in one way only.

    Args:
        text: The document, without the line that marks it.

    Raises:
        ValueError: It is no JSON, or JSON that YAML reads otherwise.
    """

    def __init__(self, text: str) -> None:
        self.root: Any = _DECODER.decode(text)
        self.content = self.root
        stripped = text.rstrip()
        self._tail = text[len(stripped) :]
        second = stripped.lstrip().partition("\n")[2]
        self._indent = second[: len(second) - len(second.lstrip(" \t"))] if second else None
        self._separators = (",", ": " if '": ' in stripped else ":") if second or ", " not in stripped else (", ", ": ")

    def apply(self, at: dict[str, Any], edits: list[Edit]) -> None:
        """Set values below the object ``at``, or take them out."""
        for edit in edits:
            holder = at
            for step in edit.path[:-1]:
                if not isinstance(holder.get(step), dict):
                    holder[step] = {}
                holder = holder[step]
            if edit.value is None:
                holder.pop(edit.path[-1], None)
            else:
                holder[edit.path[-1]] = edit.value

    def text(self) -> str:
        """The document as JSON."""
        written = json.dumps(self.root, indent=self._indent, separators=self._separators, ensure_ascii=False)
        return written + self._tail


_DECODER = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_number)
