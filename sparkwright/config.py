"""Load YAML and ``--set a.b=c`` into one frozen model, reporting every mistake at once."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from sparkwright.errors import ConfigError, reason
from sparkwright.parsing.json_values import kind_of, shown


class Config(BaseModel):
    """Base of all configurations: frozen; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


C = TypeVar("C", bound=Config)
_LIST = "expected a list, as [a, b]"


def load_config(model: type[C], path: Path, overrides: list[str]) -> C:
    """The configuration in ``path`` with ``overrides`` (``a.b=c``, values parsed as YAML) applied.

    Raises:
        ConfigError: The file is missing or not a YAML mapping, an override has no ``=``, or values are wrong.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ConfigError(f"expected a configuration file at {path}, found none") from None
    except OSError as error:
        raise ConfigError(f"expected a readable file at {path}: {reason(error)}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected YAML in {path}: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"expected a mapping of keys to values in {path}, got {kind_of(values)}")
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator or not key:
            raise ConfigError(f"expected --set key=value, got --set {override}")
        *parents, leaf = key.split(".")
        target = values
        for parent in parents:
            target = target.setdefault(parent, {})
            if not isinstance(target, dict):
                raise ConfigError(f"--set {override}: {parent} is a value in {path} and has no keys below it")
        try:
            target[leaf] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"expected --set {key}= with a value in YAML, got {text!r}: {error}") from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        mistakes = "\n".join(
            f"  {'.'.join(map(str, mistake['loc']))}: "
            f"{_LIST if mistake['type'] == 'tuple_type' else mistake['msg']} (got {shown(mistake['input'], 1000)})"
            for mistake in error.errors()
        )
        laid_over = " (with its --set overrides)" if overrides else ""
        raise ConfigError(f"{path}{laid_over} has {error.error_count()} mistake(s):\n{mistakes}") from error
