"""Format sizes and times for people."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def seconds(ms: float) -> str:
    """``0.25 s``, ``12 s``, ``7.5 min``, ``3.1 h``."""
    value = ms / 1000
    if value >= 3600:
        return f"{value / 3600:.1f} h"
    if value >= 120:
        return f"{value / 60:.1f} min"
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"


def size(count: float) -> str:
    """``512 B``, ``64 KiB``, ``1.5 MiB``, ``12 GiB``."""
    power = 0
    while count >= 1024 and power < len(_UNITS) - 1:
        count, power = count / 1024, power + 1
    unit = _UNITS[power]
    return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
