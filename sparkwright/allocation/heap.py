"""The heap for the next run: of those that its owner's limits allow, the one of least expected cost."""

from dataclasses import dataclass

import numpy as np

from data_contracts.spark_properties import format_size_mib
from sparkwright.allocation.cost import Doubles, candidates, cheapest, worthwhile_trial
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.allocation.inputs import ENOUGH_RUNS, Inputs
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need import NeedPosterior

_STEP_DOWN = 2 / 3
"""At most a third below the least heap that held or was asked for: what is further away, no run has come near."""
_UNASKED = 5.0
"""Risk over the bound where no heap was asked for and few runs are known: a bound of 1% after one run would ask for
several times what held."""
_LEAST_INPUT_SHARE = 1e-3
"""Of the heap: a run that reads less makes up what fills it, and how much that is its input does not tell."""
_STEADY_RUNS, _SAME_INPUT = 5, 1.02
"""So many inputs in a row that differ by no more than this factor are no chance."""
_NEAR_EDGE = 1.5
"""Within so much of a heap that died, nothing is tried any more: the edge is found."""


@dataclass(frozen=True, slots=True)
class HeapChoice:
    """A heap and why; None where there is no evidence for any, so that none is advised.

    Attributes:
        risk: P(death of the heap); None where too little is known to state one.
        trial: Whether the risk is above what is allowed otherwise, no run held with so little, and it is taken to
            learn.
        rests_on_runs: False where it is what was asked for, because no run says more.
    """

    heap_bytes: int | None
    reason: str
    risk: float | None = None
    trial: bool = False
    rests_on_runs: bool = True


def choose_heap(
    record: HeapRecord,
    posterior: NeedPosterior | None,
    inputs: Inputs,
    asked_bytes: int | None,
    *,
    attempt: int = 1,
    limits: RiskLimits = DEFAULT_LIMITS,
) -> HeapChoice:
    """The heap for the next run.

    Args:
        record: What the runs prove.
        posterior: What they make likely, for the tasks of the next run; None where there are none. One that rests on
            runs of another kind alone, in local mode or not, says nothing.
        inputs: What the next run may read.
        asked_bytes: What the submission sets; None where it sets nothing.
        attempt: 2 is the first retry. What failed before may not have been harvested yet.
        limits: The owner's.
    """
    if posterior is None or not posterior.run_count or not record.runs:
        return _as_asked(record, asked_bytes)
    last = record.runs[-1]
    asked = asked_bytes or last.heap_bytes
    barred = record.died_bytes
    least_held = int(record.held_bytes[0]) if len(record.held) else asked
    known = [heap for heap in (asked, least_held) if heap > barred]
    heaps = candidates(asked, barred, also=np.append(record.held_bytes, asked))
    heaps = heaps[heaps >= (_STEP_DOWN if limits.below_held else 1) * min(known, default=0)]
    why = ""
    if last in record.kills and (heaps >= last.heap_bytes).any():
        heaps = heaps[heaps >= last.heap_bytes]
        why = "; it outgrew its container, which is no reason to lower the heap"
    elif attempt > 1 and last.status != "failed" and (heaps >= asked).any():
        heaps = heaps[heaps >= asked]
        why = "; a retry goes out with no less than was asked for: why the first try failed is not known yet"
    risk = posterior.death_probability(heaps, inputs)
    # What was asked for is the owner's own risk, as long as nothing died of it; where nothing was, the risk is ours.
    least = float(asked) if asked > barred else _least_after_death(record, heaps)
    if asked_bytes is None and asked > barred:
        least = max(least, _least_unasked(heaps, risk, limits))
    chosen, trial = cheapest(heaps, risk, least, limits), False
    edge_found = heaps[chosen] <= _NEAR_EDGE * barred
    if limits.allow_trials and inputs.is_known and attempt == 1 and not why and not edge_found:
        tried = worthwhile_trial(posterior, inputs, heaps, risk, chosen, least, limits)
        if tried is not None:
            chosen, trial = tried, bool(heaps[tried] < least_held)
    heap = int(heaps[chosen])
    says = len(record.runs) >= ENOUGH_RUNS or inputs.middle_bytes >= _LEAST_INPUT_SHARE * heap
    claim = float(risk[chosen]) if inputs.is_known and says else None
    return HeapChoice(heap, _reason(record, heap, claim, asked_bytes, trial) + why, claim, trial)


def _least_after_death(record: HeapRecord, heaps: Doubles) -> float:
    """The least heap that may be advised whatever its risk, once what was asked for has died.

    A bound below all that held would ask a workload that changes for several times its need, and saves it no death
    (simulated). One that reads the same every time has held just above its need, and gains nothing by going on down.
    """
    recent = record.runs.facts.input_bytes[-_STEADY_RUNS:]
    is_steady = len(record.runs) > _STEADY_RUNS and recent.max() <= _SAME_INPUT * recent.min()
    return float(record.held_bytes[0] if is_steady and len(record.held) else heaps[0])


def _least_unasked(heaps: Doubles, risk: Doubles, limits: RiskLimits) -> float:
    """The least heap that may be advised although its risk is above the bound, where nobody asked for any."""
    return float(heaps[min(int((risk > _UNASKED * limits.max_risk).sum()), len(heaps) - 1)])


def _as_asked(record: HeapRecord, asked_bytes: int | None) -> HeapChoice:
    if asked_bytes is None:
        return HeapChoice(
            None, "no run has shown yet which heap is enough, and none was asked for", rests_on_runs=False
        )
    last = record.runs[-1] if record.runs else None
    if last is not None and last in record.kills and asked_bytes < last.heap_bytes:
        return HeapChoice(
            last.heap_bytes, "as in the last run: it outgrew its container, which is no reason to lower the heap"
        )
    return HeapChoice(asked_bytes, "as asked: no run has shown yet which heap is enough", rests_on_runs=False)


def _reason(record: HeapRecord, heap_bytes: int, risk: float | None, asked_bytes: int | None, trial: bool) -> str:
    evidence = record.evidence(heap_bytes)
    if evidence.standing == "proven":
        basis = f"{evidence.run_count} run(s) held with no more at inputs up to {format_size_mib(evidence.input_bytes)}"
    else:
        basis = f"no run held with so little at an input like the next, of {len(record.runs)} run(s)"
    stated = f"{risk:.1%}" if risk is not None else f"not known from {len(record.runs)} run(s) of unknown input"
    said = [f"{'a trial: ' if trial else ''}P(death) {stated}", basis]
    if record.deaths:
        said.append(f"{len(record.deaths)} run(s) died with up to {format_size_mib(record.died_bytes)}")
    if asked_bytes not in {None, heap_bytes}:
        said.append(f"{format_size_mib(asked_bytes)} was asked for")
    return "; ".join(said)
