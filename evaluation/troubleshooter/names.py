"""Names of causes: ours, and the field's that cases are written in."""

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
    """What the cases call one of our causes: where ours is finer, the coarser name."""
    return _field_names().get(cause, cause)


def our_names(field: str) -> tuple[str, ...]:
    """Our causes that the cases call so; none where the taxonomy lacks it."""
    return tuple(name for name in ROOT_CAUSES if field_name(name) == field)
