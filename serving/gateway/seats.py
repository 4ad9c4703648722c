"""How many connections each front worker has open, which all of them see: one page of memory, no lock.

A worker writes its own two numbers only, each with a single store, and reads those of the others. What it reads may be
a moment old; who accepts by it errs by a connection, once.
"""

import mmap
import time
from pathlib import Path

VARIABLE = "FRONT_WORKER_SEAT"
"""The environment variable of a worker that names the page and the worker's place in it: ``NUMBER:PATH``."""
BEAT_S = 0.1
"""How often a worker says that its event loop turns."""
_ABSENT_AFTER_S = 1.0
"""Who was silent for so long accepts nothing: it ended, it hangs, or it has not started yet."""
_WORDS, _WORD_BYTES = 2, 8
_HEAD_START = 4
_MOST_OF_LEAST = 1.5


class Seats:
    """The connections of this worker and of its fellows.

    Args:
        path: The page, made by :func:`made_page`.
        number: Which of the workers this is, from 0.
    """

    def __init__(self, path: Path, number: int) -> None:
        with path.open("r+b") as file:
            page = memoryview(mmap.mmap(file.fileno(), 0))
        # Of the monotonic clock, which is the same in all processes of a machine; floats count exactly to 2**53.
        self._numbers = page.cast("d")
        self._mine = _WORDS * number
        self._others = range(0, len(self._numbers), _WORDS)

    def beat(self, count: int) -> None:
        """Say that this worker accepts, and how many connections it has."""
        self._numbers[self._mine] = count
        self._numbers[self._mine + 1] = time.monotonic()

    def leave(self) -> None:
        """Say that it accepts no more."""
        self._numbers[self._mine + 1] = 0.0

    def limit(self) -> float:
        """From how many connections on this worker lets another go first; infinite where no other one accepts.

        Not equality: a worker that waits for each connection of another would make a crowd of clients wait.
        """
        numbers, since_s = self._numbers, time.monotonic() - _ABSENT_AFTER_S
        others = [numbers[at] for at in self._others if at != self._mine and numbers[at + 1] > since_s]
        return _MOST_OF_LEAST * min(others) + _HEAD_START if others else float("inf")


def made_page(path: Path, workers: int) -> Path:
    """A page for so many workers, none of which accepts yet."""
    path.write_bytes(bytes(workers * _WORDS * _WORD_BYTES))
    return path
