"""Ask the service on behalf of a launcher, and tell it how a run ended: neither ever holds a job back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sparkwright.client.attempts import Attempts
from sparkwright.client.exchange import exchange
from sparkwright.errors import NoAnswerError, ServiceError
from sparkwright.launchers.advice import Advice, read_advice
from sparkwright.launchers.environment import LauncherEnvironment

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        advice: None where there is none to be had.
        answer: The whole answer, for a person to read.
        fault: Why there is no advice; empty where there is.
        is_unreachable: Whether nobody answered in time: another question would end so, too.
    """

    advice: Advice | None = None
    answer: dict[str, object] = field(default_factory=dict)
    fault: str = ""
    is_unreachable: bool = False


def ask(request: Mapping[str, object], where: LauncherEnvironment, timeout_s: float | None = None) -> Asked:
    """The advice for one submission, within the launcher's time limit; nothing is raised.

    Args:
        request: From :func:`sparkwright.launchers.request.recommend_request`.
        where: Whom to ask.
        timeout_s: Seconds for all of it; None: as ``where`` says.
    """
    limit_s = where.timeout_s if timeout_s is None else timeout_s
    if limit_s <= 0:
        said = f"expected an answer within {where.timeout_s:.3g} s, and they are over"
        return Asked(fault=said, is_unreachable=True)
    try:
        # Only a launch that has an id is given the same decision when it asks again.
        answer = _exchange("/v1/recommend", request, limit_s, where, may_repeat=bool(request.get("launch_id")))
        return Asked(read_advice(answer), answer)
    except ServiceError as error:
        return Asked(fault=str(error), is_unreachable=isinstance(error, NoAnswerError))


def report(decision_id: str, app_id: str | None, exit_code: int | None, where: LauncherEnvironment) -> str:
    """Tell the service how the run of a decision ended; why it could not be told, or nothing.

    The event log says it too, so a service that is down costs nothing. Told twice, the later report replaces the
    earlier one.

    Args:
        decision_id: Of the advice.
        app_id: As Spark named the application, where the launcher saw it.
        exit_code: The driver's; None where the launcher saw only the submission.
        where: Whom to tell.
    """
    known = {"app_id": app_id or None, "exit_code": exit_code}
    outcome = {"decision_id": decision_id, **{name: value for name, value in known.items() if value is not None}}
    if len(outcome) == 1:
        return ""
    try:
        _exchange("/v1/feedback", outcome, where.timeout_s, where, may_repeat=True)
    except ServiceError as error:
        return str(error)
    return ""


def _exchange(
    path: str, body: Mapping[str, object], limit_s: float, where: LauncherEnvironment, *, may_repeat: bool
) -> dict[str, object]:
    """What is answered within the limit: overload passes within a second, and says so.

    Not the client's own calls: those refuse an answer that lacks any field of the contract, and a launcher reads three.
    """
    attempts = Attempts(_ATTEMPTS if may_repeat else 1, limit_s)
    while True:
        try:
            return exchange(where.service_url, path, body, attempts.left_s, where.api_key)
        except ServiceError as error:
            wait_s = attempts.wait_s(error)
            if wait_s is None:
                raise
        time.sleep(wait_s)
