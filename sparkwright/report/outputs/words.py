"""Format figures and foreign text for people."""

import re

from data_contracts.properties.spark import GIB, MIB

# Control characters of terminals, and those that reverse text direction: names and messages are untrusted.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNKNOWN = "?"
"""Stands for a value that is not known."""
NONE = "none"
"""Stands for a value known to be absent."""


def plain(text: str, max_length: int | None = None) -> str:
    """Put foreign text on one line, without control characters, shortened in the middle if it is too long."""
    line = _CONTROL.sub("\u00b7", " ".join(text.split()))
    if max_length is None or len(line) <= max_length:
        return line
    head = (max_length - 1) // 2
    return f"{line[:head]}\u2026{line[len(line) - (max_length - 1 - head) :]}"


def hours(value: float | None) -> str:
    """Format GiB-hours or core-hours; small ones keep two significant digits."""
    if value is None:
        return UNKNOWN
    if value == 0 or abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


def money(value: float | None, currency: str = "") -> str:
    """Format an amount; one that would round to 0 is shown as less than a cent."""
    unit = f"{currency} " if currency else ""
    if value is None:
        return UNKNOWN
    if value != 0 and abs(value) < 0.01:
        return f"{unit}<0.01" if value > 0 else f"{unit}>-0.01"
    return f"{unit}{value:,.2f}" if abs(value) < 1000 else f"{unit}{value:,.0f}"


def percent(share: float | None) -> str:
    """Format a share as a whole percentage."""
    return UNKNOWN if share is None else f"{share:.0%}"


def size(size_bytes: float | None) -> str:
    """Format bytes as GiB or MiB."""
    if size_bytes is None:
        return UNKNOWN
    return f"{size_bytes / GIB:,.1f} GiB" if size_bytes >= GIB else f"{size_bytes / MIB:,.0f} MiB"


def seconds(value: float | None) -> str:
    """Format a duration in a suitable unit."""
    if value is None:
        return UNKNOWN
    for unit, factor in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if value >= 1.5 * factor:
            return f"{value / factor:.1f} {unit}"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
