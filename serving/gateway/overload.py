"""More questions than can be answered in time are refused at once: a launcher waits two seconds, then submits as is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sparkwright.errors import ServiceError

RETRY_AFTER_S = 1
OPEN_LIMIT = 256
"""Requests of one process that are read and not answered, at most; a slow machine has fewer places: :class:`Pace`."""
_QUEUE_S, _ANSWER_S = 0.7, 1.1
"""Of the two seconds that a launcher waits: what those that are let in should take by the pace of before, and by when
an answer must be foreseen once its turn comes. What is left is for the commit, for what nobody foresees, and for what
nobody sees: before its head is read a request waits until thousands of others are."""
_MIN_PLACES = 16
_FIRST_EACH_S = 0.004
_REMEMBERED = 64

ARRIVED_S: ContextVar[float] = ContextVar("ARRIVED_S")
"""When the head of this request was read, of the monotonic clock."""


def arrived_s() -> float:
    """When the request came that is being answered; now where nobody said."""
    return ARRIVED_S.get(0.0) or time.monotonic()


class OverloadedError(ServiceError):
    """There is no time left for this question; asked again after :data:`RETRY_AFTER_S` it may be answered."""


class Pace:
    """How fast this process answers, of late, and what follows for those who ask.

    Attributes:
        each_s: What a recommendation takes where one follows the other, by the clock: what else runs on the machine is
            in it.
    """

    def __init__(self) -> None:
        self.each_s = _FIRST_EACH_S

    def took(self, seconds: float, count: int) -> None:
        """Take note of so many recommendations; those of before count less and less."""
        kept = (1 - 1 / _REMEMBERED) ** count
        self.each_s = kept * self.each_s + (1 - kept) * seconds / count

    @property
    def places(self) -> int:
        """How many requests may be open: those that are let in are answered in time."""
        return max(_MIN_PLACES, min(OPEN_LIMIT, int(_QUEUE_S / self.each_s)))

    def is_late(self, since_s: float, now_s: float, together: int) -> bool:
        """Whether a request that came then would be answered too late, its turn being now, with so many others."""
        # Whoever has just come is asked all the same: else a slow process would never learn that it is fast again.
        foreseen_s = min(together * self.each_s, _ANSWER_S / 3)
        return now_s + foreseen_s - since_s > _ANSWER_S


PACE = Pace()
"""Of this process."""


class Places:
    """So many questions may be open in this process at once.

    Args:
        what: Names them in messages.
        limit: How many.
    """

    def __init__(self, what: str, limit: int) -> None:
        self._what = what
        self._limit = limit
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place while the block runs.

        Raises:
            OverloadedError: All are taken.
        """
        if self.taken >= self._limit:
            raise OverloadedError(f"{self._limit} {self._what} are open already in this process: ask again")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
