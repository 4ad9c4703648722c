"""Figures and foreign text as a person reads them."""

import re

from data_contracts.spark_properties import GIB, MIB

# Control characters of a terminal, and those that turn the direction of text: names and messages are not ours.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNKNOWN = "?"
"""What could not be known."""
NONE = "none"
"""What is known to be not there."""


def plain(text: str, max_length: int | None = None) -> str:
    """Foreign text on one line, without control characters, cut in the middle where it is too long."""
    line = _CONTROL.sub("\u00b7", " ".join(text.split()))
    if max_length is None or len(line) <= max_length:
        return line
    head = (max_length - 1) // 2
    return f"{line[:head]}\u2026{line[len(line) - (max_length - 1 - head) :]}"


def hours(value: float | None) -> str:
    """GiB-hours or core-hours; small ones keep two significant digits."""
    if value is None:
        return UNKNOWN
    if value == 0 or abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


def money(value: float | None, currency: str = "") -> str:
    """An amount; what rounds to nothing is said to be below a cent."""
    unit = f"{currency} " if currency else ""
    if value is None:
        return UNKNOWN
    if value != 0 and abs(value) < 0.01:
        return f"{unit}<0.01" if value > 0 else f"{unit}>-0.01"
    return f"{unit}{value:,.2f}" if abs(value) < 1000 else f"{unit}{value:,.0f}"


def percent(share: float | None) -> str:
    """A share as a whole percentage."""
    return UNKNOWN if share is None else f"{share:.0%}"


def size(size_bytes: float | None) -> str:
    """Bytes as GiB or MiB."""
    if size_bytes is None:
        return UNKNOWN
    return f"{size_bytes / GIB:,.1f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:,.0f} MiB"


def seconds(value: float | None) -> str:
    """A duration in the unit that fits."""
    if value is None:
        return UNKNOWN
    for unit, factor in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if value >= 1.5 * factor:
            return f"{value / factor:.1f} {unit}"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
