"""From a forecast to the properties to submit with, each with the reason it rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from data_contracts import api
from data_contracts.spark_properties import MIB, format_size_mib, is_size, parse_size_bytes, with_unit
from sparkwright.allocation.heap import HeapChoice, MemoryRecord, choose_heap
from sparkwright.allocation.properties import ENFORCES_OVERHEAD, PastRun, requested
from sparkwright.features.columns import REQUIREMENTS, Candidate
from sparkwright.features.windows import HistoryIndex
from sparkwright.forecast.forecaster import Forecaster

RISK_BOUND = 0.05
"""Accepted P(out of memory) of a run."""

_PARTITION_BYTES = 64 * MIB
"""``spark.sql.adaptive.advisoryPartitionSizeInBytes``: what adaptive execution merges partitions up to."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to submit with, and why; the service adds the decision id and the model versions."""

    allocation: dict[str, str]
    forecast: api.Forecast
    cold: bool
    trial: bool
    extrapolated: bool
    observed_run_count: int
    reasons: list[api.Reason]


def recommend(
    forecaster: Forecaster,
    index: HistoryIndex,
    request: api.RecommendRequest,
    workload_id: str,
    at: datetime,
    risk_bound: float = RISK_BOUND,
) -> Advice:
    """The allocation for the next run of a workload, from what was known of it at the moment ``at``.

    Args:
        forecaster: The model.
        index: Runs of all workloads.
        request: What the launcher knows.
        workload_id: The workload the request belongs to.
        at: Moment of the decision, with a time zone: runs that had not ended by then are not looked at.
        risk_bound: Accepted P(out of memory).
    """
    start, stop = index.span(workload_id, at, forecaster.context_length)
    past = _past_runs(index, start, stop)
    asked = requested(request, past[-1] if past else None)
    record = MemoryRecord.of(past, asked.concurrent_tasks)
    history = index.history(workload_id, at, forecaster.context_length)
    choice = choose_heap(forecaster, history, asked, record, risk_bound)
    chosen = choice.candidates[choice.chosen]
    forecast = _forecast(forecaster, choice, record)

    given = request.properties.as_conf()
    answer: dict[str, tuple[str, str]] = {}
    answer |= {
        name: (format_size_mib(parse_size_bytes(with_unit(name, value))), "as asked")
        for name, value in given.items()
        if is_size(name) and not name.startswith("spark.executor.memory")
    }
    if request.platform == "local":
        # In local mode the tasks run in the driver's JVM; the executor's properties have no effect there.
        answer["spark.driver.memory"] = (format_size_mib(chosen.executor_memory_bytes), choice.reason)
    else:
        answer["spark.executor.memory"] = (format_size_mib(chosen.executor_memory_bytes), choice.reason)
        answer |= _overhead(asked, chosen, past, given)
        answer |= _cores(chosen, past, given)
        answer |= _executors(chosen, past, given, forecast)
    answer |= _shuffle_partitions(chosen, past, given, forecast)
    extrapolated = not record.saw(chosen.executor_memory_bytes)
    trial = record.proven_bytes is not None and chosen.executor_memory_bytes < record.proven_bytes
    return Advice(
        allocation={name: value for name, (value, _) in answer.items()},
        forecast=forecast,
        cold=not past,
        trial=trial,
        extrapolated=extrapolated,
        observed_run_count=len(past),
        reasons=[
            api.Reason(property="*", text=_summary(forecast, len(past), extrapolated)),
            *(api.Reason(property=name, text=reason) for name, (_, reason) in answer.items()),
        ],
    )


def _past_runs(index: HistoryIndex, start: int, stop: int) -> list[PastRun]:
    names = [field.name for field in fields(PastRun)]
    return [PastRun(**row) for row in index.rows.slice(start, stop - start).select(names).to_pylist()]


def _forecast(forecaster: Forecaster, choice: HeapChoice, record: MemoryRecord) -> api.Forecast:
    levels = [forecaster.quantiles.index(level) for level in (0.1, 0.5, 0.9)]
    quantiles = {
        name: dict(zip(("p10", "p50", "p90"), values, strict=True))
        for name, values in zip(
            REQUIREMENTS, choice.forecasts.quantiles[0, choice.chosen][:, levels].tolist(), strict=True
        )
    }
    risk = [
        api.MemoryRisk(
            executor_memory_bytes=candidate.executor_memory_bytes,
            probability=probability,
            extrapolated=not record.saw(candidate.executor_memory_bytes),
        )
        for candidate, probability in zip(choice.candidates, choice.forecasts.oom_probability[0].tolist(), strict=True)
    ]
    return api.Forecast.model_validate({**quantiles, "memory_risk": risk})


def _overhead(
    asked: Candidate, chosen: Candidate, past: list[PastRun], given: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Memory beside the heap, where the cluster manager enforces it."""
    name = "spark.executor.memoryOverhead"
    if chosen.platform not in ENFORCES_OVERHEAD:
        return {}
    killed = [run for run in past if run.memory_verdict == "container_kill"]
    if killed:
        largest = max(run.executor_memory_overhead_bytes for run in killed)
        size = max(chosen.executor_memory_overhead_bytes, largest + max(largest // 2, 512 * MIB))
        reason = f"{len(killed)} run(s) outgrew their container with an overhead of {format_size_mib(largest)}"
    else:
        size = chosen.executor_memory_overhead_bytes
        if name in given:
            reason = "as asked"
        else:
            # Spark's default is a share of the heap: a larger heap brings more, a smaller one must not take it away.
            growth = max(1.0, chosen.executor_memory_bytes / asked.executor_memory_bytes)
            size = int(size * growth)
            reason = "Spark's default for the heap, not below what the last run had" if past else "Spark's default"
    return {name: (format_size_mib(size), reason)}


def _cores(chosen: Candidate, past: list[PastRun], given: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Cores of an executor: they say how many tasks share the heap, so they stay as they were."""
    cores = str(chosen.executor_cores_count)
    if "spark.executor.cores" in given:
        return {"spark.executor.cores": (cores, "as asked")}
    if past:
        reason = f"as in the last run: {chosen.concurrent_tasks} task(s) share a heap, and its size rests on that"
        return {"spark.executor.cores": (cores, reason)}
    return {}


def _executors(
    chosen: Candidate, past: list[PastRun], given: Mapping[str, str], forecast: api.Forecast
) -> dict[str, tuple[str, str]]:
    """Number of executors: as asked, or under dynamic allocation between which numbers."""
    answer = {
        name: (given[name], "as asked") for name in ("spark.executor.instances", "spark.cores.max") if name in given
    }
    if not chosen.dynamic_allocation:
        return answer
    prefix = "spark.dynamicAllocation"
    least = int(given.get(f"{prefix}.minExecutors", "0"))
    asked_most = given.get(f"{prefix}.maxExecutors", "")
    observed_most = max((run.executor_count for run in past), default=0)
    most = int(asked_most) if asked_most.isdigit() else observed_most or None
    busy = forecast.executor_run_time_ms.p50 / max(1.0, forecast.duration_ms.p50) / chosen.concurrent_tasks
    # Spark starts with the largest of the three itself (Utils.getDynamicAllocationInitialExecutors).
    floor = max(
        least, int(given.get(f"{prefix}.initialExecutors", "0")), int(given.get("spark.executor.instances", "0"))
    )
    initial = max(floor, min(math.ceil(busy), most if most is not None else floor))
    most = None if most is None else max(most, initial, 1)
    answer[f"{prefix}.enabled"] = ("true", "as asked" if f"{prefix}.enabled" in given else "as in the last run")
    answer[f"{prefix}.minExecutors"] = (str(least), "as asked" if f"{prefix}.minExecutors" in given else "Spark's own")
    answer[f"{prefix}.initialExecutors"] = (
        str(initial),
        f"the forecast keeps {busy:.1f} executor(s) busy on average; not below what was asked for",
    )
    if most is not None:
        reason = "as asked" if asked_most.isdigit() else f"the most that were seen at once in {len(past)} run(s)"
        answer[f"{prefix}.maxExecutors"] = (str(most), reason)
    return answer


def _shuffle_partitions(
    chosen: Candidate, past: list[PastRun], given: Mapping[str, str], forecast: api.Forecast
) -> dict[str, tuple[str, str]]:
    """Shuffle partitions for the shuffle that is forecast, at most doubled or halved at a time."""
    name = "spark.sql.shuffle.partitions"
    now = chosen.shuffle_partitions_count
    if not past:
        return {name: (str(now), "as asked")} if name in given else {}
    p90 = forecast.shuffle_write_bytes.p90
    slots = (chosen.executor_count or max(run.executor_count for run in past)) * chosen.concurrent_tasks
    wanted = max(1, 2 * slots, math.ceil(p90 / _PARTITION_BYTES))
    count = max(math.ceil(now / 2), min(2 * now, wanted))
    reason = (
        f"p90 of the shuffle is {p90 / MIB:.0f} MiB: {wanted} partition(s) would hold at most 64 MiB each and keep "
        f"{slots} slot(s) busy twice; one step from {now} is at most half or double"
    )
    return {name: (str(count), reason)}


def _summary(forecast: api.Forecast, run_count: int, extrapolated: bool) -> str:
    duration = forecast.duration_ms
    basis = f"{run_count} earlier run(s) of this workload" if run_count else "other workloads only: this one is new"
    beyond = "; the heap lies outside what was seen" if extrapolated and run_count else ""
    return (
        f"forecast from {basis}; it will take {duration.p50 / 1000:.0f} s "
        f"({duration.p10 / 1000:.0f} to {duration.p90 / 1000:.0f} s in four of five runs){beyond}"
    )
