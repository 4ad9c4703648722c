"""The runs of one workload in order, with the values that decisions need as columns.

A decision that walks over thousands of objects takes milliseconds; over columns a thousand runs take as long as ten.
The columns are built once and grow with the runs.

Shapes: N runs.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Lock
from typing import NamedTuple, TypeVar, cast, overload

import numpy as np
import numpy.typing as npt

from sparkwright.allocation.past import PastRun

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_MIN_ROOM = 32

T = TypeVar("T")


class RunFacts(NamedTuple):
    """What N runs say about their heaps; names and units as in :class:`PastRun`."""

    heap_bytes: Integers
    tasks: Integers
    input_bytes: Integers
    resident_bytes: Integers
    """Peak resident memory of their processes; 0 if not measured."""
    ended_us: Integers
    held: Flags
    died: Flags
    """Died of the heap."""
    killed: Flags
    """Killed because the container was outgrown."""
    local: Flags
    """Ran in local mode."""


class _Shared:
    """An append-only list of runs, and the columns filled so far."""

    def __init__(self, runs: list[PastRun]) -> None:
        self.runs = runs
        self.lock = Lock()
        self._columns: Integers = np.empty((len(RunFacts._fields), 0), dtype=np.int64)
        self._filled = 0

    def columns(self, count: int) -> Integers:
        """Return the columns ``[F, count]``; they stay valid when more are added."""
        with self.lock:
            if self._filled < count:
                self._fill(count)
            return self._columns[:, :count]

    def _fill(self, count: int) -> None:
        if self._columns.shape[1] < count:
            larger = np.empty((len(self._columns), max(_MIN_ROOM, 2 * count)), dtype=np.int64)
            larger[:, : self._filled] = self._columns[:, : self._filled]
            self._columns = larger
        rows = [_row(run) for run in self.runs[self._filled : count]]
        self._columns[:, self._filled : count] = np.array(rows, dtype=np.int64).T
        self._filled = count


class KnownRuns(Sequence[PastRun]):
    """The first runs of a workload, ordered by end; immutable.

    Args:
        runs: The runs; the list may only grow.
    """

    __slots__ = ("_count", "_facts", "_known", "_shared")

    def __init__(self, runs: Sequence[PastRun] = ()) -> None:
        self._shared, self._count = _Shared(list(runs)), len(runs)
        self._facts: RunFacts | None = None
        self._known: dict[object, object] = {}

    @classmethod
    def of(cls, runs: Sequence[PastRun]) -> "KnownRuns":
        """Wrap the runs, unless they are wrapped already."""
        return runs if isinstance(runs, cls) else cls(runs)

    def and_then(self, run: PastRun) -> "KnownRuns":
        """Return these runs and one more; shares storage if the same run was appended before."""
        after = KnownRuns.__new__(KnownRuns)
        after._shared, after._count, after._facts, after._known = self._shared, self._count + 1, None, {}
        with self._shared.lock:
            runs = self._shared.runs
            if len(runs) == self._count:
                runs.append(run)
            elif runs[self._count] != run:
                after._shared = _Shared([*runs[: self._count], run])
        return after

    @property
    def facts(self) -> RunFacts:
        """Their columns."""
        if self._facts is None:
            numbers = self._shared.columns(self._count)
            flags = numbers[RunFacts._fields.index("held") :] != 0
            self._facts = RunFacts(*numbers[: -len(flags)], *flags)
        return self._facts

    def once(self, derive: Callable[["KnownRuns"], T]) -> T:
        """Return what a function derives from these immutable runs; it is called only the first time.

        Args:
            derive: Must be the same object each time, such as a module-level function.
        """
        if derive not in self._known:
            self._known[derive] = derive(self)
        return cast(T, self._known[derive])

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[PastRun]:
        return islice(self._shared.runs, self._count)

    @overload
    def __getitem__(self, index: int) -> PastRun: ...

    @overload
    def __getitem__(self, index: slice) -> list[PastRun]: ...

    def __getitem__(self, index: int | slice) -> PastRun | list[PastRun]:
        if isinstance(index, slice):
            return [self._shared.runs[position] for position in range(*index.indices(self._count))]
        return self._shared.runs[range(self._count)[index]]

    def comparable(self, platform: str) -> "KnownRuns":
        """Return the runs with the same kind of heap: the driver's in local mode, an executor's on a cluster."""
        in_local_mode, on_a_cluster = self.once(_by_kind)
        return in_local_mode if platform == "local" else on_a_cluster

    def at(self, positions: Integers) -> list[PastRun]:
        """Return the runs at these positions."""
        runs = self._shared.runs
        return [runs[position] for position in positions.tolist()]


def _by_kind(runs: KnownRuns) -> tuple[KnownRuns, KnownRuns]:
    """Return the runs in local mode, and those on a cluster."""
    local = runs.facts.local
    if not local.any():
        return KnownRuns(), runs
    return (runs if local.all() else KnownRuns(runs.at(np.flatnonzero(local)))), KnownRuns(
        runs.at(np.flatnonzero(~local))
    )


def _row(run: PastRun) -> tuple[int, ...]:
    return (
        run.heap_bytes,
        run.tasks,
        run.input_bytes,
        run.peak_process_rss_bytes or 0,
        (run.ended_at - _EPOCH) // _MICROSECOND,
        run.held,
        run.memory_verdict == "heap_oom",
        run.memory_verdict == "container_kill",
        run.allocation.platform == "local",
    )
