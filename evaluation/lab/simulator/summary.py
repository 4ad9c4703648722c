"""Tables for people: errors of a fit, what a fleet is like, and where it differs from the lab's real runs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from rich.table import Table

from data_contracts.properties.spark import MIB
from evaluation.lab.simulator.fleet import Fleet
from evaluation.lab.simulator.forms import pool_mib
from evaluation.lab.simulator.lab_runs import Doubles, LabRuns
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.users import DIED, FAILED_OTHERWISE

_SHARES = (5, 25, 50, 75, 95)
_SHOWN = ("died", "gc", "ms_per_mib", "heap_peak", "rss_over_heap", "spilled", "unified")
_BY = {"pressure": "needed / given heap", "input_per_slot": "input MiB per slot"}
_EDGES = {"pressure": (0, 0.25, 0.5, 0.75, 1, 99), "input_per_slot": (0, 5, 15, 50, 200, 1e6)}


def fit_table(responses: Responses) -> Table:
    """Return each response's errors on unseen data, next to those of the median."""
    table = Table(
        "response", "scale", "runs", "left-out runs", "naive", "left-out workloads", "naive", "noise",
        title=f"Mean absolute errors on the link scale; {responses.run_count} real runs of {len(responses.workloads)} "
        f"workloads, {responses.death_count} deaths",
    )  # fmt: skip
    for name, response in {"needed heap: P(OOM)": responses.need, **responses.responses}.items():
        errors = response.errors
        figures = (errors.runs, errors.naive_runs, errors.workloads, errors.naive_workloads, response.noise)
        table.add_row(
            name,
            errors.scale,
            str(errors.run_count),
            *("-" if figure is None else f"{figure:.3f}" for figure in figures),
        )
    return table


def fleet_table(fleet: Fleet) -> Table:
    """Return a summary of the fleet."""
    ending = _all(one.workload.attempts.ending for one in fleet.workloads)
    over = _all(one.workload.attempts.heap_mib / one.workload.usual_need_mib for one in fleet.workloads)
    waited_s = _all(one.waited_ms for one in fleet.workloads) / 1000
    lasted_s = _all(one.plan.end_ms for one in fleet.workloads) / 1000
    spilled = _all(one.workload.totals["disk_spilled_bytes"] for one in fleet.workloads) > 0
    retries = _all(one.workload.attempts.number for one in fleet.workloads) > 0
    surges = _all(one.workload.calendar.surges[one.workload.attempts.run] for one in fleet.workloads)
    died = ending == DIED
    kinds = Counter(one.workload.calendar.schedule for one in fleet.workloads)
    table = Table(title=f"Fleet {fleet.stamp} (simulated)", show_header=False)
    rows = {
        "runs": f"{len(ending):,} of {len(fleet.workloads):,} workloads over {fleet.settings.weeks} weeks",
        "schedules": ", ".join(f"{name} {count}" for name, count in kinds.most_common()),
        "died of their heap": f"{died.mean():.2%}; at least once {_share_of_workloads(fleet):.1%} of the workloads",
        "failed otherwise": f"{(ending == FAILED_OTHERWISE).mean():.2%}",
        "tried again": f"{retries.mean():.2%}",
        "spilled": f"{spilled.mean():.2%}",
        "in a surge": f"{surges.mean():.2%}",
        "waited for executors": f"{(waited_s > 1).mean():.2%}, 99 of 100 at most {np.percentile(waited_s, 99):.0f} s",
        "given / needed heap": _quantiles(over, "x"),
        "run time without waiting": _quantiles(lasted_s, " s"),
        "runs by hour of the day": _by_hour(fleet),
        "runs by day of the week": _by_day(fleet),
        "input by week, first is 1": _by_week(fleet),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def plausibility_table(fleet: Fleet, runs: LabRuns, needed_mib: Doubles) -> Table:
    """Return medians of real and simulated runs, by how much of the heap they need and by how much they read."""
    ours = _simulated_columns(fleet)
    real = {
        "pressure": needed_mib / runs.heap_mib,
        "input_per_slot": runs.input_mib / runs.slot_count,
        "gc": runs["jvm_gc_time_ms"] / np.maximum(1, runs["executor_run_time_ms"]),
        "ms_per_mib": runs["executor_run_time_ms"] / runs.input_mib,
        "heap_peak": runs["peak_jvm_heap_bytes"] / runs["executor_memory_bytes"],
        "rss_over_heap": runs["peak_process_rss_bytes"] / np.maximum(1, runs["peak_jvm_heap_bytes"]),
        "spilled": runs["memory_spilled_bytes"] > 0,
        "unified": runs["peak_unified_memory_bytes"] / MIB / pool_mib(runs.heap_mib),
        "died": runs.died,
    }
    columns = ("by", "bin", "runs", "died", "GC share", "core-ms per MiB", "heap peak / heap", "RSS / heap peak")
    title = "Lab (real) | fleet (simulated): medians; shares of died and spilled"
    table = Table(*columns, "spilled", "unified / pool", title=title)
    for by, edges in _EDGES.items():
        for low, high in pairwise(edges):
            inside = [(values[by] >= low) & (values[by] < high) for values in (real, ours)]
            cells = [" | ".join(str(int(at.sum())) for at in inside)]
            cells += [
                f"{_middle(real[name][inside[0]], name)} | {_middle(ours[name][inside[1]], name)}" for name in _SHOWN
            ]
            table.add_row(_BY[by], f"{low:g} to {high:g}", *cells)
    return table


def _simulated_columns(fleet: Fleet) -> dict[str, Doubles]:
    found: dict[str, list[Doubles]] = {}
    for one in fleet.workloads:
        workload, totals, peaks = one.workload, one.workload.totals, one.workload.peaks
        heap_mib, slots = workload.attempts.heap_mib, workload.executors * workload.submission.cores
        columns = {
            "pressure": workload.usual_need_mib / heap_mib,
            "input_per_slot": totals["input_bytes"] / MIB / slots,
            "gc": totals["jvm_gc_time_ms"] / totals["executor_run_time_ms"],
            "ms_per_mib": totals["executor_run_time_ms"] / (totals["input_bytes"] / MIB),
            "heap_peak": peaks["peak_jvm_heap_bytes"] / MIB / heap_mib,
            "rss_over_heap": (peaks["jvm_rss_bytes"] + peaks["peak_python_rss_bytes"]) / peaks["peak_jvm_heap_bytes"],
            "spilled": totals["memory_spilled_bytes"] > 0,
            "unified": peaks["peak_unified_memory_bytes"] / MIB / pool_mib(heap_mib),
            "died": workload.attempts.ending == DIED,
        }
        for name, values in columns.items():
            found.setdefault(name, []).append(np.asarray(values, float))
    return {name: np.concatenate(values) for name, values in found.items()}


def _middle(values: Doubles, name: str) -> str:
    values = values[np.isfinite(values)]
    if not values.size:
        return "-"
    if name in {"died", "spilled"}:
        return f"{values.mean():.0%}"
    return f"{np.median(values):.0f}" if name == "ms_per_mib" else f"{np.median(values):.3f}"


def _all(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(parts))


def _share_of_workloads(fleet: Fleet) -> float:
    return float(np.mean([(one.workload.attempts.ending == DIED).any() for one in fleet.workloads]))


def _quantiles(values: Doubles, unit: str) -> str:
    found = zip(_SHARES, np.percentile(values, _SHARES), strict=True)
    return ", ".join(f"p{share} {value:.3g}{unit}" for share, value in found)


def _moments(fleet: Fleet) -> list[datetime]:
    stamps = _all(one.submitted_ms for one in fleet.workloads) / 1000
    return [datetime.fromtimestamp(stamp, UTC) for stamp in stamps]


def _by_hour(fleet: Fleet) -> str:
    counts = np.bincount([moment.hour for moment in _moments(fleet)], minlength=24)
    return _bars(counts)


def _by_day(fleet: Fleet) -> str:
    counts = np.bincount([moment.weekday() for moment in _moments(fleet)], minlength=7)
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return ", ".join(f"{name} {count:,}" for name, count in zip(names, counts, strict=True))


def _bars(counts: Sequence[int] | np.ndarray) -> str:
    levels = "▁▂▃▄▅▆▇█"
    most = max(counts)
    return "".join(levels[int(count / most * (len(levels) - 1))] for count in counts) + f"  (most {most:,})"


def _by_week(fleet: Fleet) -> str:
    """Return the median over workloads of their weekly input relative to the first week."""
    begin_s = datetime.combine(fleet.settings.start, datetime.min.time(), UTC).timestamp()
    ratios: list[list[float]] = [[] for _ in range(fleet.settings.weeks)]
    for one in fleet.workloads:
        calendar = one.workload.calendar
        week = ((calendar.at_s - begin_s) // 604_800).astype(int)
        first = calendar.input_mib[week == week[0]].mean()
        for number in np.unique(week):
            ratios[number].append(calendar.input_mib[week == number].mean() / first)
    return " ".join(f"{np.median(values):.2f}" if values else "-" for values in ratios)
