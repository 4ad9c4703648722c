"""What a submission would be, for a person: properties before and after with reasons, and the line."""

import shlex
import shutil
import textwrap
from collections.abc import Mapping
from typing import Any

from sparkwright.launchers.asking import Asked
from sparkwright.launchers.inject import Injection, Reason
from sparkwright.launchers.spark_submit.submission import Submission
from sparkwright.redaction import redact_properties, redact_text

_SIGNS = {
    "set": "+",
    "mark": "+",
    "replaced": "~",
    "removed": "-",
    "kept": "=",
    "same": "=",
    "left_out": "-",
    "refused": "!",
}


def dry_run_lines(submission: Submission, injection: Injection, asked: Asked) -> list[str]:
    """The lines to print: nothing that a person should not read aloud is in them.

    Args:
        submission: What the user wrote.
        injection: What becomes of it.
        asked: What the service said.
    """
    width = _width()
    advice = asked.advice
    lines = ["nothing is submitted; this would be:"]
    for one in injection.reasons:
        lines += _reason_lines(one, width)
    if advice is not None:
        note = f": {advice.note}" if advice.note else ""
        lines += textwrap.wrap(f"decision {advice.decision_id} of workload {advice.workload_id}{note}", width)
    if submission.command.own.explain and asked.answer:
        lines += ["", *explained(asked.answer)]
    return [*lines, "", _line(submission, injection)]


def explained(answer: Mapping[str, Any]) -> list[str]:
    """The whole answer as ``sparkwright recommend`` shows it; one that is none is said to be."""
    from sparkwright.launchers.commands.show_recommendation import recommendation_lines

    try:
        lines = recommendation_lines(answer, _width())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"the answer cannot be explained: {type(error).__name__}"]
    return ["".join(sign for sign in line if sign.isprintable()) for line in lines]


def _reason_lines(one: Reason, width: int) -> list[str]:
    if one.action == "note":
        return textwrap.wrap(f"! {one.text}", width, subsequent_indent="  ")
    shown = {"own": one.own, "advised": one.advised}
    own, advised = (redact_properties({one.property: value})[one.property] if value else "" for value in shown.values())
    if one.action in {"set", "mark"}:
        change = advised
    elif one.action == "replaced":
        change = f"{own} -> {advised}"
    elif one.action == "removed":
        change = f"{own} ->"
    elif one.action in {"kept", "same"}:
        change = own + (f" (advised {advised})" if one.action == "kept" else "")
    else:
        change = f"(advised {advised})"
    text = redact_text(f"{_SIGNS[one.action]} {one.property}={change}   {one.text}")
    return textwrap.wrap(text, width, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)


def _line(submission: Submission, injection: Injection) -> str:
    return redact_text(shlex.join(["spark-submit", *submission.words(injection)]))


def _width() -> int:
    return min(120, max(60, shutil.get_terminal_size((100, 24)).columns))
