"""YAML that people write, checked strictly: every fault with its line and field."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from sparkwright.errors import ConfigError, reason

M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 1024**2


def read_marked(model: type[M], path: Path) -> M:
    """The file as ``model`` has it.

    Raises:
        FileNotFoundError: There is no file.
        ConfigError: It cannot be read, is no YAML, names a key twice or breaks the model; the message lists every
            fault by line and field.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"expected a readable file at {path}: {reason(error)}") from error
    return parse_marked(model, text, str(path))


def parse_marked(model: type[M], text: bytes, name: str) -> M:
    """The same of a text.

    Args:
        model: What it must be.
        text: YAML in UTF-8.
        name: Where it came from, for the message.

    Raises:
        ConfigError: As :func:`read_marked`.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"expected at most {MAX_BYTES:,} bytes in {name}, got {len(text):,}")
    try:
        root = yaml.compose(text.decode("utf-8"), Loader=yaml.SafeLoader)
        if root is None:
            raise ConfigError(f"expected keys and values in {name}, got nothing")
        faults = _unfit_nodes(root)
        # What an alias repeats may be repeated a billion times: nobody needs one here.
        values: Any = None if faults else yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"expected UTF-8 in {name}: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise ConfigError(f"expected YAML in {name}: {line}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"expected YAML in {name}: {reason(error)}") from error
    if not faults:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            # What a person typed is shown, since the file is theirs; a long value only in part.
            for one in error.errors(include_url=False):
                field = ".".join(map(str, one["loc"]))
                said = one["msg"].removeprefix("Value error, ")
                got = "" if one["type"] in {"missing", "value_error"} else f" (got {_shown(one['input'])})"
                faults.append((_line(root, one["loc"]), f"{field}: {said}{got}" if field else f"{said}{got}"))
    listed = "".join(f"\n  line {line}: {said}" for line, said in sorted(faults, key=lambda fault: fault[0]))
    raise ConfigError(f"{name} has {len(faults)} mistake(s):{listed}")


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # a number of thousands of digits
        return f"a very large {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _unfit_nodes(root: Node) -> list[tuple[int, str]]:
    """Keys that stand twice, of which YAML would keep the last, and aliases."""
    faults: list[tuple[int, str]] = []
    seen: set[int] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            faults.append((node.start_mark.line + 1, "expected the value itself wherever it is needed, got an alias"))
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if key.value in keys if isinstance(key.value, str) else True:
                    faults.append((key.start_mark.line + 1, f"{key.value}: expected each key once, and a word as key"))
                else:
                    keys.add(key.value)
                waiting.append(value)
        elif isinstance(node, SequenceNode):
            waiting += node.value
    return faults


def _line(root: Node, place: Sequence[int | str]) -> int:
    """The line of a value, or of the nearest that is there around it."""
    node = root
    line: int = root.start_mark.line + 1
    for step in place:
        if isinstance(node, MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                break
            node, line = found[1], found[0].start_mark.line + 1
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
