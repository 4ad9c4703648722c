"""Changes in YAML that leave the rest as it was: comments, order, quotes, anchors, documents of another kind.

ruamel.yaml is imported where it is used: the other launchers need the standard library alone.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.manifests.kubernetes_yaml import read_as_kubernetes, resolved
from sparkwright.launchers.manifests.spark_application import Edit

# The beginning of a document, with what stands in its line where that is a comment, and the end of one.
_MARK = re.compile(r"^(?:---|\.\.\.)(?:[ \t]*(?:#.*)?\r?$|(?=[ \t]))", re.MULTILINE)
_TOP_KIND = re.compile(r"""^["']?kind["']?[ \t]*:[ \t]*["']?(\w+)""", re.MULTILINE)
_KINDS = frozenset(
    f"{name}{plural}" for name in ("SparkApplication", "ScheduledSparkApplication") for plural in ("", "List")
) | {"List"}
_TEMPLATE = re.compile(r"\{\{|\{%")
_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
MAX_BYTES = 16 * 1024**2


def documents_of(text: str) -> Iterator[tuple[str, str]]:
    """The documents of a stream, each with what stands before it: a mark, or nothing."""
    marks = list(_MARK.finditer(text))
    ends = [mark.start() for mark in marks] + [len(text)]
    yield "", text[: ends[0]]
    for mark, end in zip(marks, ends[1:], strict=True):
        mark_end = mark.end() + text[mark.end() :].startswith("\n")
        yield text[mark.start() : mark_end], text[mark_end:end]


def names_spark_application(text: str) -> bool:
    """Whether a document may be, or hold, a manifest of an application, judged by its text.

    Others are not even parsed: the definition of the resource alone is 800 KB.
    """
    top = _TOP_KIND.search(text)
    return "SparkApplication" in text and (top is None or top[1] in _KINDS)


def refuse_template(text: str, number: int) -> None:
    """Pass a document that is rendered.

    Raises:
        ConfigError: It still holds a template's braces.
    """
    for at, line in enumerate(_COMMENT.sub("", text).splitlines(), start=1):
        if _TEMPLATE.search(line):
            raise ConfigError(
                f"expected rendered YAML, got a template in line {at} of document {number}: {line.strip()[:60]}; "
                "render it first, as `helm template CHART | sparkwright operator` does"
            )


class YamlDocument:
    """A document that is parsed, changed and written in its own style.

    Attributes:
        root: What is changed: keeps comments, order and the way in which values are written.
        content: What it says, by the rules of Kubernetes.

    Args:
        text: The document, without the line that marks it.
        number: Counted from 1, for errors.

    Raises:
        ConfigError: It is no YAML, names a key twice, has a value that is not what its tag says, or an alias that
            holds itself.
    """

    def __init__(self, text: str, number: int) -> None:
        from ruamel.yaml.error import YAMLError

        from sparkwright.launchers.manifests.yaml_round_trip import round_trip

        self._yaml = round_trip(text)
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        try:
            self.root: Any = self._yaml.load(text)
            holds_itself = _holds_itself(text)  # ruamel would make nothing of it
            self.content: Any = None if holds_itself else read_as_kubernetes(text)
        except (YAMLError, ValueError, LookupError, RecursionError) as error:
            raise ConfigError(f"expected YAML in document {number}: {_first_words(error)}") from error
        if holds_itself:
            raise ConfigError(f"expected YAML in document {number} that can be JSON, got an alias that holds itself")

    def apply(self, at: Any, edits: list[Edit]) -> None:
        """Set values below the mapping ``at``, or take them out; what an anchor shares is parted from it first."""
        for edit in edits:
            if edit.value is None:
                self._remove(at, edit.path)
            else:
                self._set(at, edit)

    def text(self) -> str:
        """The document as YAML."""
        stream = io.StringIO()
        self._yaml.dump(self.root, stream)
        return stream.getvalue().replace("\n", self._line_end)

    def _remove(self, at: Any, path: tuple[str, ...]) -> None:
        from sparkwright.launchers.manifests.yaml_sharing import give_way_to_merge, is_shared, parted

        *way, last = path
        holder, step = at, ""
        for step in way:
            give_way_to_merge(at, step)
            holder, at = at, at[step]
            if is_shared(self.root, at) or getattr(at, "merge", None):  # a merge key would bring it back
                at = holder[step] = parted(at)
        at.pop(last, None)

    def _set(self, at: Any, edit: Edit) -> None:
        from ruamel.yaml.comments import CommentedMap

        from sparkwright.launchers.manifests.yaml_sharing import give_way_to_merge, is_shared, parted

        for step in edit.path[:-1]:
            give_way_to_merge(at, step)
            below = at.get(step)
            if not isinstance(below, Mapping):
                below = CommentedMap()
                if step not in at and _ends_with_comment(at):
                    at.insert(0, step, below)
                else:
                    at[step] = below
            elif is_shared(self.root, below):
                below = at[step] = parted(below)
            at = below
        key = edit.path[-1]
        give_way_to_merge(at, key)
        old = at.get(key)
        if key not in at and _ends_with_comment(at):  # which belongs to what follows, not to what would be appended
            at.insert(0, key, _as(edit.value, old))
        else:
            at[key] = _as(edit.value, old)


def plain_yaml(document: Mapping[str, Any]) -> str:
    """A new document of YAML."""
    from sparkwright.launchers.manifests.yaml_round_trip import round_trip

    yaml = round_trip("")
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(_quoted(document), stream)
    return stream.getvalue()


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_as(key, None): _quoted(one) for key, one in value.items()}
    return _as(value, None)


def _holds_itself(text: str) -> bool:
    """Whether an alias stands within what it names, as no JSON and so no object of Kubernetes can."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    if "*" not in text or "&" not in text:
        return False
    around: list[str | None] = []
    for event in YAML().parse(text):
        if isinstance(event, CollectionStartEvent):
            around.append(event.anchor)
        elif isinstance(event, CollectionEndEvent):
            around.pop()
        elif isinstance(event, AliasEvent) and event.anchor in around:
            return True
    return False


def _ends_with_comment(node: Any) -> bool:
    """Whether lines of comments stand behind the last value of a mapping or a list."""
    comments = getattr(node, "ca", None)
    if comments is None or not node:
        return False
    last = len(node) - 1 if isinstance(node, list) else next(reversed(node))
    tokens = [token for token in comments.items.get(last) or [] if token is not None]
    if any("#" in one.value.partition("\n")[2] for one in tokens if hasattr(one, "value")):
        return True
    return _ends_with_comment(node[last]) if isinstance(node[last], Mapping | list) else False


def _as(value: str | int | bool | None, old: object) -> Any:
    """The value in the quotes that the old one had, or that Kubernetes needs to read a text."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, PlainScalarString, SingleQuotedScalarString

    if isinstance(value, str):
        if isinstance(old, DoubleQuotedScalarString):
            return DoubleQuotedScalarString(value)
        if isinstance(old, SingleQuotedScalarString) or not isinstance(resolved(value), str):
            return SingleQuotedScalarString(value)
        return value
    return None if value is None else PlainScalarString(json.dumps(value))


def _first_words(error: BaseException) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark is not None else ""
    said = getattr(error, "problem", None) or str(error).strip().partition("\n")[0][:120]
    return f"{said or type(error).__name__}{where}"
