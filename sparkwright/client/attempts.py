"""How often one call is asked, and when: within its deadline, only what may be repeated, each at another moment."""

import random
import time
from collections.abc import Callable
from http import HTTPStatus

from sparkwright.errors import NoAnswerError, ProblemError, ServiceError

_PASSING = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 2.0
_MIN_S = 0.05
"""An attempt with less time than this is not begun."""


class Attempts:
    """The attempts of one call.

    Args:
        limit: So many at most; 1 where the call may not be repeated.
        timeout_s: Seconds for all of them and the waits between.
        clock: Seconds that never go back.
        uniform: Draws a number between two: clients that failed together must not come again together.
    """

    def __init__(
        self,
        limit: int,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._left = limit
        self._clock = clock
        self._uniform = uniform
        self._until_s = clock() + timeout_s
        self._wait_s = _FIRST_WAIT_S

    @property
    def left_s(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self._until_s - self._clock())

    def wait_s(self, error: ServiceError) -> float | None:
        """Seconds to wait after an attempt that failed; None where that was the last one."""
        self._left -= 1
        passes = isinstance(error, NoAnswerError) or (isinstance(error, ProblemError) and error.status in _PASSING)
        if not passes or self._left < 1:
            return None
        wait_s = self._uniform(0, self._wait_s)
        if isinstance(error, ProblemError) and error.retry_after_s is not None:
            wait_s += error.retry_after_s
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        return wait_s if wait_s + _MIN_S <= self.left_s else None
