"""A workload's sizing for reports: what it has, what is proven, and what could be tried; needs no request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data_contracts.api.recommendation import HeapEvidence
from data_contracts.properties.spark import format_size_mib
from sparkwright.allocation.evidence import ENOUGH_RUNS, HeapRecord
from sparkwright.allocation.heap import choose_heap
from sparkwright.allocation.inputs import expected
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.past import PastRun
from sparkwright.spark.allocation import Allocation
from sparkwright.spark.figures import size


@dataclass(frozen=True, slots=True)
class TrialHeap:
    """A heap below the proven one that is likely enough, and why."""

    executor_memory_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sizing:
    """The sizing of one workload.

    Attributes:
        current: What the last run had.
        current_evidence: What is known of its heap.
        proven: The proven allocation: heap and overhead of the run that proves it, the rest as in the last run;
            ``current`` if its heap held, though in fewer runs than preferred; None if nothing is proven.
        proven_evidence: What it rests on.
        trial: A lower heap that could be tried; None if nothing suggests one.
        reason: Why it is proven, or why nothing is.
    """

    current: Allocation
    current_evidence: HeapEvidence
    proven: Allocation | None
    proven_evidence: HeapEvidence | None
    trial: TrialHeap | None
    reason: str


def sizing(past: Sequence[PastRun]) -> Sizing | None:
    """Size a workload from all its runs, oldest first; None if it has none."""
    if not past:
        return None
    current = past[-1].allocation
    runs = KnownRuns.of(past).comparable(current.platform)
    record = HeapRecord.of(runs, current.concurrent_tasks)
    run = record.proven
    if run is None:
        died = record.died_bytes
        why = (
            f"died with {format_size_mib(died)}, and no larger heap has held for this input"
            if died
            else ("no run with a verdict on its memory held for the largest recent input")
        )
        return Sizing(current, record.evidence(current.executor_memory_bytes), None, None, None, why)
    standing = record.evidence(current.executor_memory_bytes)
    if standing.standing == "proven" and run.heap_bytes > current.executor_memory_bytes:
        # Few runs behind a heap are a reason not to lower it, but not to ask for more than what held.
        return Sizing(current, standing, current, standing, None, _proven_by(standing))
    evidence = record.evidence(run.heap_bytes)
    proven = replace(
        current,
        executor_memory_bytes=run.heap_bytes,
        executor_memory_overhead_bytes=run.allocation.executor_memory_overhead_bytes,
    )
    return Sizing(current, standing, proven, evidence, _trial(record, runs, proven), _proven_by(evidence))


def _trial(record: HeapRecord, runs: Sequence[PastRun], proven: Allocation) -> TrialHeap | None:
    """Return the heap the posterior would advise, if enough runs held and it is below the proven one."""
    belief = NeedPosterior.of(runs)
    if belief is None or len(record.held) < ENOUGH_RUNS:
        return None
    heap = proven.executor_memory_bytes
    choice = choose_heap(record, belief.with_tasks(proven.concurrent_tasks), expected(runs), heap)
    if choice.heap_bytes is None or choice.heap_bytes >= heap:
        return None
    return TrialHeap(choice.heap_bytes, choice.reason)


def _proven_by(evidence: HeapEvidence) -> str:
    inputs = f" at inputs up to {size(evidence.input_bytes)}" if evidence.input_bytes else ""
    return f"proven by {evidence.run_count} run(s){inputs}"
