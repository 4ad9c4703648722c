"""What an answer of the service says: a JSON object, or a problem (RFC 9457). Nothing in it is trusted to be short."""

import json
import re
from http import HTTPStatus
from typing import NamedTuple

from sparkwright.errors import FieldFault, ProblemError, ServiceError

MAX_ANSWER_BYTES = 4 * 1024**2
_MAX_DETAIL, _MAX_POINTER, _MAX_FAULTS = 2000, 200, 20
_SECONDS = re.compile(r"[0-9]{1,6}")


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after: str = ""


def object_of(address: str, answer: Answer) -> dict[str, object]:
    """The JSON object of an answer.

    Raises:
        ProblemError: A status other than 200 and 202.
        ServiceError: No JSON object.
    """
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = None
    if answer.status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
        raise problem_error(address, answer.status, document, answer)
    if not isinstance(document, dict):
        raise ServiceError(f"{address}: expected a JSON object, got {_start(answer.body)}")
    return document


def problem_error(address: str, status: int, document: object, answer: Answer | None = None) -> ProblemError:
    """The error that a problem stands for.

    Args:
        address: Who answered.
        status: Of the answer, or of one question of several.
        document: What should be the problem.
        answer: What it came in, where it came alone.
    """
    fields = document if isinstance(document, dict) else {}
    given = fields.get("detail")
    detail = given[:_MAX_DETAIL] if isinstance(given, str) and given else _start(answer.body) if answer else ""
    retry_after = answer.retry_after.strip() if answer else ""
    return ProblemError(
        f"{address}: answered {status}: {detail}",
        status=status,
        detail=detail,
        faults=_faults(fields.get("errors")),
        # A moment instead of seconds is not read: the clocks of two machines differ.
        retry_after_s=float(retry_after) if _SECONDS.fullmatch(retry_after) else None,
    )


def _faults(errors: object) -> tuple[FieldFault, ...]:
    found = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return tuple(
        FieldFault(str(one.get("pointer", "#"))[:_MAX_POINTER], str(one.get("detail", ""))[:_MAX_DETAIL])
        for one in found[:_MAX_FAULTS]
    )


def _start(text: bytes) -> str:
    return repr(text[:120].decode("utf-8", errors="replace"))
