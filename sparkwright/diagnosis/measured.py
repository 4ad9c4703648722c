"""Figures that others measured and wrote down: the one sign of a cause that leaves no words."""

import re

_SIZES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0}
_FIGURE = r"(\d[\d.,]*) ?([a-z]*)((?: \d+ ?(?:s|sec|seconds?|min|minutes?)\b)*)"
_SPREAD = re.compile(rf"\bmedian:? {_FIGURE}[^;]*?\bmax(?:imum)?:? {_FIGURE}", re.IGNORECASE)
_SKEW_RATIO = 10.0
_FEW_TASKS = re.compile(r"\b(?:1|one|2|two) (?:single )?tasks?\b(?! of\b)", re.IGNORECASE)
_IDLE = re.compile(r"\b(\d+) (?:v?cores|cpus|slots|executors)\b[^;.]{0,60}\bidle\b", re.IGNORECASE)
_MANY_IDLE = 4


def tells_of_skew(text: str) -> bool:
    """Whether a text says that the largest or longest task was ten times the median, over which data is skewed."""
    for found in _SPREAD.finditer(text):
        median, largest = _value(found[1], found[2]), _value(found[4], found[5])
        if median and largest and largest[1] == median[1] and largest[0] >= _SKEW_RATIO * median[0] > 0:
            return True
    return False


def tells_of_idle_cores(text: str) -> bool:
    """Whether a text says that a stage has one task or two, and most of the cores had nothing to do."""
    return _FEW_TASKS.search(text) is not None and any(int(one) >= _MANY_IDLE for one in _IDLE.findall(text))


def _value(number: str, unit: str) -> tuple[float, str] | None:
    """A number with its unit as bytes, seconds or rows; None where the unit is another."""
    try:
        value = float(number.rstrip(".,").replace(",", ""))
    except ValueError:
        return None
    name = unit.lower()
    singular = name.removesuffix("s") if len(name) > 2 else name
    if singular in _SECONDS:
        return value * _SECONDS[singular], "s"
    size = re.fullmatch(r"([kmgt]?)i?b(?:yte)?", singular)
    if size is not None:
        return value * _SIZES[size[1]], "b"
    return (value, "rows") if singular in ("", "row", "record") else None
