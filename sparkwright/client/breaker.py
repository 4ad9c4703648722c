"""A service that fails again and again is left alone for a while: whoever asks is told so at once, without waiting."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from weakref import WeakSet

from sparkwright.errors import CircuitOpenError, ProblemError, ServiceError


class Breaker:
    """Counts failures in a row; threads and tasks may share one.

    Args:
        what: Names in errors what is asked.
        failures: After so many in a row nobody asks.
        rest_s: For so long; then one tries, and the others when that went well.
        clock: Seconds that never go back.
    """

    def __init__(self, what: str, failures: int, rest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failures = 0
        self._open_since: float | None = None
        self._is_probed = False
        self._lock = threading.Lock()
        _BREAKERS.add(self)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Ask inside of this; what is raised inside says whether it failed.

        Raises:
            CircuitOpenError: Nobody may ask now.
        """
        is_probe = self._enter()
        try:
            yield
        except ServiceError as error:
            self._leave(is_probe, is_failed=_is_failure(error))
            raise
        except BaseException:  # given up from outside: it says nothing of the service
            if is_probe:
                self._is_probed = False
            raise
        self._leave(is_probe, is_failed=False)

    def _enter(self) -> bool:
        with self._lock:
            if self._open_since is None:
                return False
            rest_s = self._open_since + self._rest_s - self._clock()
            if rest_s > 0 or self._is_probed:
                after = f"asked again in {rest_s:.1f} s" if rest_s > 0 else "one is trying it now"
                raise CircuitOpenError(
                    f"{self._what}: not asked, it failed {self._failures} times in a row; {after}", max(0.0, rest_s)
                )
            self._is_probed = True
            return True

    def _leave(self, is_probe: bool, *, is_failed: bool) -> None:
        with self._lock:
            if is_probe:
                self._is_probed = False
            if not is_failed:
                self._failures, self._open_since = 0, None
                return
            self._failures += 1
            if is_probe or (self._open_since is None and self._failures >= self._limit):
                self._open_since = self._clock()

    def _renew(self) -> None:
        # In a forked process: who held the lock or tried the service is a thread of the other one.
        self._lock = threading.Lock()
        self._is_probed = False


def _is_failure(error: ServiceError) -> bool:
    """Whether the service is to blame: not where it refuses, or says itself when to come again."""
    if not isinstance(error, ProblemError):
        return True
    return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.retry_after_s is None


def _renew_all() -> None:
    for breaker in _BREAKERS:
        breaker._renew()


_BREAKERS: WeakSet[Breaker] = WeakSet()
os.register_at_fork(after_in_child=_renew_all)
