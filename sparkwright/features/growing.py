"""The runs of all workloads in memory, updated by what each commit changes instead of being read again.

Rows are only ever appended to one pool of arrays; a workload is a list of positions in it, ordered by the end of the
runs. A run that ended earlier than known ones, or one that was replaced, changes only the list of its workload. Unused
rows are dropped when they amount to a quarter of the runs.

One thread may change the runs while others read: what :meth:`GrowingHistory.workload` returned does not change.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrow import schema
from data_contracts.tables import Run
from sparkwright.features.columns import COLUMNS
from sparkwright.features.pool import Pool, Rows
from sparkwright.features.row_numbers import moment
from sparkwright.features.windows import History, Integers, gathered, microsecond, submitted_at

_MIN_GARBAGE = 4_096
_MANY = 256
"""More late runs of one workload than this are merged by sorting; fewer are inserted one by one."""
_NOTHING: Integers = np.zeros(0, dtype=np.int64)
_OF_NOBODY = (0, 0)


class _State(NamedTuple):
    """The pool, and where the runs of each workload are in it."""

    pool: Pool
    order: Integers
    """Positions in the pool, workload by workload."""
    spans: dict[str, tuple[int, int]]
    """Where the positions of a workload start and stop in ``order``."""
    changed: dict[str, Integers]
    """The positions of workloads that changed since ``order`` was built."""

    def token(self, workload_id: str) -> object:
        """An object that stays the same until the runs of the workload change."""
        changed = self.changed.get(workload_id)
        return self.spans.get(workload_id, _OF_NOBODY) if changed is None else changed

    def positions(self, token: object) -> Integers:
        return self.order[slice(*token)] if isinstance(token, tuple) else token  # type: ignore[return-value]


class WorkloadRuns:
    """The runs of one workload, by the time of their end, as they were when :meth:`GrowingHistory.workload` was called.

    Attributes:
        token: The same object as long as the workload's runs are the same.
    """

    def __init__(self, token: object, positions: Integers, pool: Pool, rows: Rows) -> None:
        self.token = token
        self._positions = positions
        self._pool = pool
        self._rows = rows

    def __len__(self) -> int:
        return len(self._positions)

    def count(self, at: datetime) -> int:
        """How many runs had ended before ``at``."""
        return _ended_before(self._rows, self._positions, microsecond(at))

    def columns(self, start: int, stop: int) -> dict[str, list[object]]:
        """The kept columns of the runs ``[start, stop)`` as lists of Python values."""
        return self._pool.columns(self._rows, self._positions[start:stop])

    def digest(self, count: int) -> str:
        """16 hex digits that identify the first ``count`` runs, and differ if any of them is another one."""
        return f"{int(self._rows.hashes[self._positions[:count]].sum()):016x}"

    def last_ended_at(self, count: int) -> datetime:
        """When the last of the first ``count`` runs ended; ``count`` is at least one."""
        return moment(int(self._rows.ended_us[self._positions[count - 1]]))


class Asked(NamedTuple):
    """The run that a forecast is wanted for.

    Attributes:
        at: When it is submitted.
        input_bytes: What it will read, if the request tells it.
        attempt: Which try it is.
    """

    workload_id: str
    at: datetime
    input_bytes: int | None = None
    attempt: int = 1


class GrowingHistory:
    """What was known of every workload at a moment, while runs come, change and go.

    It answers as :class:`sparkwright.features.windows.HistoryIndex` does over the same rows, in whatever order they
    came. Runs without an end are left out, as there.

    Args:
        kept: Columns of ``runs`` that :meth:`WorkloadRuns.columns` returns.
    """

    def __init__(self, kept: Sequence[str] = ()) -> None:
        self.columns: tuple[str, ...] = tuple(dict.fromkeys((*COLUMNS, *kept)))
        """Every column that is read."""
        self._kept = tuple(kept)
        self.load(schema(Run).empty_table().select(self.columns))

    def __len__(self) -> int:
        return self._count

    def load(self, runs: pa.Table) -> None:
        """Replace everything with these runs, in any order."""
        runs = _ended(runs)
        pool = Pool([name for name in self.columns if name != "workload_id"], self._kept)
        positions = pool.append(runs)
        names = runs["workload_id"].combine_chunks().dictionary_encode()
        codes = names.indices.to_numpy(zero_copy_only=False)
        order = positions[pool.rows.order(positions, codes)]
        sizes = np.bincount(codes, minlength=len(names.dictionary))
        stops = np.cumsum(sizes)
        bounds = zip((stops - sizes).tolist(), stops.tolist(), strict=True)
        self._count = len(order)
        self._state = _State(pool, order, dict(zip(names.dictionary.to_pylist(), bounds, strict=True)), {})

    def apply(self, added: pa.Table, removed: pa.Table) -> None:
        """Apply rows that were added and rows that were removed."""
        state = self._state
        added, removed = _ended(added), _ended(removed)
        gone = _by_workload(removed, state.pool.hashes(removed)) if removed.num_rows else {}
        came = _by_workload(added, state.pool.append(added)) if added.num_rows else {}
        for name in gone.keys() | came.keys():
            before = state.positions(state.token(name))
            kept = _without(state.pool.rows, before, gone[name]) if name in gone else before
            # Positions last, so that concurrent readers find the rows that they refer to.
            state.changed[name] = _merged(state.pool.rows, kept, came.get(name, _NOTHING))
            self._count += len(state.changed[name]) - len(before)
        if state.pool.count - self._count > max(_MIN_GARBAGE, self._count // 4):
            self._clear()

    def workload(self, workload_id: str) -> WorkloadRuns:
        """The workload's runs as they are now."""
        state = self._state
        token = state.token(workload_id)
        return WorkloadRuns(token, state.positions(token), state.pool, state.pool.rows)

    def workload_ids(self) -> list[str]:
        """Every workload that has a run, in no fixed order."""
        state = self._state
        names = {**state.spans, **state.changed}
        return [name for name in names if len(state.positions(state.token(name)))]

    def histories(self, asked: Sequence[Asked], length: int) -> History:
        """What was known of B workloads, each at its own moment: only runs that had ended; T = ``length``."""
        state = self._state
        positions = np.zeros((len(asked), length), dtype=np.int64)
        known = np.zeros((len(asked), length), dtype=np.bool_)
        found = [state.positions(state.token(one.workload_id)) for one in asked]
        rows = state.pool.rows
        for number, (mine, one) in enumerate(zip(found, asked, strict=True)):
            stop = _ended_before(rows, mine, microsecond(one.at))
            last = mine[max(0, stop - length) : stop]
            positions[number, : len(last)] = last
            known[number, : len(last)] = True
        submitted = submitted_at(
            [one.at for one in asked], [one.input_bytes for one in asked], [one.attempt for one in asked]
        )
        return gathered(rows.arrays, rows.started_us, positions, known, submitted)

    def _clear(self) -> None:
        """Rebuild the pool without unused rows."""
        state = self._state
        names = self.workload_ids()
        lists = [state.positions(state.token(name)) for name in names]
        pool = state.pool.only(np.concatenate([*lists, _NOTHING]))
        stops = np.cumsum([len(one) for one in lists]).tolist()
        bounds = zip([0, *stops], stops, strict=False)
        self._state = _State(pool, np.arange(pool.count), dict(zip(names, bounds, strict=True)), {})


def _ended(runs: pa.Table) -> pa.Table:
    return runs.filter(pc.and_(pc.is_valid(runs["ended_at"]), pc.is_valid(runs["workload_id"])))


def _ended_before(rows: Rows, positions: Integers, at_us: int) -> int:
    if not len(positions) or rows.ended_us[positions[-1]] < at_us:
        return len(positions)
    return bisect_left(range(len(positions)), at_us, key=lambda number: rows.ended_us[positions[number]])


def _by_workload(table: pa.Table, values: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """``values`` ``[N]`` of the rows of ``table`` for each of its workloads."""
    names = table["workload_id"].combine_chunks().dictionary_encode()
    codes = names.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    cuts = np.cumsum(np.bincount(codes, minlength=len(names.dictionary)))[:-1]
    return dict(zip(names.dictionary.to_pylist(), np.split(values[order], cuts), strict=True))


def _merged(rows: Rows, known: Integers, fresh: Integers) -> Integers:
    """Both in order; ``known`` already is."""
    if not len(fresh):
        return known
    fresh = fresh[rows.order(fresh)]
    if not len(known) or rows.key(int(known[-1])) <= rows.key(int(fresh[0])):
        return np.concatenate([known, fresh])
    if len(fresh) > _MANY:
        both = np.concatenate([known, fresh])
        return both[rows.order(both)]
    numbers = range(len(known))

    def key(number: int) -> tuple[int, int, int]:
        return rows.key(int(known[number]))

    places = [bisect_left(numbers, rows.key(late), key=key) for late in fresh.tolist()]
    return np.insert(known, places, fresh)


def _without(rows: Rows, positions: Integers, hashes: Integers) -> Integers:
    """The positions without one for each of the hashes; rows with the same hash are duplicates of one row."""
    kept = np.ones(len(positions), dtype=np.bool_)
    mine = rows.hashes[positions]
    for value, times in zip(*np.unique(hashes, return_counts=True), strict=True):
        kept[np.flatnonzero(mine == value)[:times]] = False
    return positions[kept]
