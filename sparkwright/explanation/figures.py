"""Format numbers for explanations, and list every form in which one may appear. Standard library only."""

from collections.abc import Iterator, Mapping

_GIB, _MIB = 1 << 30, 1 << 20
_HOUR_S, _MINUTE_S = 3600, 60
_SHARES = frozenset({"confidence", "probability", "bound"})


def size(size_bytes: float) -> str:
    """Format as ``1.5 GiB``, ``640 MiB``."""
    return f"{_short(size_bytes / _GIB, 3)} GiB" if size_bytes >= _GIB else f"{_short(size_bytes / _MIB, 3)} MiB"


def duration(seconds: float) -> str:
    """Format as ``2.5 h``, ``12 min``, ``8.1 s``."""
    if seconds >= _HOUR_S:
        return f"{_short(seconds / _HOUR_S)} h"
    return f"{_short(seconds / _MINUTE_S)} min" if seconds >= 2 * _MINUTE_S else f"{_short(seconds)} s"


def percent(share: float) -> str:
    """Format as ``93%``, ``0.8%``; small and near-certain shares get one decimal, to tell them from 0 and 1."""
    return f"{share:.1%}" if share < 0.1 or share > 0.995 else f"{share:.0%}"


def amount(value: float) -> str:
    """Format with two significant digits and no sign, which the words around it express."""
    return _short(abs(value))


def _short(value: float, digits: int = 2) -> str:
    """Format with this many significant digits, never with an exponent: that would read as two numbers."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:.12f}".rstrip("0").rstrip(".")


def renderings(name: str, value: float) -> Iterator[str]:
    """Yield every text that may stand for a number of a decision.

    Args:
        name: Name of the field that holds it; its suffix is the unit.
        value: The number.
    """
    if "e" not in str(value):
        yield str(value)
    yield amount(value)
    if name.endswith("_bytes"):
        yield size(value)
    elif name.endswith("_ms"):
        yield duration(value / 1000)
    elif name.endswith("_s"):
        yield duration(value)
    elif name.endswith("_gib_h"):
        yield f"{amount(value)} GiB-h"
    elif name in _SHARES:
        yield percent(value)


def texts_of(decision: object, name: str = "") -> Iterator[str]:
    """Yield every text in a decision, every number in all its renderings, and every name of a field or property."""
    if isinstance(decision, Mapping):
        for key, value in decision.items():
            yield str(key)
            # Quantiles have the unit of the enclosing field.
            yield from texts_of(value, name if str(key) in {"p10", "p50", "p90"} else str(key))
    elif isinstance(decision, list | tuple):
        for value in decision:
            yield from texts_of(value, name)
    elif isinstance(decision, str):
        yield decision
    elif isinstance(decision, int | float) and not isinstance(decision, bool):
        yield from renderings(name, decision)
