"""What the runs of a workload prove about its heap.

Need is never observed. A heap that held for an input says "no more than this" for that input and all smaller ones; one
that died says "more than this" for that input and all larger ones. Heap and input always come from the same run.
Between the two nothing is known, and no number is invented.

Shapes: D deaths, H runs that held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data_contracts.api.recommendation import HeapEvidence
from sparkwright.allocation.known_runs import Flags, Integers, KnownRuns, RunFacts
from sparkwright.allocation.past import PastRun

RECENT_RUNS = 16
"""Number of latest runs that indicate how large the next input may be; proofs and deaths count however old."""
INPUT_MARGIN = 1.25
"""The next input may exceed the largest recent one by this factor: deaths count up to there, and a heap that held for
the largest recent one counts as proven for it."""
ENOUGH_RUNS = 3
"""A proof by this many runs that held is preferred over one by fewer."""
_OUTLIVED_BY, _JUST_ABOVE = 5, 1.3
"""A death bars its heap until this many later runs held at most this factor above it, with at least as much input and
as many tasks: from then on the posterior decides the risk."""
_DEATHS_AT_ONCE = 64
"""Deaths compared with all runs at once: bounds the memory that a history of nothing but deaths takes."""


@dataclass(frozen=True, slots=True, eq=False)
class HeapRecord:
    """The evidence for one next run, with its input and the number of tasks that share a heap.

    Attributes:
        runs: Comparable runs, oldest first.
        proof_input_bytes: A heap is proven if it held for at least this input.
        deaths: Runs that died of their heap with no more input and no more tasks than the next run will have, except
            deaths that were outlived (see ``_OUTLIVED_BY``).
        kills: Runs whose container outgrew heap + overhead, with no more input and tasks.
        died_bytes: This heap and every smaller one is barred; 0 if none is.
        held: Positions ``[H]`` of runs that held, with at least as many tasks, under a heap that is not barred;
            sorted by heap, then by input.
        held_bytes: Their heaps ``[H]``.
        held_input_bytes: The largest input that each heap or a smaller one held for ``[H]``.
    """

    runs: KnownRuns
    proof_input_bytes: int
    deaths: tuple[PastRun, ...]
    kills: tuple[PastRun, ...]
    died_bytes: int
    held: Integers
    held_bytes: Integers
    held_input_bytes: Integers

    @classmethod
    def of(cls, runs: Sequence[PastRun], tasks: int, input_bytes: int | None = None) -> "HeapRecord":
        """Build the record of all ``runs``, oldest first.

        Args:
            runs: Every comparable run of the workload: a death is never forgotten.
            tasks: Tasks that will share the heap.
            input_bytes: What the next run will read; None if unknown: then a heap is proven for the largest recent
                input, and deaths count up to ``INPUT_MARGIN`` times that.
        """
        runs = KnownRuns.of(runs)
        facts, proofs = runs.facts, runs.once(_proofs)
        # No run reads nothing: an input of 0 was not measured.
        proof, largest = (
            (input_bytes, input_bytes)
            if input_bytes
            else (proofs.largest_bytes, int(proofs.largest_bytes * INPUT_MARGIN))
        )

        def against(positions: Integers) -> Integers:
            if not len(positions):
                return positions
            return positions[(facts.input_bytes[positions] <= largest) & (facts.tasks[positions] <= tasks)]

        deaths = against(proofs.deaths)
        died = int(facts.heap_bytes[deaths].max(initial=0))
        counts = (proofs.held_tasks >= tasks) & (proofs.held_bytes > died)
        return cls(
            runs,
            proof,
            tuple(runs.at(deaths)),
            tuple(runs.at(against(proofs.kills))),
            died,
            proofs.held[counts],
            proofs.held_bytes[counts],
            np.maximum.accumulate(proofs.held_input_bytes[counts]),
        )

    def evidence(self, heap_bytes: int) -> HeapEvidence:
        """Return what is known of one heap: ``proven`` by runs that held with no more, ``died``, or ``never_tried``."""
        died = [run for run in self.deaths if run.heap_bytes >= heap_bytes]
        held_count = int(self.held_bytes.searchsorted(heap_bytes, side="right"))
        held_input = int(self.held_input_bytes[held_count - 1]) if held_count else -1
        if died:
            smallest = min(run.input_bytes for run in died)
            return HeapEvidence(
                executor_memory_bytes=heap_bytes, standing="died", run_count=len(died), input_bytes=smallest
            )
        if held_input >= self.proof_input_bytes:
            return HeapEvidence(
                executor_memory_bytes=heap_bytes, standing="proven", run_count=held_count, input_bytes=held_input
            )
        return HeapEvidence(
            executor_memory_bytes=heap_bytes, standing="never_tried", run_count=0, input_bytes=self.proof_input_bytes
        )

    @property
    def proven(self) -> PastRun | None:
        """The run whose heap is proven for the next input: the smallest heap with enough runs behind it.

        If no heap has that many, the one with the most runs behind it, which is the largest. None if none is proven.
        """
        first = int(self.held_input_bytes.searchsorted(self.proof_input_bytes))
        if first == len(self.held):
            return None
        enough = min(max(first, ENOUGH_RUNS - 1), len(self.held) - 1)
        # All runs with that heap count for it.
        last = int(self.held_bytes.searchsorted(self.held_bytes[enough], side="right")) - 1
        return self.runs[int(self.held[last])]

    def saw(self, heap_bytes: int) -> bool:
        """Return whether the heap lies within the range of heaps seen."""
        heaps = self.runs.facts.heap_bytes
        return bool(len(heaps)) and bool(heaps.min() <= heap_bytes <= heaps.max())


class _Proofs(NamedTuple):
    """What runs prove regardless of the next run; runs are given by position.

    Attributes:
        largest_bytes: The largest of the recent inputs.
        deaths: Deaths of the heap that were not outlived, in order.
        kills: Kills because the container was outgrown, in order.
        held: Runs that held ``[H]``, sorted by heap, then by input.
        held_bytes: Their heaps ``[H]``.
        held_input_bytes: Their inputs ``[H]``.
        held_tasks: The tasks that shared those heaps ``[H]``.
    """

    largest_bytes: int
    deaths: Integers
    kills: Integers
    held: Integers
    held_bytes: Integers
    held_input_bytes: Integers
    held_tasks: Integers


def _proofs(runs: KnownRuns) -> _Proofs:
    facts = runs.facts
    deaths = np.flatnonzero(facts.died)
    held = np.flatnonzero(facts.held)
    held = held[np.lexsort((facts.input_bytes[held], facts.heap_bytes[held]))]
    return _Proofs(
        int(facts.input_bytes[-RECENT_RUNS:].max(initial=0)),
        deaths[~_outlived(facts, deaths)],
        np.flatnonzero(facts.killed),
        held,
        *(column[held] for column in (facts.heap_bytes, facts.input_bytes, facts.tasks)),
    )


def _outlived(facts: RunFacts, deaths: Integers) -> Flags:
    """Return which of the deaths at these positions ``[D]`` were outlived by enough later runs."""
    outlived = np.zeros(len(deaths), dtype=np.bool_)
    if not len(deaths):
        return outlived
    heap, tasks, read, ended = (
        column[facts.held] for column in (facts.heap_bytes, facts.tasks, facts.input_bytes, facts.ended_us)
    )
    for start in range(0, len(deaths), _DEATHS_AT_ONCE):
        some = deaths[start : start + _DEATHS_AT_ONCE, None]
        died_with = facts.heap_bytes[some]
        later = (heap > died_with) & (heap <= _JUST_ABOVE * died_with) & (ended > facts.ended_us[some])
        later &= (read >= facts.input_bytes[some]) & (tasks >= facts.tasks[some])
        outlived[start : start + _DEATHS_AT_ONCE] = np.count_nonzero(later, axis=1) >= _OUTLIVED_BY
    return outlived
