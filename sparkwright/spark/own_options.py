"""Our own options on a ``spark-submit`` command line; none of them reaches Spark."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sparkwright.errors import ConfigError

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(d|h|min|m|s|)", re.IGNORECASE)
_FLAG = re.compile(r"--[a-z][a-z-]*(?:=.*)?", re.DOTALL)
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "m": 60.0, "s": 1.0, "": 1.0}
_LONGEST_S = 2**53 / 1000
_MAX_ATTEMPT = 1000


@dataclass(frozen=True, slots=True)
class OwnOptions:
    """Options for Sparkwright on a ``spark-submit`` command line.

    Attributes:
        override: Whether the allocation wins over what the user set.
        workload: Explicit key of the recurring workload; empty: none.
        dry_run: Whether to show the command instead of submitting.
        explain: Whether to show the whole answer before submitting.
        max_risk: Accepted P(death).
        deadline_s: Seconds within which the run must have ended, a retry included.
        inputs: Sizes and locations of what the run will read.
        attempt: 1 for the first try, 2 for the first retry.
    """

    override: bool = False
    workload: str = ""
    dry_run: bool = False
    explain: bool = False
    max_risk: float | None = None
    deadline_s: float | None = None
    inputs: tuple[str, ...] = ()
    attempt: int = 1


def options_of(
    workload: str,
    inputs: Sequence[str] = (),
    attempt: int = 1,
    max_risk: float | None = None,
    deadline_s: float | None = None,
    *,
    override: bool = False,
) -> OwnOptions:
    """The options that a program passes as arguments, checked like those of a command line.

    Raises:
        ConfigError: An argument is invalid.
    """
    if not isinstance(workload, str) or not workload.strip():
        raise ConfigError(f"expected the key of a recurring workload such as 'nightly_orders', got {workload!r:.60}")
    if isinstance(inputs, str):
        raise ConfigError(f"expected a list of sizes and places as inputs, got {inputs!r:.60}: write [{inputs!r:.60}]")
    if not isinstance(attempt, int) or not 1 <= attempt <= _MAX_ATTEMPT:
        raise ConfigError(f"expected an attempt from 1 to {_MAX_ATTEMPT}, got {attempt!r:.60}")
    if max_risk is not None and not 0 < max_risk <= 0.5:
        raise ConfigError(f"expected a max_risk above 0 and at most 0.5, got {max_risk!r:.60}")
    if deadline_s is not None and not 0 < deadline_s < _LONGEST_S:
        raise ConfigError(f"expected a deadline_s of seconds above 0, got {deadline_s!r:.60}")
    return OwnOptions(
        override=override,
        workload=workload.strip(),
        max_risk=max_risk,
        deadline_s=deadline_s,
        inputs=tuple(map(str, inputs)),
        attempt=attempt,
    )


def take_switch(own: OwnOptions, flag: str) -> OwnOptions:
    """The options with a switch of :data:`SWITCHES` turned on."""
    changed: dict[str, Any] = {SWITCHES[flag]: True}
    return replace(own, **changed)


def take_value(own: OwnOptions, flag: str, value: str | None) -> OwnOptions:
    """The options with the value of a flag of :data:`VALUE_FLAGS`.

    Raises:
        ConfigError: There is no value, or it is invalid for this flag.
    """
    name, expected, read = _VALUES[flag]
    if value is None or not value.strip() or _FLAG.fullmatch(value):
        got = "nothing" if value is None else repr(value[:60])
        raise ConfigError(f"expected {flag} {expected}, got {got} after {flag}")
    try:
        taken = read(value.strip())
    except ValueError:
        raise ConfigError(f"expected {flag} {expected}, got {value[:60]!r}") from None
    changed: dict[str, Any] = {name: (*own.inputs, taken) if name == "inputs" else taken}
    return replace(own, **changed)


def seconds_of(text: str) -> float:
    """The seconds in ``5400``, ``90m``, ``1h30m`` or ``2d``.

    Raises:
        ValueError: The text is not a time above zero.
    """
    parts = _TIME.findall(text)
    total = sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)
    if _TIME.sub("", text).strip() or not 0 < total < _LONGEST_S:
        raise ValueError(text)
    return total


def _risk_of(text: str) -> float:
    risk = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < risk <= 0.5:
        raise ValueError(text)
    return risk


def _attempt_of(text: str) -> int:
    attempt = int(text)
    if not 1 <= attempt <= _MAX_ATTEMPT:
        raise ValueError(text)
    return attempt


SWITCHES: Mapping[str, str] = {"--override": "override", "--dry-run": "dry_run", "--explain": "explain"}
_VALUES: Mapping[str, tuple[str, str, Callable[[str], object]]] = {
    "--workload": ("workload", "KEY", str),
    "--max-risk": ("max_risk", "P, a probability above 0 and at most 0.5 such as 0.01 or 1%", _risk_of),
    "--deadline": ("deadline_s", "TIME, such as 90m, 1h30m or seconds", seconds_of),
    "--input": ("inputs", "BYTES or PATHS, such as 12g or s3://bucket/day=1", str),
    "--attempt": ("attempt", f"N, a whole number from 1 to {_MAX_ATTEMPT}", _attempt_of),
}
VALUE_FLAGS = _VALUES.keys()
