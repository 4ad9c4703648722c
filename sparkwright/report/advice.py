"""Sizing advice from evidence alone: what runs proved, and what could be tried; in the report's words."""

from contextlib import suppress
from dataclasses import replace

from data_contracts.api.recommendation import HeapEvidence
from data_contracts.api.report import Kind, Setting
from data_contracts.properties.spark import format_size_mib, parse_size_bytes
from sparkwright.allocation.beside_heap import overhead, shuffle_partitions
from sparkwright.allocation.evidence import ENOUGH_RUNS, HeapRecord
from sparkwright.allocation.known_runs import KnownRuns
from sparkwright.allocation.sizing import Sizing, TrialHeap, sizing
from sparkwright.report.outputs.words import size
from sparkwright.report.sizing import SizingAdvice, WorkloadHistory
from sparkwright.spark.allocation import Allocation

_OVERHEAD = "spark.executor.memoryOverhead"
_PARTITIONS = "spark.sql.shuffle.partitions"
_WORTH_A_CHANGE = 1.5
"""Minimum factor for more shuffle partitions: a smaller increase makes no visible difference."""
_REST = "cores, executors: no run shows that other numbers are safe"


def advise(history: WorkloadHistory) -> SizingAdvice:
    """Return what is proven for the next run of a workload, and what could be tried."""
    figures = sizing(history.past)
    name = "spark.driver.memory" if history.platform == "local" else "spark.executor.memory"
    if figures is None:
        return SizingAdvice((), "no run of it has ended", [f"{name}: no run of this workload has ended"])
    runs = KnownRuns.of(history.past).comparable(history.platform)
    record = HeapRecord.of(runs, figures.current.concurrent_tasks)
    settings: list[Setting] = []
    not_advised: list[str] = []
    now = figures.current.executor_memory_bytes
    chosen = figures.current
    was_killed = bool(record.kills) and runs[-1] in record.kills
    if figures.proven is None:
        not_advised.append(f"{name}: {figures.reason}")
    elif was_killed and figures.proven.executor_memory_bytes < now:
        not_advised.append(f"{name}: the last run outgrew its container, which is no reason to lower the heap")
    elif figures.proven.executor_memory_bytes != now:
        chosen = replace(figures.current, executor_memory_bytes=figures.proven.executor_memory_bytes)
        settings.append(_sized(history, name, now, chosen.executor_memory_bytes, "proven", figures.reason))
    settings += _overhead(history, figures, record, chosen)
    trial = None if was_killed else figures.trial
    if trial is not None and trial.executor_memory_bytes >= chosen.executor_memory_bytes:
        trial = None
    if trial is not None:
        settings.append(_sized(history, name, now, trial.executor_memory_bytes, "trial", trial.reason))
    elif figures.proven is not None and not settings:
        not_advised.append(f"{name}: {_why_no_less(figures.proven_evidence)}")
    settings += _partitions(history, figures.current)
    not_advised.append(_REST)
    has_trial = any(one.kind == "trial" for one in settings)
    return SizingAdvice(settings, _risk(figures, record, trial, named=has_trial), not_advised)


def _sized(history: WorkloadHistory, name: str, now: int, advised: int, kind: Kind, reason: str) -> Setting:
    """Return a memory setting; an unset property shows the value in force."""
    return Setting(
        property=name,
        current=_in_one_unit(history.properties.get(name)) or format_size_mib(now),
        advised=format_size_mib(advised),
        kind=kind,
        change=advised / now - 1 if now else None,
        reason=reason,
    )


def _overhead(history: WorkloadHistory, figures: Sizing, record: HeapRecord, chosen: Allocation) -> list[Setting]:
    """Advise memory beside the heap, if Spark's own rule would give less than what held, or too little."""
    now = figures.current.executor_memory_overhead_bytes
    keeps = figures.proven is figures.current or record.proven is None
    basis = history.past[-1] if keeps else record.proven
    return [
        _sized(history, one.name, now, parse_size_bytes(one.value), "proven", one.reason)
        for one in overhead(chosen, record, basis, history.properties)
        if one.value is not None and one.name == _OVERHEAD and parse_size_bytes(one.value) != now
    ]


def _partitions(history: WorkloadHistory, current: Allocation) -> list[Setting]:
    now = current.shuffle_partitions_count
    return [
        Setting(
            property=one.name,
            current=str(now),
            advised=one.value,
            kind="trial",
            change=int(one.value) / now - 1,
            reason=one.reason,
        )
        for one in shuffle_partitions(current, history.past, history.properties, None)
        if one.value is not None and one.name == _PARTITIONS and int(one.value) >= _WORTH_A_CHANGE * now
    ]


def _why_no_less(evidence: HeapEvidence | None) -> str:
    if evidence is not None and evidence.run_count < ENOUGH_RUNS:
        return f"{evidence.run_count:,} run(s) held so far, less is only suggested from {ENOUGH_RUNS} on"
    return "no measurement suggests less than what is proven"


def _risk(figures: Sizing, record: HeapRecord, trial: TrialHeap | None, *, named: bool) -> str:
    """Return the evidence for the heap in words, and that for the trial if there is one.

    Args:
        figures: What is known of the workload.
        record: What is known of its heap.
        trial: The heap that could be tried.
        named: Whether to name the proven heap, because unproven settings are listed next to it.
    """
    evidence = figures.proven_evidence or figures.current_evidence
    words = _standing(evidence)
    if named and evidence.standing == "proven":
        words = f"{format_size_mib(evidence.executor_memory_bytes)} {words}"
    if trial is not None:
        tried = record.evidence(trial.executor_memory_bytes)
        few = f"only by {tried.run_count:,}" if tried.standing == "proven" else "never tried"
        words = f"{words}; {format_size_mib(tried.executor_memory_bytes)} {few}"
    died = record.died_bytes
    already = figures.proven_evidence is None and figures.current_evidence.standing == "died"
    return f"{words}; died at {format_size_mib(died)}" if died and not already else words


def _standing(evidence: HeapEvidence) -> str:
    if evidence.standing == "proven":
        inputs = f"at inputs up to {size(evidence.input_bytes)}" if evidence.input_bytes else "without input"
        return f"proven by {evidence.run_count:,} run(s) {inputs}"
    if evidence.standing == "died":
        heap = format_size_mib(evidence.executor_memory_bytes)
        return f"died at {heap} or more, {evidence.run_count:,} time(s), at inputs from {size(evidence.input_bytes)}"
    return f"never seen to hold inputs up to {size(evidence.input_bytes)}"


def _in_one_unit(value: str | None) -> str | None:
    with suppress(ValueError):
        return format_size_mib(parse_size_bytes(value)) if value else None
    return value
