"""Sizing advice from evidence alone: what held, what died, what peaked."""

from collections.abc import Sequence
from contextlib import suppress

from data_contracts.report import Setting
from data_contracts.spark_properties import MIB, format_size_mib, parse_size_bytes
from sparkwright.report.sizing import PastRun, SizingAdvice, WorkloadHistory
from sparkwright.report.words import size

_RECENT = 16
_HEADROOM = 1.3
_GRID_BYTES = 64 * MIB
_LEAST_HEAP_BYTES = 512 * MIB
_LEAST_PEAKS = 3


def advise(history: WorkloadHistory) -> SizingAdvice:
    """The heap that evidence proves, and the one that peaks suggest."""
    newest = history.runs[-1]
    name = "spark.driver.memory" if history.platform == "local" else "spark.executor.memory"
    current = history.properties.get(name)
    now = newest.executor_memory_bytes
    tasks = _tasks(newest)
    largest_input = max(run.input_bytes for run in history.runs[-_RECENT:])
    died = max((run.executor_memory_bytes for run in history.runs if run.memory_verdict == "heap_oom"), default=0)
    held = [
        run
        for run in history.runs
        if run.memory_verdict == "enough" and _tasks(run) >= tasks and run.executor_memory_bytes > died
    ]
    at_input = [run for run in held if run.input_bytes >= largest_input]
    settings: list[Setting] = []
    not_advised: list[str] = []
    proven = min((run.executor_memory_bytes for run in at_input), default=None)
    base = now
    killed = any(run.memory_verdict == "container_kill" for run in history.runs)
    if killed:
        not_advised.append(f"{name}: containers were killed for their memory, and what was killed lowers nothing")
    elif proven is not None and proven != now:
        count = sum(run.executor_memory_bytes <= proven for run in held)
        reason = f"held in {count} run(s) at inputs up to {size(largest_input)}"
        settings.append(_setting(name, current, now, proven, "proven", reason))
        base = proven
    elif proven is None:
        not_advised.append(f"{name}: no run of this workload held at its largest input ({size(largest_input)})")
    trial = None if killed else _trial(history.runs, died)
    if trial is None and not killed:
        not_advised.append(f"{name}: no heap to try, fewer than {_LEAST_PEAKS} runs that held have measured peaks")
    elif trial is not None and trial < base:
        reason = f"largest peak x {_HEADROOM:g}; no run had so little"
        settings.append(_setting(name, current, now, trial, "trial", reason))
    not_advised.append("overhead, cores, executors and partitions: no run shows that another value is safe")
    return SizingAdvice(settings, _risk(held, died, largest_input, history.runs), not_advised)


def _setting(name: str, current: str | None, now: int, advised: int, kind: str, reason: str) -> Setting:
    shown = current
    with suppress(ValueError):
        shown = format_size_mib(parse_size_bytes(current)) if current else format_size_mib(now)
    return Setting(
        property=name,
        current=shown,
        advised=format_size_mib(advised),
        kind="proven" if kind == "proven" else "trial",
        change=advised / now - 1,
        reason=reason,
    )


def _trial(runs: Sequence[PastRun], died: int) -> int | None:
    peaks = [run.peak_jvm_heap_bytes for run in runs if run.memory_verdict == "enough" and run.peak_jvm_heap_bytes]
    if len(peaks) < _LEAST_PEAKS:
        return None
    wanted = max(_HEADROOM * max(peaks), 1.1 * died, _LEAST_HEAP_BYTES)
    return -(-int(wanted) // _GRID_BYTES) * _GRID_BYTES


def _risk(held: Sequence[PastRun], died: int, largest_input: int, runs: Sequence[PastRun]) -> str:
    death = f"; died at {format_size_mib(died)}" if died else ""
    if held:
        return f"proven by {len(held)} of {len(runs)} run(s) at inputs up to {size(largest_input)}{death}"
    return f"never seen to hold{death}"


def _tasks(run: PastRun) -> int:
    return max(1, run.executor_cores_count // run.task_cpus_count)
