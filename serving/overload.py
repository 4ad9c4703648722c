"""More questions than can be answered in time are refused at once: a launcher waits two seconds, then submits as is."""

from collections.abc import Iterator
from contextlib import contextmanager

from sparkwright.errors import ServiceError

RETRY_AFTER_S = 1
OPEN_LIMIT = 256
"""Requests of one process that are read and not answered; a slow machine is bounded by the time they wait, too."""


class OverloadedError(ServiceError):
    """There is no time left for this question; asked again after :data:`RETRY_AFTER_S` it may be answered."""


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
