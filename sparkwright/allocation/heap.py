"""Choose the heap for the next run: the lowest expected cost within its owner's limits."""

from dataclasses import dataclass

import numpy as np

from data_contracts.properties.spark import format_size_mib
from sparkwright.allocation.cost import Doubles, candidates, cheapest, worthwhile_trial
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.allocation.inputs import ENOUGH_RUNS, Inputs
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need import NeedPosterior
from sparkwright.spark.figures import size

_STEP_DOWN = 2 / 3
"""At most a third below the smallest heap that held or was asked for: no run has come near anything lower."""
_UNASKED = 5.0
"""Factor on the risk bound if no heap was asked for and few runs are known: a bound of 1% after one run would ask for
several times what held."""
_MIN_INPUT_SHARE = 1e-3
"""Minimum input as a share of the heap: a run that reads less generates its own data, so its input says little."""
_STEADY_RUNS, _SAME_INPUT = 5, 1.02
"""This many inputs in a row within this factor are no coincidence."""
_NEAR_EDGE = 1.5
"""Within this factor of a heap that died, no more trials: the limit is found."""


@dataclass(frozen=True, slots=True)
class HeapChoice:
    """A heap and why; None if there is no evidence for any, so that none is advised.

    Attributes:
        risk: P(the run dies of its heap); None if too little is known to state one.
        trial: Whether no run held with so little and it is chosen to learn, at a risk above the usual limit.
        rests_on_runs: False if it is the requested heap, because no run says more.
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
    """Choose the heap for the next run.

    Args:
        record: What the runs prove.
        posterior: What they make likely, for the tasks of the next run; None without runs. It is ignored if no
            comparable run (in local mode or not) exists.
        inputs: What the next run may read.
        asked_bytes: The heap that the submission sets; None if it sets none.
        attempt: 2 is the first retry. The failed attempt may not have been harvested yet.
        limits: The owner's limits.
    """
    if posterior is None or not posterior.run_count or not record.runs:
        return _as_asked(record, asked_bytes)
    last = record.runs[-1]
    asked = asked_bytes or last.heap_bytes
    barred = record.died_bytes
    min_held = int(record.held_bytes[0]) if len(record.held) else asked
    known = [heap for heap in (asked, min_held) if heap > barred]
    heaps = candidates(asked, barred, also=np.append(record.held_bytes, asked))
    heaps = heaps[heaps >= (_STEP_DOWN if limits.below_held else 1) * min(known, default=0)]
    why = ""
    if last in record.kills and (heaps >= last.heap_bytes).any():
        heaps = heaps[heaps >= last.heap_bytes]
        why = "; it outgrew its container, which is no reason to lower the heap"
    elif attempt > 1 and last.status != "failed" and (heaps >= asked).any():
        heaps = heaps[heaps >= asked]
        why = "; a retry gets no less than was asked for: why the first try failed is not known yet"
    risk = posterior.death_probability(heaps, inputs)
    # A requested heap is the owner's own risk, as long as no run died of it; without a request the risk is ours.
    minimum = float(asked) if asked > barred else _min_after_death(record, heaps)
    if asked_bytes is None and asked > barred:
        minimum = max(minimum, _min_unasked(heaps, risk, limits))
    chosen, trial = cheapest(heaps, risk, minimum, limits), False
    edge_found = heaps[chosen] <= _NEAR_EDGE * barred
    if limits.allow_trials and inputs.is_known and attempt == 1 and not why and not edge_found:
        tried = worthwhile_trial(posterior, inputs, heaps, risk, chosen, minimum, limits)
        if tried is not None:
            chosen, trial = tried, bool(heaps[tried] < min_held)
    heap = int(heaps[chosen])
    is_informative = len(record.runs) >= ENOUGH_RUNS or inputs.middle_bytes >= _MIN_INPUT_SHARE * heap
    claim = float(risk[chosen]) if inputs.is_known and is_informative else None
    return HeapChoice(heap, _reason(record, heap, claim, asked_bytes, trial) + why, claim, trial)


def _min_after_death(record: HeapRecord, heaps: Doubles) -> float:
    """Return the smallest heap that may be advised whatever its risk, once a run died of the requested heap.

    In simulations, enforcing the risk bound on all heaps that held asked a changing workload for several times its need
    and saved no death. A workload that always reads the same has held just above its need, and gains nothing below.
    """
    recent = record.runs.facts.input_bytes[-_STEADY_RUNS:]
    is_steady = len(record.runs) > _STEADY_RUNS and recent.max() <= _SAME_INPUT * recent.min()
    return float(record.held_bytes[0] if is_steady and len(record.held) else heaps[0])


def _min_unasked(heaps: Doubles, risk: Doubles, limits: RiskLimits) -> float:
    """Return the smallest heap that may be advised although its risk is above the bound, if none was asked for."""
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
        inputs = f" at inputs up to {size(evidence.input_bytes)}" if evidence.input_bytes else ""
        basis = f"{evidence.run_count} run(s) held with no more{inputs}"
    else:
        basis = f"no run held with so little at an input like the next, of {len(record.runs)} run(s)"
    stated = f"{risk:.1%}" if risk is not None else f"not known from {len(record.runs)} run(s) of unknown input"
    parts = [f"{'a trial: ' if trial else ''}P(death) {stated}", basis]
    if record.deaths:
        parts.append(f"{len(record.deaths)} run(s) died with up to {format_size_mib(record.died_bytes)}")
    if asked_bytes not in {None, heap_bytes}:
        parts.append(f"{format_size_mib(asked_bytes)} was asked for")
    return "; ".join(parts)
