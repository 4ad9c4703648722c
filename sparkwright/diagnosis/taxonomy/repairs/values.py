"""Values of properties as Spark reads them, for repairs: what is in force, or nothing where it is no such value."""

import re
from collections.abc import Mapping

from data_contracts.properties.spark import parse_size_bytes
from sparkwright.spark.platform import platform_of

_TIME = re.compile(r"(\d{1,9})(us|ms|s|m|min|h|d)?")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


def size_bytes(properties: Mapping[str, str], name: str, default_bytes: int, default_unit: str = "m") -> int:
    """The size in force; 0 where the value is no size (it may hold a `${variable}`)."""
    try:
        return parse_size_bytes(properties[name], default_unit=default_unit) if name in properties else default_bytes
    except ValueError:
        return 0


def seconds(properties: Mapping[str, str], name: str, default_s: int) -> int:
    """The time in force of a property whose bare numbers are seconds; 0 where the value is no time."""
    found = _TIME.fullmatch(properties.get(name, f"{default_s}s").strip().lower())
    return int(int(found[1]) * _SECONDS[found[2] or "s"]) if found else 0


def count(properties: Mapping[str, str] | None, name: str, default: int) -> int:
    """The whole number in force; 0 where the value is none."""
    value = (properties or {}).get(name, str(default)).strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


def is_on(properties: Mapping[str, str] | None, name: str) -> bool:
    """Whether a flag is set to true; one that is not set is not on."""
    return (properties or {}).get(name, "").strip().lower() == "true"


def master(properties: Mapping[str, str] | None, text: str = "") -> str:
    """The platform as the master says it, or where that is not known, as the facts show it; else ``unknown``."""
    said = platform_of((properties or {}).get("spark.master"))
    if said != "unknown":
        return said
    if re.search(r"kubernetes|\bpods?\b|-exec-\d+\b|-driver-svc\b|kubelet", text, re.IGNORECASE):
        return "kubernetes"
    signs = r"\byarn\b|\bcontainer_(e\d+_)?\d{10}|application_\d{10}\d*_\d|NodeManager|ResourceManager|\bYarn[A-Z]\w+"
    return "yarn" if re.search(signs, text) else said
