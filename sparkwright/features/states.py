"""Fold the runs of a workload into a state one by one, so that a decision reads a state instead of every run.

A state records which runs it was folded from: their number and digest. If those are still the first runs of the
workload, only the later ones are folded in; if one of them was replaced, or another came between them, the workload is
folded again from the start. So an outdated state is never used, wherever it was kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sparkwright.features.growing import GrowingHistory, WorkloadRuns

S = TypeVar("S")
R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)

_APART = 16
"""Runs between the kept states: a run that is late by this many costs folding at most twice as many."""

RunsOf = Callable[[Mapping[str, list[object]]], Sequence[R]]
"""Converts the kept columns of runs to the runs, in the same order."""


class Fold(Protocol[S, R_contra]):
    """How runs become a state, one after the other, by the time of their end."""

    def initial(self) -> S:
        """The state before the first run."""
        ...

    def fold(self, state: S, run: R_contra) -> S:
        """The state after one more run; ``state`` itself is not changed."""
        ...


class StoredFold(Fold[S, R_contra], Protocol):
    """A fold whose states can be kept in the lake.

    Attributes:
        version: Must change whenever the same runs would give another state, or other bytes.
    """

    version: str

    def dump(self, state: S) -> bytes:
        """The state as bytes, always the same for the same state."""
        ...

    def load(self, dumped: bytes) -> S:
        """The state that :meth:`dump` wrote."""
        ...


@dataclass(frozen=True, slots=True)
class Folded(Generic[S]):
    """A state, and the runs that it was folded from.

    Attributes:
        run_count: How many runs: the first ones of the workload.
        digest: Their :meth:`sparkwright.features.growing.WorkloadRuns.digest`.
        token: The token of the workload's runs when this was last checked; None if it never was.
    """

    state: S
    run_count: int
    digest: str
    token: object = None

    def is_of(self, runs: WorkloadRuns) -> bool:
        """Whether it was folded from the first of these runs."""
        if self.token is not None and self.token is runs.token:
            return True
        return _are_first(self.run_count, self.digest, runs)


@dataclass(frozen=True, slots=True)
class Stored:
    """A state as stored in the lake."""

    dumped: bytes
    run_count: int
    digest: str

    def fits(self, runs: WorkloadRuns) -> bool:
        """Whether it was folded from the first of these runs."""
        return _are_first(self.run_count, self.digest, runs)


class States(Generic[S, R]):
    """The states of the workloads that were asked for most recently.

    For each it holds the newest state and up to two earlier ones, so that a run that ended a little earlier than those
    already folded does not cause the whole workload to be folded again.

    Args:
        history: The runs; they may change meanwhile.
        fold: How runs become a state.
        runs_of: Converts columns to runs.
        most: How many workloads are held at once.
    """

    def __init__(self, history: GrowingHistory, fold: Fold[S, R], runs_of: RunsOf[R], most: int = 4_096) -> None:
        self._history = history
        self._fold = fold
        self._runs_of = runs_of
        self._most = most
        self._held: OrderedDict[str, tuple[Folded[S], ...]] = OrderedDict()  # of each the newest last
        self._stored: dict[str, Stored] = {}
        self._load: Callable[[bytes], S] | None = None

    def start_from(self, stored: Mapping[str, Stored], load: Callable[[bytes], S]) -> None:
        """Begin with states from the lake; each is loaded when it is asked for, and used only if it fits the runs."""
        self._stored, self._load = dict(stored), load

    def of(self, workload_id: str, at: datetime) -> Folded[S]:
        """The state of the runs of a workload that had ended before ``at``."""
        runs = self._history.workload(workload_id)
        count = runs.count(at)
        held = self._held.get(workload_id) or self._once(workload_id)
        if held and held[-1].token is runs.token and held[-1].run_count == count == len(runs):
            self._held.move_to_end(workload_id)
            return held[-1]
        states = self._states(runs, count, held)
        if count == len(runs):  # else it is about a moment in the past, which nobody else will ask about
            # Remove it first: another thread may evict the oldest entry meanwhile.
            self._held.pop(workload_id, None)
            self._held[workload_id] = states
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return states[-1]

    def refresh(self) -> None:
        """Fold new runs into the held states, so that no caller of :meth:`of` waits for it.

        May be called in another thread than :meth:`of`.
        """
        for workload_id, held in list(self._held.items()):
            runs = self._history.workload(workload_id)
            if held[-1].token is runs.token:
                continue
            states = self._states(runs, len(runs), held)
            if self._held.get(workload_id) is held:  # else another thread was faster, or it is no longer held
                self._held[workload_id] = states

    def _states(self, runs: WorkloadRuns, count: int, held: tuple[Folded[S], ...]) -> tuple[Folded[S], ...]:
        """The state of the first ``count`` runs, after those of fewer runs that are worth keeping."""
        before = [one for one in held if one.run_count <= count]
        while before and not before[-1].is_of(runs):
            before.pop()
        if not before and count > _APART:
            before.append(folded(self._fold, self._runs_of, runs, count - _APART))
        newest = folded(self._fold, self._runs_of, runs, count, before[-1] if before else None)
        # The previous newest is kept only if it is far enough from the one kept before it.
        if len(before) > 1 and before[-1].run_count - before[-2].run_count < _APART:
            before.pop()
        return (*before[-2:], newest)

    def _once(self, workload_id: str) -> tuple[Folded[S], ...]:
        stored = self._stored.pop(workload_id, None)
        if stored is None or self._load is None:
            return ()
        return (Folded(self._load(stored.dumped), stored.run_count, stored.digest),)


def folded(
    fold: Fold[S, R], runs_of: RunsOf[R], runs: WorkloadRuns, count: int, before: Folded[S] | None = None
) -> Folded[S]:
    """The state of the first ``count`` runs, starting from ``before``, which was folded from fewer of them."""
    start = before.run_count if before is not None else 0
    state = before.state if before is not None else fold.initial()
    for run in runs_of(runs.columns(start, count)) if start < count else ():
        state = fold.fold(state, run)
    if before is not None and start == count:
        return before if before.token is runs.token else Folded(state, count, before.digest, runs.token)
    return Folded(state, count, runs.digest(count), runs.token)


def _are_first(run_count: int, digest: str, runs: WorkloadRuns) -> bool:
    return run_count <= len(runs) and digest == runs.digest(run_count)
