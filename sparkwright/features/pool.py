"""Rows of ``runs`` in arrays that only grow."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.tables import Run
from sparkwright.features.row_numbers import Hashes, RowNumbers
from sparkwright.features.windows import Integers, RunArrays, encode
from sparkwright.lake.rows import readable_schema

Array: TypeAlias = npt.NDArray[Any]

_SLICE_ROWS = 65_536
"""Rows encoded at once, so that the temporary memory does not grow with the fleet."""


class Rows(NamedTuple):
    """N runs, in any order."""

    arrays: RunArrays
    facts: Integers  # [N, F] the kept columns, as RowNumbers has them
    started_us: Integers  # [N]
    ended_us: Integers  # [N]
    hashes: Hashes  # [N] of all columns that are read

    def __len__(self) -> int:
        return len(self.ended_us)

    def each(self, made: Callable[[Array], Array]) -> "Rows":
        """The same rows with ``made`` applied to each array."""
        arrays = RunArrays(*(made(values) for values in self.arrays))
        return Rows(arrays, *(made(values) for values in self[1:]))

    def key(self, position: int) -> tuple[int, int, int]:
        """The sort key of one run within its workload."""
        return int(self.ended_us[position]), int(self.started_us[position]), int(self.hashes[position])

    def order(self, positions: Integers, codes: Integers | None = None) -> Integers:
        """The order of ``positions`` by code, end and start.

        The order of two runs that started and ended together is arbitrary, but the same wherever the rows are.
        """
        keys = [self.hashes[positions], self.started_us[positions], self.ended_us[positions]]
        return np.asarray(np.lexsort([*keys, codes] if codes is not None else keys))


class Pool:
    """Rows that never change once they are added.

    Args:
        read: Columns of ``runs`` that are read.
        kept: Those of them that :meth:`columns` returns.

    Attributes:
        rows: Arrays with spare room; only positions below ``count`` are in use.
    """

    def __init__(self, read: Sequence[str], kept: Sequence[str]) -> None:
        self._read, self._kept = list(read), list(kept)
        self._numbers = RowNumbers(readable_schema(Run, self._read))
        self._kept_numbers = [self._read.index(name) for name in self._kept]
        self.count = 0
        self.rows = self._encoded(readable_schema(Run, self._read).empty_table())

    def append(self, runs: pa.Table) -> Integers:
        """Add ``runs`` and return their positions."""
        first = self.count
        self._reserve(first + runs.num_rows)
        for start in range(0, runs.num_rows, _SLICE_ROWS):
            self._put(self._encoded(runs.slice(start, _SLICE_ROWS)))
        return np.arange(first, self.count)

    def only(self, positions: Integers) -> "Pool":
        """A new pool of only these rows, in this order."""
        pool = Pool(self._read, self._kept)
        pool._numbers = self._numbers
        pool._reserve(len(positions))
        for start in range(0, len(positions), _SLICE_ROWS):
            chosen = positions[start : start + _SLICE_ROWS]
            pool._put(self.rows.each(itemgetter(chosen)))
        return pool

    def hashes(self, runs: pa.Table) -> Hashes:
        """One hash for each row, whether or not it is in the pool."""
        return self._numbers.hashes(self._numbers.of(runs))

    def columns(self, rows: Rows, positions: Integers) -> dict[str, list[object]]:
        """The kept columns of ``rows`` at ``positions`` as lists of Python values."""
        facts = rows.facts[positions]
        return {name: self._numbers.column(name, facts[:, number]) for number, name in enumerate(self._kept)}

    def _put(self, rows: Rows) -> None:
        stop = self.count + len(rows)
        for values, new in zip(_flat(self.rows), _flat(rows), strict=True):
            values[self.count : stop] = new
        self.count = stop

    def _encoded(self, runs: pa.Table) -> Rows:
        numbers = self._numbers.of(runs)
        started, ended = (numbers[:, self._read.index(name)] for name in ("started_at", "ended_at"))
        return Rows(encode(runs), numbers[:, self._kept_numbers], started, ended, self._numbers.hashes(numbers))

    def _reserve(self, count: int) -> None:
        if count <= len(self.rows):
            return

        def grown(values: Array) -> Array:
            # Twice what is needed: the rest is address space, which takes no memory until it is written.
            larger = np.empty((2 * count, *values.shape[1:]), dtype=values.dtype)
            larger[: self.count] = values[: self.count]
            return larger

        self.rows = self.rows.each(grown)


def _flat(rows: Rows) -> tuple[Array, ...]:
    return (*rows.arrays, *rows[1:])
