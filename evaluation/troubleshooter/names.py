"""Map names of causes: ours, and the field's names used in cases."""

from functools import cache
from importlib.resources import files

import yaml

import sparkwright.diagnosis.taxonomy
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES

_FILE = "field_names.yaml"


@cache
def _field_names() -> dict[str, str]:
    text = files(sparkwright.diagnosis.taxonomy).joinpath(_FILE).read_text(encoding="utf-8")
    return {str(ours): str(field) for ours, field in yaml.safe_load(text).items()}


def field_name(cause: str) -> str:
    """Return the cases' name of one of our causes; if ours is finer, the coarser name."""
    return _field_names().get(cause, cause)


def our_names(field: str) -> tuple[str, ...]:
    """Return our causes with this name in the cases; empty if the taxonomy lacks it."""
    return tuple(name for name in ROOT_CAUSES if field_name(name) == field)
