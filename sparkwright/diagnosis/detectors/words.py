"""Properties as values."""

from collections.abc import Mapping

Properties = Mapping[str, str]


def is_on(properties: Properties, name: str, default: bool) -> bool:
    """Whether a flag of Spark's is set."""
    return properties.get(name, str(default)).strip().lower() == "true"


def number(properties: Properties, name: str, default: int) -> int:
    """The whole number that a property has; the default where it is not set or is none."""
    text = properties.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else default
