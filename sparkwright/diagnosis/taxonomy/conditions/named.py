"""Spark's error conditions to root causes: by name where a name says it, else by the class of its SQLSTATE.

Spark prints `[NAME.SUB] text SQLSTATE: XXXXX` (names since 3.3, states since 3.5). A rule is a beginning of the name or
of the state; the longest that fits decides. What no rule of causes fits stands in ``NO_CAUSE`` with the reason.
"""

import re
from collections.abc import Iterator

from sparkwright.diagnosis.taxonomy.conditions.delta import BY_DELTA_NAME
from sparkwright.diagnosis.taxonomy.conditions.spark import BY_NAME, BY_STATE, NO_CAUSE, NO_STATE
from sparkwright.diagnosis.taxonomy.root_cause import Strength

_PRINTED = re.compile(r"\[([A-Z_][A-Z0-9_]{4,}(?:\.[A-Z0-9_]+)*)\]")
_STATE = re.compile(r"SQLSTATE: ?([0-9A-Z]{5})\b")
_BY_NAME = BY_NAME | BY_DELTA_NAME
_GENERAL = frozenset(
    {
        "analysis_error",
        "library_or_engine_bug",
        "python_worker_exception",
        "unsupported_operation",
        "user_code_exception",
    }
)
"""Causes that are kinds of errors: what such a condition wraps may say more."""


def cause_of(name: str, sql_state: str = "") -> str | None:
    """The root cause that a condition names, or None where it names none (see :func:`reason_of`)."""
    by_name = max((start for start in _BY_NAME if name.startswith(start)), key=len, default="")
    unnamed = max((start for start in NO_CAUSE if name.startswith(start)), key=len, default="")
    if by_name or unnamed:
        return _BY_NAME[by_name] if len(by_name) > len(unnamed) else None
    by_state = max((start for start in BY_STATE if sql_state.startswith(start)), key=len, default="")
    unstated = max((start for start in NO_CAUSE if sql_state.startswith(start)), key=len, default="")
    return BY_STATE[by_state] if len(by_state) > len(unstated) else None


def reason_of(name: str, sql_state: str = "") -> str | None:
    """Why a condition names no root cause; None where no rule says anything of it."""
    fitting = [start for start in NO_CAUSE if name.startswith(start) or (sql_state and sql_state.startswith(start))]
    if fitting:
        return NO_CAUSE[max(fitting, key=len)]
    return None if sql_state else NO_STATE


def printed_in(text: str) -> Iterator[tuple[str, Strength, int]]:
    """The root causes that the conditions printed in a text name, how much they prove, and where each stands."""
    for found in _PRINTED.finditer(text):
        state = _STATE.search(text, found.end())
        cause = cause_of(found[1], state[1] if state else "")
        if cause is not None:
            yield cause, Strength.GENERAL if cause in _GENERAL else Strength.SPECIFIC, found.start()
