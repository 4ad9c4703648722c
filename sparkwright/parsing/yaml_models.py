"""Read YAML that people write, strictly: every fault comes with its line and field."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sparkwright.errors import ConfigError, reason
from sparkwright.parsing.yaml_lines import read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "extra_forbidden": "there is no such key",
    "model_type": "expected keys and values",
    "list_type": "expected a list",
    "string_type": "expected text",
    "string_too_short": "expected text, got none",
}
"""Our wording where pydantic's would mention our classes or say less."""


def read_marked(model: type[M], path: Path) -> M:
    """Read the file as ``model``.

    Raises:
        FileNotFoundError: The file does not exist.
        ConfigError: It cannot be read, is not YAML, has a key twice or does not fit the model; the message lists every
            misfit by line and field.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"expected a readable file at {path}: {reason(error)}") from error
    return parse_marked(model, text, str(path))


def parse_marked(model: type[M], text: bytes, name: str) -> M:
    """Parse a text as ``model``, like :func:`read_marked`.

    Args:
        model: The model it must fit.
        text: YAML in UTF-8.
        name: Where the text came from, for the message.

    Raises:
        ConfigError: As :func:`read_marked`.
    """
    try:
        document = read_yaml(text.decode("utf-8"), name)
        values: Any = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"expected UTF-8 in {name}: {error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"expected YAML in {name}: {reason(error)}") from error
    if values is None:
        raise ConfigError(f"expected keys and values in {name}, got nothing")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [(document.line(one["loc"]), _told(one)) for one in error.errors(include_url=False)]
    listed = "".join(f"\n  line {line}: {message}" for line, message in sorted(faults))
    raise ConfigError(f"{name} has {len(faults)} mistake(s):{listed}")


def _told(fault: "ErrorDetails") -> str:
    """The fault in one line; it quotes the input, which is the reader's own, and shortens a long one."""
    field = ".".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in _EXPECTED:
        message = _EXPECTED[fault["type"]]
    elif "pattern" in fault.get("ctx", {}):
        message = f"expected text that fits {fault['ctx']['pattern']}"
    if fault["type"] in {"missing", "value_error"}:
        return f"{field}: {message}" if field else message
    # The input comes before the colon, because what follows `pin:` is redacted as a secret.
    got = f"(got {_shown(fault['input'])})"
    return f"{field} {got}: {message}" if field else f"{message} {got}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # a number with more digits than Python prints
        return "a number that is far too large"
    return text if len(text) <= 80 else f"{text[:77]}..."
