"""Whether a run would have died of memory under an allocation that it was not given.

Need is only bounded, so there are three answers. ``certain``: the run died of its heap with at least as much, so less
would have killed it, too. ``ruled_out``: the run itself held with no more, or another run of the workload held with no
more while reading at least as much, and no run contradicts that. Everything else is ``undecidable``: a run that held
says nothing about a lower heap.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sparkwright.allocation.beside_heap import ENFORCES_OVERHEAD
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.past import PastRun
from sparkwright.spark.allocation import Allocation

Fate = Literal["certain", "ruled_out", "undecidable"]


@dataclass(frozen=True, slots=True)
class Fated:
    """Whether a run would have died of memory, and why."""

    fate: Fate
    because: str


def fate_under(allocation: Allocation, run: PastRun, known: KnownRuns, told_input_bytes: int | None = None) -> Fated:
    """Decide whether the run would have died of memory under this allocation.

    Args:
        allocation: The allocation that was not applied.
        run: The run as it went.
        known: Comparable runs of its workload, including itself and later ones.
        told_input_bytes: Its input size if stated beforehand; a run that died did not read everything.
    """
    died = run.memory_verdict == "heap_oom"
    heap, tasks = allocation.executor_memory_bytes, allocation.concurrent_tasks
    if died and heap <= run.heap_bytes and tasks >= run.tasks:
        return Fated("certain", "it died of its heap with at least as much")
    if run.held and heap >= run.heap_bytes and tasks <= run.tasks and _beside_is_enough(allocation, run):
        return Fated("ruled_out", "it held with no more")
    read = max(run.input_bytes, told_input_bytes or 0)
    if not read:
        return Fated("undecidable", "what it read was not measured")
    if died and not told_input_bytes:
        return Fated("undecidable", "it died before it had read everything, so no other run compares")
    return _by_others(allocation, known, read)


def _by_others(allocation: Allocation, known: KnownRuns, read: int) -> Fated:
    facts = known.facts
    heap, tasks = allocation.executor_memory_bytes, allocation.concurrent_tasks
    enforced = allocation.platform in ENFORCES_OVERHEAD
    if HeapRecord.of(known, tasks, read).died_bytes >= heap:
        return Fated("undecidable", "another run died with as much while it read no more")
    alike = facts.held & (facts.heap_bytes <= heap) & (facts.tasks >= tasks) & (facts.input_bytes >= read)
    proofs = [one for one in known.at(np.flatnonzero(alike)) if not enforced or _beside_is_enough(allocation, one)]
    if not proofs:
        return Fated("undecidable", "no run held with so little while it read as much")
    if enforced and any(
        one.allocation.container_bytes >= allocation.container_bytes and one.input_bytes <= read
        for one in known.at(np.flatnonzero(facts.killed))
    ):
        return Fated("undecidable", "another run outgrew a container as large while it read no more")
    return Fated("ruled_out", "another run held with no more while it read at least as much")


def _beside_is_enough(allocation: Allocation, run: PastRun) -> bool:
    """Return whether there is as much memory beside the heap as the run had, if that is enforced."""
    if allocation.platform not in ENFORCES_OVERHEAD:
        return True
    beside, had = (one.container_bytes - one.executor_memory_bytes for one in (allocation, run.allocation))
    return beside >= had
