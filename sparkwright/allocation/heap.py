"""Which heap: one that is proven where there is one, up after a death, and never down on a guess."""

from dataclasses import dataclass

from data_contracts.spark_properties import format_size_mib
from sparkwright.allocation.evidence import INPUT_MARGIN, HeapRecord
from sparkwright.allocation.trial import LEAST_HEAP_BYTES, rounded_up, trial_heap

_STEP_UP, _STEP_UP_RETRY = 1.5, 2.0
"""After a death where no larger heap is proven; a retry has failed before, so it takes the larger step."""


@dataclass(frozen=True, slots=True)
class HeapChoice:
    """A heap and why; None where there is no evidence for any, so that none is advised.

    Attributes:
        rests_on_runs: False where it is what was asked for, because no run says more.
    """

    heap_bytes: int | None
    reason: str
    trial: bool = False
    rests_on_runs: bool = True


def choose_heap(
    record: HeapRecord, asked_bytes: int | None, *, attempt: int = 1, allow_trials: bool = False
) -> HeapChoice:
    """The heap for the next run.

    Args:
        record: What is known.
        asked_bytes: What the submission sets; None where it sets nothing.
        attempt: 2 is the first retry. What failed before may not have been harvested yet.
        allow_trials: Whether a heap below the proven one may be advised.
    """
    last = record.runs[-1] if record.runs else None
    killed = last if last is not None and last in record.kills else None
    if record.proven is not None:
        choice = _proven(record, asked_bytes, attempt=attempt)
        if allow_trials and attempt == 1 and killed is None and (trial := trial_heap(record)):
            return HeapChoice(
                trial.executor_memory_bytes, f"{format_size_mib(trial.executor_memory_bytes)}, {trial.reason}", True
            )
    else:
        choice = _unproven(record, asked_bytes, attempt=attempt)
    if killed is not None and choice.heap_bytes is not None and choice.heap_bytes < killed.heap_bytes:
        return HeapChoice(
            killed.heap_bytes, "as in the last run: it outgrew its container, which is no reason to lower the heap"
        )
    return choice


def _proven(record: HeapRecord, asked_bytes: int | None, *, attempt: int) -> HeapChoice:
    proven = record.proven
    assert proven is not None
    if attempt > 1 and asked_bytes is not None and asked_bytes > proven.heap_bytes:
        return HeapChoice(asked_bytes, "as asked: a retry goes out with no less than was asked for")
    evidence = record.evidence(proven.heap_bytes)
    return HeapChoice(
        proven.heap_bytes,
        f"proven by {evidence.run_count} run(s) at inputs up to {format_size_mib(evidence.input_bytes)}"
        + (f"; {format_size_mib(asked_bytes)} was asked for" if asked_bytes not in {None, proven.heap_bytes} else ""),
    )


def _unproven(record: HeapRecord, asked_bytes: int | None, *, attempt: int) -> HeapChoice:
    died = record.died_bytes
    step = rounded_up((_STEP_UP if attempt == 1 else _STEP_UP_RETRY) * died)
    least = max(step, LEAST_HEAP_BYTES) if died else asked_bytes
    held = max(record.held, key=lambda run: run.input_bytes, default=None)
    if died and held is not None and held.input_bytes * INPUT_MARGIN < record.proof_input_bytes:
        held = None  # it held for so much less that one step above the death says more
    if held is not None and held.heap_bytes > (least or 0):
        return HeapChoice(
            held.heap_bytes,
            f"held for {format_size_mib(held.input_bytes)} of input, the most so far; the next run may read more, "
            "for which no heap is proven",
        )
    if died:
        return HeapChoice(
            least,
            f"{len(record.deaths)} run(s) died of memory with up to {format_size_mib(died)}, and no larger heap has "
            "held for this input: one step up",
        )
    if asked_bytes is not None:
        return HeapChoice(
            asked_bytes, "as asked: no run has shown yet which heap is enough for this input", rests_on_runs=False
        )
    return HeapChoice(None, "no run has shown yet which heap is enough, and none was asked for", rests_on_runs=False)
