"""Replay the runs of an index as they looked at submission, a few thousand at a time.

Shapes: N runs, B batch, R requirements, A allocation features.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sparkwright.features.windows import Floats, History, HistoryIndex, Integers

_CHUNK = 4096


class Asked(NamedTuple):
    """B runs: what was known, what they were given, and what they turned out to need."""

    positions: Integers  # [B]
    history: History
    candidates: Floats  # [B, 1, A] the allocation each was actually given
    actual: Floats  # [B, R] on the scale of requirement_logs, NaN where unknown


class Replay:
    """Pairs each run of an index with the runs of its workload that had ended before it started.

    Args:
        index: All runs.
        length: How many past runs are used.
    """

    def __init__(self, index: HistoryIndex, length: int) -> None:
        self.index, self.length = index, length
        self._start, self._stop = index.past(length)

    def asked(
        self,
        positions: Integers,
        *,
        told_input: bool | np.ndarray[tuple[int], np.dtype[np.bool_]] = False,
        lengths: Integers | None = None,
    ) -> Asked:
        """Return the runs at ``positions``.

        Args:
            positions: Positions in the index.
            told_input: Whether each submission stated its input size ``[B]``; then there is none to forecast.
            lengths: How many past runs each may see ``[B]``; default: ``length``.
        """
        stop = self._stop[positions]
        start = self._start[positions] if lengths is None else np.maximum(self._start[positions], stop - lengths)
        submitted = self.index.submissions(positions, told_input=told_input)
        history = self.index.histories(start, stop, self.length, submitted)
        arrays = self.index.arrays
        return Asked(positions, history, arrays.allocation[positions][:, None], arrays.requirement[positions])

    def in_order(self, positions: Integers, *, told_input: bool = False, cold: bool = False) -> Iterator[Asked]:
        """Yield the runs at ``positions`` in chunks; ``cold``: without a past, as if the workloads had never run."""
        for first in range(0, len(positions), _CHUNK):
            chunk = positions[first : first + _CHUNK]
            lengths = np.zeros(len(chunk), dtype=np.int64) if cold else None
            yield self.asked(chunk, told_input=told_input, lengths=lengths)


def evenly(positions: Integers, max_count: int) -> Integers:
    """Return at most ``max_count`` of ``positions``, evenly spaced."""
    if len(positions) <= max_count:
        return positions
    return positions[np.linspace(0, len(positions) - 1, max_count).astype(np.int64)]
