"""What the runs of a workload prove about its heap.

Need is never observed. A heap that held for an input says "no more than this" for that input and all smaller ones, one
that died "more than this" for that input and all larger ones. Heap and input always come from the same run. Between
the two nothing is known, and no number is made up for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from data_contracts.api import HeapEvidence
from sparkwright.allocation.past import PastRun

RECENT_RUNS = 16
"""Runs that say how large the next input may be; proofs and deaths count whenever they were."""
INPUT_MARGIN = 1.25
"""The next input may exceed the largest recent one by this factor: deaths count up to there, and a heap that held for
the largest recent one counts as proven for it."""
ENOUGH_RUNS = 3
"""So many runs that held are preferred as a proof over fewer."""
_OUTLIVED_BY, _JUST_ABOVE = 5, 1.3
"""A death bars its heap until so many later runs held just above it, with as much input and as many tasks: then the
posterior says what the risk is."""


@dataclass(frozen=True, slots=True)
class HeapRecord:
    """The evidence for one question: the next run, with an input and a number of tasks that share a heap.

    Attributes:
        runs: Comparable runs, oldest first.
        proof_input_bytes: A heap is proven where it held for at least this much.
        deaths: Runs that died of their heap with no more input and no more tasks than the next run will have, but for
            those that a change of the workload has outdated.
        kills: The same of runs whose container outgrew heap + overhead.
        held: Runs that held, with at least as many tasks, under a heap that is not barred; smallest heap first, of one
            heap the smallest input first.
    """

    runs: tuple[PastRun, ...]
    proof_input_bytes: int
    deaths: tuple[PastRun, ...]
    kills: tuple[PastRun, ...]
    held: tuple[PastRun, ...]

    @classmethod
    def of(cls, runs: Sequence[PastRun], tasks: int, input_bytes: int | None = None) -> "HeapRecord":
        """The record of all ``runs``, oldest first.

        Args:
            runs: Every comparable run of the workload: a death is never forgotten.
            tasks: Tasks that will share the heap.
            input_bytes: What the next run will read; None where nobody knows, which counts as ``INPUT_MARGIN`` times
                the largest of the recent runs.
        """
        largest = max((run.input_bytes for run in runs[-RECENT_RUNS:]), default=0)
        # Nobody knows of a run that reads nothing: an input of 0 is one that was not measured.
        proof, most = (input_bytes, input_bytes) if input_bytes else (largest, int(largest * INPUT_MARGIN))
        against = [run for run in runs if run.input_bytes <= most and run.tasks <= tasks]
        deaths = tuple(run for run in against if run.memory_verdict == "heap_oom" and not _outlived(run, runs))
        died = max((run.heap_bytes for run in deaths), default=0)
        held = [run for run in runs if run.held and run.tasks >= tasks and run.heap_bytes > died]
        return cls(
            tuple(runs),
            proof,
            deaths,
            tuple(run for run in against if run.memory_verdict == "container_kill"),
            tuple(sorted(held, key=lambda run: (run.heap_bytes, run.input_bytes))),
        )

    @property
    def died_bytes(self) -> int:
        """This heap and every smaller one is barred; 0 where none is."""
        return max((run.heap_bytes for run in self.deaths), default=0)

    def evidence(self, heap_bytes: int) -> HeapEvidence:
        """What is known of one heap: ``proven`` by runs that held with no more, ``died``, or ``never_tried``."""
        died = [run for run in self.deaths if run.heap_bytes >= heap_bytes]
        held = [run for run in self.held if run.heap_bytes <= heap_bytes]
        held_input = max((run.input_bytes for run in held), default=-1)
        if died:
            least = min(run.input_bytes for run in died)
            return HeapEvidence(
                executor_memory_bytes=heap_bytes, standing="died", run_count=len(died), input_bytes=least
            )
        if held_input >= self.proof_input_bytes:
            return HeapEvidence(
                executor_memory_bytes=heap_bytes, standing="proven", run_count=len(held), input_bytes=held_input
            )
        return HeapEvidence(
            executor_memory_bytes=heap_bytes, standing="never_tried", run_count=0, input_bytes=self.proof_input_bytes
        )

    @property
    def proven(self) -> PastRun | None:
        """The run whose heap is proven for the next input: the least one with enough runs behind it.

        Where no heap has that many, the one that most runs speak for, which is the largest.
        """
        found, count, largest = None, 0, -1
        for _, same in groupby(self.held, key=lambda run: run.heap_bytes):
            group = list(same)
            count, largest = count + len(group), max(largest, *(run.input_bytes for run in group))
            if largest >= self.proof_input_bytes:
                found = group[-1]
                if count >= ENOUGH_RUNS:
                    break
        return found

    def saw(self, heap_bytes: int) -> bool:
        """Whether the heap lies within what was seen."""
        heaps = [run.heap_bytes for run in self.runs]
        return bool(heaps) and min(heaps) <= heap_bytes <= max(heaps)


def _outlived(death: PastRun, runs: Sequence[PastRun]) -> bool:
    later = (
        run.held
        and run.ended_at > death.ended_at
        and death.heap_bytes < run.heap_bytes <= _JUST_ABOVE * death.heap_bytes
        and run.input_bytes >= death.input_bytes
        and run.tasks >= death.tasks
        for run in runs
    )
    return sum(later) >= _OUTLIVED_BY
