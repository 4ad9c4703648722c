"""The one line of a fact that says what happened."""

import re

MAX_CHARS = 300
_BOILERPLATE = re.compile(
    r"^(?:Reason:?|Driver stacktrace:?|Traceback \(most recent call last\):?|\s*at .*|\s*File \".*)$"
)
_CAUSE = re.compile(r"^\s*Caused by:\s*")
_PYTHON_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Exit|Interrupt)\b.*")


def decisive_line(exception_class: str, message: str) -> str:
    """The innermost cause where the message names one, else its first line that says something.

    Args:
        exception_class: Put before a line that does not name it; may be empty.
        message: First lines of what was logged.
    """
    lines = [line.rstrip() for line in message.splitlines() if line.strip()]
    causes = [_CAUSE.sub("", line) for line in lines if _CAUSE.match(line)]
    if causes:
        return _bounded(causes[-1])
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        errors = [line for line in lines if _PYTHON_ERROR.match(line)]
        if errors:
            return _bounded(errors[-1])
    line = next((line.strip() for line in lines if not _BOILERPLATE.match(line)), "")
    name = exception_class.rpartition(".")[2]
    return _bounded(line if not name or name in line else f"{exception_class}: {line}" if line else exception_class)


def _bounded(line: str) -> str:
    return line if len(line) <= MAX_CHARS else f"{line[: MAX_CHARS // 3]} ... {line[-2 * MAX_CHARS // 3 :]}"
