"""Derive the properties to submit with from what is known of a workload, each with its reason."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from data_contracts.api import recommendation
from data_contracts.properties.spark import (
    RESOURCE_PROPERTIES,
    format_size_mib,
    is_size,
    parse_size_bytes,
    with_unit,
)
from sparkwright.allocation.beside_heap import PropertyAdvice, cores, executors, overhead, shuffle_partitions
from sparkwright.allocation.evidence import HeapRecord
from sparkwright.allocation.heap import HeapChoice, choose_heap
from sparkwright.allocation.inputs import Inputs, expected, told
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.limits import DEFAULT_LIMITS, RiskLimits
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.past import PastRun
from sparkwright.allocation.request import requested
from sparkwright.spark.allocation import Allocation, overhead_bytes

InputsOf: TypeAlias = Callable[[Sequence[PastRun]], Inputs]
"""Estimates what the next run may read, from the runs before."""
ForecastOf: TypeAlias = Callable[[Allocation], recommendation.Forecast]
"""Forecasts what a run needs under an allocation."""
Steps: TypeAlias = Generator[Allocation, recommendation.Forecast, "Advice"]
"""Yields an allocation, is sent the forecast under it, and returns the advice."""

_DECIDED_HERE = frozenset({"spark.executor.memory", "spark.executor.memoryOverhead"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What to submit with, and why; the caller adds the decision id and the model versions.

    Attributes:
        allocation: Properties with explicit units; each backed by evidence or set by the user.
        forecast: Forecast under that allocation; None without a forecaster.
        risk: Posterior P(the run dies of its heap); None if too little is known.
        heap_evidence: What is known of the relevant heaps, ascending.
        window: When the first and the last of the runs ended; None if there are none.
    """

    allocation: dict[str, str]
    forecast: recommendation.Forecast | None
    cold: bool
    trial: bool
    risk: float | None
    extrapolated: bool
    observed_run_count: int
    heap_evidence: list[recommendation.HeapEvidence]
    reasons: list[recommendation.Reason]
    window: tuple[datetime, datetime] | None = None


def advise(
    request: recommendation.RecommendRequest,
    past: Sequence[PastRun],
    forecast: ForecastOf | None = None,
    *,
    limits: RiskLimits = DEFAULT_LIMITS,
    posterior: NeedPosterior | None = None,
    inputs_of: InputsOf = expected,
) -> Advice:
    """Return the allocation for the next run of a workload.

    Args:
        request: What the launcher knows.
        past: Every run of the workload that had ended at the moment of the decision, oldest first.
        forecast: Forecasts what a run needs under an allocation, if there is a forecaster; it never lowers a heap.
        limits: The owner's limits; the request may lower the risk.
        posterior: The posterior after all runs of the workload, if the caller keeps it; default: computed from
            ``past``.
        inputs_of: Estimates the input if the request does not state it; default: from earlier runs.
    """
    steps = advising(
        request, past, with_forecast=forecast is not None, limits=limits, posterior=posterior, inputs_of=inputs_of
    )
    try:
        wanted = next(steps)
        while True:
            assert forecast is not None  # without a forecaster nothing is yielded
            wanted = steps.send(forecast(wanted))
    except StopIteration as done:
        advice: Advice = done.value
        return advice


def advising(
    request: recommendation.RecommendRequest,
    past: Sequence[PastRun],
    *,
    with_forecast: bool,
    limits: RiskLimits = DEFAULT_LIMITS,
    posterior: NeedPosterior | None = None,
    inputs_of: InputsOf = expected,
) -> Steps:
    """Advise like :func:`advise`, but yield the allocations to forecast under instead of calling the forecaster.

    One call to a forecaster can then serve many simultaneous decisions. Without a forecaster nothing is yielded.
    """
    given = request.properties.as_conf()
    runs = KnownRuns.of(past).comparable(request.platform)
    asked = requested(given, request.platform, runs[-1] if runs else None)
    record = HeapRecord.of(runs, asked.concurrent_tasks, request.input_bytes)
    heap_property = "spark.driver.memory" if request.platform == "local" else "spark.executor.memory"
    asked_bytes = asked.executor_memory_bytes if heap_property in given else None
    if request.max_risk is not None:
        if request.max_risk > limits.max_risk:
            capped = f"the request accepts a risk of {request.max_risk:.3g}; the owner's limit is {limits.max_risk:.3g}"
            limits = replace(limits, notes=(*limits.notes, capped))
        limits = replace(limits, max_risk=min(limits.max_risk, request.max_risk))
    in_time = _deadline(request.deadline_ms, (yield asked) if with_forecast and request.deadline_ms else None)
    if in_time:
        limits = replace(limits, allow_trials=False)
    inputs = told(request.input_bytes) if request.input_bytes else inputs_of(runs)
    belief = NeedPosterior.of(runs) if posterior is None else posterior
    choice = choose_heap(
        record,
        belief.with_tasks(asked.concurrent_tasks) if belief is not None else None,
        inputs,
        asked_bytes,
        attempt=request.attempt,
        limits=limits,
    )
    heap_bytes = choice.heap_bytes or asked.executor_memory_bytes
    chosen = replace(asked, executor_memory_bytes=heap_bytes)
    beside_heap = overhead(chosen, record, record.proven or (runs[-1] if runs else None), given, limits)
    chosen = _in_force(chosen, beside_heap, given)
    forecasted = (yield chosen) if with_forecast else None
    properties = _sizes_as_asked(given, without={heap_property})
    if choice.heap_bytes is not None:
        properties.append(PropertyAdvice(heap_property, format_size_mib(choice.heap_bytes), choice.reason))
    elif runs:
        properties.append(PropertyAdvice(heap_property, None, f"not advised: {choice.reason}"))
    if request.platform != "local":
        # In local mode the tasks run in the driver's JVM; the executor's properties have no effect there.
        properties += beside_heap
        properties += cores(chosen, given, rests_on_runs=choice.rests_on_runs)
        properties += executors(chosen, runs, given, forecasted)
    properties += shuffle_partitions(chosen, runs, given, forecasted)
    return Advice(
        allocation={one.name: one.value for one in properties if one.value is not None},
        forecast=forecasted,
        cold=not runs,
        trial=choice.trial,
        risk=choice.risk,
        extrapolated=not record.saw(heap_bytes),
        observed_run_count=len(runs),
        heap_evidence=_heap_evidence(record, choice, asked_bytes),
        reasons=[
            recommendation.Reason(property="*", text=_summary(runs, forecasted)),
            *(recommendation.Reason(property="*", text=text) for text in (*limits.notes, *in_time)),
            *(recommendation.Reason(property=one.name, text=one.reason) for one in properties),
        ],
        window=(runs[0].ended_at, runs[-1].ended_at) if runs else None,
    )


def _in_force(chosen: Allocation, beside_heap: Sequence[PropertyAdvice], given: Mapping[str, str]) -> Allocation:
    """Return the allocation with the memory that goes with the advised heap, as the harvest will see it."""
    if chosen.platform == "local":
        return replace(chosen, driver_memory_bytes=chosen.executor_memory_bytes)
    derived = overhead_bytes(given, chosen.platform, chosen.executor_memory_bytes)
    sizes = [parse_size_bytes(one.value) for one in beside_heap if one.value is not None]
    return replace(chosen, executor_memory_overhead_bytes=max(sizes, default=derived))


def _sizes_as_asked(given: Mapping[str, str], without: set[str]) -> list[PropertyAdvice]:
    return [
        PropertyAdvice(name, format_size_mib(parse_size_bytes(with_unit(name, value))), "as asked")
        for name, value in given.items()
        if name in RESOURCE_PROPERTIES and name not in _DECIDED_HERE and name not in without and is_size(name)
    ]


def _heap_evidence(
    record: HeapRecord, choice: HeapChoice, asked_bytes: int | None
) -> list[recommendation.HeapEvidence]:
    """Return the evidence for the advised, the requested and the proven heap, and for the largest that died."""
    if not record.runs:
        return []
    proven = record.proven
    heaps = {choice.heap_bytes, asked_bytes, proven.heap_bytes if proven else None, record.died_bytes or None}
    return [record.evidence(heap) for heap in sorted(heap for heap in heaps if heap is not None)]


def _deadline(deadline_ms: int | None, forecast: recommendation.Forecast | None) -> list[str]:
    """Say why a second attempt would be too late, and whether the first may be; empty if there is time for both."""
    if deadline_ms is None:
        return []
    if forecast is None:
        return ["without a forecast it is unknown whether there is time for a second try: no trial"]
    duration = forecast.duration_ms
    reasons = []
    if 2 * duration.p90 > deadline_ms:
        reasons.append(f"no time for a second try within {deadline_ms / 1000:.0f} s: no trial")
    if duration.p90 > deadline_ms:
        reasons.append(
            f"expected to end within {deadline_ms / 1000:.0f} s, but one run in ten takes {duration.p90 / 1000:.0f} s "
            "or more: no heap can fix that, give it more executors or more time"
        )
    return reasons


def _summary(runs: Sequence[PastRun], forecast: recommendation.Forecast | None) -> str:
    basis = f"from {len(runs)} earlier run(s) of this workload" if runs else "no run of this workload was seen"
    if forecast is None:
        return basis
    duration = forecast.duration_ms
    return (
        f"{basis}; forecast: {duration.p50 / 1000:.0f} s "
        f"({duration.p10 / 1000:.0f} to {duration.p90 / 1000:.0f} s in four of five runs)"
    )
