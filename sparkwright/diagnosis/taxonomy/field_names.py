"""Our names in the words that the field's cases use."""

from functools import cache
from importlib.resources import files

import yaml


@cache
def _mapping() -> dict[str, str]:
    text = files("sparkwright.diagnosis.taxonomy").joinpath("field_names.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def field_name(name: str) -> str:
    """The field's name of a root cause; most are the same."""
    return _mapping().get(name, name)
