"""Estimate what advice saves, by comparison with decisions that were held back at random."""

from collections.abc import Iterable
from dataclasses import dataclass

from data_contracts.tables import Outcome

_DRAWS = 2_000
_SEED = 20_240_501
_FEW_WORKLOADS = 5


@dataclass(frozen=True, slots=True)
class Savings:
    """Memory times duration of runs with advice against those held back, for workloads that have both.

    Attributes:
        workload_count: Workloads that have both.
        advised_count: Their runs with advice that was followed.
        held_back_count: Their runs that were held back.
        saved_ratio: Share of memory x time that advice saves; below 0 it costs more. None if no workload has both.
        bounds: Its 90% interval, by bootstrapping workloads; None with fewer than five.
    """

    workload_count: int
    advised_count: int
    held_back_count: int
    saved_ratio: float | None
    bounds: tuple[float, float] | None


def savings(outcomes: Iterable[Outcome]) -> Savings:
    """Compare; workloads are weighted by their runs, and a run that died counts with the memory it held until then.

    Args:
        outcomes: All. Left out are outcomes whose advice was not followed, whose memory is unknown, or that got no
            advice because their workload has not opted in.
    """
    import numpy as np

    by_workload: dict[str, tuple[list[float], list[float]]] = {}
    for one in outcomes:
        memory = one.executor_memory_mib_s
        if memory and one.obeyed == "all" and not one.report_only:
            by_workload.setdefault(one.workload_id, ([], []))[one.held_back].append(memory)
    both = [(advised, held) for advised, held in by_workload.values() if advised and held]
    counts = (len(both), sum(len(advised) for advised, _ in both), sum(len(held) for _, held in both))
    if not both:
        return Savings(*counts, None, None)
    sizes = np.array([len(advised) + len(held) for advised, held in both])
    means = sizes * np.array([[np.mean(one) for one in pair] for pair in both]).T  # [2, W]
    ratio = float(1 - means[0].sum() / means[1].sum())
    if len(both) < _FEW_WORKLOADS:
        return Savings(*counts, ratio, None)
    drawn = np.random.default_rng(_SEED).integers(len(both), size=(_DRAWS, len(both)))
    with_advice, without = means[:, drawn].sum(axis=2)
    low, high = np.quantile(1 - with_advice / without, (0.05, 0.95))
    return Savings(*counts, ratio, (float(low), float(high)))
