"""Test whether a figure of a run that lived says how far its need is below its heap, on left-out workloads.

That it lived with its heap is known without any figure. So two regressions predict ``log(need / heap)`` of one
workload's runs from all others: one knows only the heap, the other also one figure, or all. What counts is the gain in
log score (the mean log density of the measured need), with an interval over workloads, because runs of one are alike.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.advice.bootstrap import Difference, difference_of_means, paired_difference
from evaluation.lab.soft.table import SoftRun
from sparkwright.errors import ConfigError

_MIN_WORKLOADS = 3
Doubles = npt.NDArray[np.float64]


def _size(name: str) -> Callable[[SoftRun], float | None]:
    """Return a reader of a size that every run has, as the log of its ratio to the heap, like the need itself."""

    def figure(run: SoftRun) -> float | None:
        size = getattr(run, name)
        return math.log(size / run.heap_bytes) if size else None

    return figure


def _share(name: str) -> Callable[[SoftRun], float | None]:
    """Return a reader of a size that may be 0, as a share of the heap."""

    def figure(run: SoftRun) -> float | None:
        size = getattr(run, name)
        return None if size is None else float(size / run.heap_bytes)

    return figure


def _gc_share(run: SoftRun) -> float | None:
    if run.jvm_gc_time_ms is None or not run.executor_run_time_ms:
        return None
    return math.log(max(run.jvm_gc_time_ms / run.executor_run_time_ms, 1e-3))


def _major_collections(run: SoftRun) -> float | None:
    return None if run.major_gc_count is None else math.log1p(run.major_gc_count)


FIGURES: Mapping[str, Callable[[SoftRun], float | None]] = {
    "peak heap / heap": _size("peak_jvm_heap_bytes"),
    "peak RSS / heap": _size("peak_process_rss_bytes"),
    "GC share of task time": _gc_share,
    "major collections": _major_collections,
    "spilled to disk / heap": _share("disk_spilled_bytes"),
    "peak unified memory / heap": _share("peak_unified_memory_bytes"),
    "peak of one task's execution memory / heap": _share("peak_execution_memory_bytes"),
}
ALL = "all of these"
"""The one pre-registered question; the individual figures only show where an answer comes from."""


@dataclass(frozen=True, slots=True)
class Informative:
    """How informative a figure is.

    Attributes:
        figure: Its name in :data:`FIGURES`, or :data:`ALL`.
        runs: Number of runs that lived and have the figure.
        r2_without: Share of the variance of log need explained by the heap alone, on left-out workloads.
        r2: The same with the figure.
        gain: Gain in log score (nats per run), with its 95% interval over workloads.
    """

    figure: str
    runs: int
    r2_without: float
    r2: float
    gain: Difference

    @property
    def is_shown(self) -> bool:
        """Whether the lower bound of the gain is above 0."""
        return self.gain.low > 0


def informative(runs: Sequence[SoftRun]) -> list[Informative]:
    """Return how informative each figure is about the need, and all together.

    Args:
        runs: The runs; those that died only bound the need by their heap and are left out.

    Raises:
        ConfigError: The remaining runs are of too few workloads.
    """
    lived = [run for run in runs if run.ended == "good"]
    count = len({run.workload_id for run in lived})
    if count < _MIN_WORKLOADS:
        raise ConfigError(f"expected runs that lived of at least {_MIN_WORKLOADS} workloads, got {count}; record more")
    return [_informative(name, [name], lived) for name in FIGURES] + [_informative(ALL, list(FIGURES), lived)]


def _informative(title: str, names: Sequence[str], lived: Sequence[SoftRun]) -> Informative:
    values = np.array([[FIGURES[name](run) for name in names] for run in lived], np.float64)
    there = np.flatnonzero(~np.isnan(values).any(axis=1))
    kept = [lived[number] for number in there]
    heap = np.log([[run.heap_bytes] for run in kept])
    need = np.log([run.oracle_heap_bytes for run in kept])
    workloads = np.array([run.workload_id for run in kept])
    base, base_score = _left_out(heap, need - heap[:, 0], workloads)
    soft, soft_score = _left_out(np.hstack([heap, values[there]]), need - heap[:, 0], workloads)
    table = np.array(
        [[score[workloads == name].mean() for score in (soft_score, base_score)] for name in sorted(set(workloads))]
    )
    return Informative(
        title,
        len(kept),
        _r2(need, base + heap[:, 0]),
        _r2(need, soft + heap[:, 0]),
        paired_difference([table], difference_of_means),
    )


def _left_out(x: Doubles, y: Doubles, workloads: npt.NDArray[np.str_]) -> tuple[Doubles, Doubles]:
    """Return prediction and log density of each row, by a regression that saw no row of its workload.

    ``x`` is ``[N, K]``, ``y`` ``[N]``. The ridge weight maximises the evidence, so nothing is tuned. Figures outside
    the range of the other workloads are clipped to it: some are 0 in all workloads but one.
    """
    from sklearn.linear_model import BayesianRidge

    means, scores = np.empty_like(y), np.empty_like(y)
    for name in np.unique(workloads):
        out = workloads == name
        known, asked = x[~out], x[out].clip(x[~out].min(axis=0), x[~out].max(axis=0))
        middle, spread = known.mean(axis=0), known.std(axis=0)
        spread[spread == 0] = 1.0
        fitted = BayesianRidge().fit((known - middle) / spread, y[~out])
        means[out], deviation = fitted.predict((asked - middle) / spread, return_std=True)
        scores[out] = -0.5 * ((y[out] - means[out]) / deviation) ** 2 - np.log(deviation * math.sqrt(2 * math.pi))
    return means, scores


def _r2(truth: Doubles, said: Doubles) -> float:
    return float(1 - ((truth - said) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def of_need(runs: Sequence[SoftRun], name: str) -> tuple[float, float, float] | None:
    """Return a size as a share of the need over the runs that lived: 10%, median and 90%; None if no run has it."""
    shares = [size / run.oracle_heap_bytes for run in runs if run.ended == "good" and (size := getattr(run, name))]
    if not shares:
        return None
    low, middle, high = np.quantile(shares, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def follows_heap(runs: Sequence[SoftRun], name: str) -> Difference | None:
    """Return the elasticity of a figure with respect to the heap given to the same case: 1 if it merely follows it.

    Args:
        runs: The runs; only those that lived are used.
        name: Name of a figure in bytes or ms; runs without it, or with 0, are left out.

    Returns:
        Mean of one slope per case, with a 95% interval over workloads; None if there is none.
    """
    cases: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for run in runs:
        value = getattr(run, name) if run.ended == "good" else None
        if value:
            cases[run.workload_id, run.input_scale].append((math.log(run.heap_bytes), math.log(value)))
    slopes: defaultdict[str, list[float]] = defaultdict(list)
    for (workload, _), points in cases.items():
        x, y = np.array(points).T
        if np.ptp(x) > 0:
            slopes[workload].append(float(np.polyfit(x, y, 1)[0]))
    if not slopes:
        return None
    table = np.array([[np.mean(found), 0.0] for found in slopes.values()])
    return paired_difference([table], difference_of_means)
