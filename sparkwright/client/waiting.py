"""Waiting for a diagnosis that the service works on: how long, and what comes of it."""

import time
from collections.abc import Callable
from http import HTTPStatus

from sparkwright.client.answers import Diagnosis, DiagnosisJob
from sparkwright.client.reading import problem_error
from sparkwright.errors import CircuitOpenError, NoAnswerError, ProblemError, ServiceError

PATIENCE_S = 1800.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 2.0


class Waiting:
    """One wait.

    Args:
        diagnosis_id: What is waited for.
        timeout_s: Seconds.
        told: Shown every state of it.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        diagnosis_id: str,
        timeout_s: float,
        told: Callable[[DiagnosisJob], None] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._diagnosis_id = diagnosis_id
        self._told = told
        self._clock = clock
        self._timeout_s, self._until_s = timeout_s, clock() + timeout_s
        self._wait_s = _FIRST_WAIT_S

    def diagnosis(self, job: DiagnosisJob) -> Diagnosis | None:
        """What came of it; None while it is not done.

        Raises:
            ProblemError: It failed.
        """
        if self._told is not None:
            self._told(job)
        problem, diagnosis = job.get("problem"), job.get("diagnosis")
        if problem is not None:
            raise problem_error(f"diagnosis {self._diagnosis_id}", problem["status"], problem)
        return diagnosis

    def wait_s(self, error: ServiceError | None = None) -> float:
        """Seconds until it is worth another look, after one that showed it undone or that failed with ``error``.

        Raises:
            NoAnswerError: There is no more time.
            ServiceError: ``error``, where it will not pass: the service goes on while nobody hears of it.
        """
        if error is not None and not _passes(error):
            raise error
        wait_s = self._wait_s
        if isinstance(error, CircuitOpenError):
            wait_s = max(wait_s, error.retry_after_s)
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        if self._clock() + wait_s > self._until_s:
            raise NoAnswerError(
                f"diagnosis {self._diagnosis_id}: expected an end within {self._timeout_s:.3g} s, it is not done: ask "
                "for it later"
            ) from error
        return wait_s


def _passes(error: ServiceError) -> bool:
    if isinstance(error, ProblemError):
        return error.status in {HTTPStatus.TOO_MANY_REQUESTS} or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, NoAnswerError | CircuitOpenError)
