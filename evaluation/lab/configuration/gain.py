"""Compute what advice gains from pairs of runs, with bootstrap intervals over workloads and the pairs in each."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from evaluation.lab.configuration.measure import Arm, ConfigRow

HARM = -0.03
"""A workload that becomes slower by more than this share is harmed."""
_DRAWS = 4000
_MIN_PAIRS = 3
"""With fewer pairs, a workload gets no interval: too little is known of their distribution."""


@dataclass(frozen=True, slots=True)
class WorkloadGain:
    """One workload.

    Attributes:
        case: Workload and scale.
        pairs: Share of the baseline's time saved by each pair; below 0 if advice was slower, -1 if the advised run
            failed.
        baseline_s: Median duration of its unchanged runs.
        cpu_pairs: The same of the processor time of its tasks.
        failed: Pairs in which only the advised run failed.
    """

    case: str
    pairs: tuple[float, ...]
    baseline_s: float
    cpu_pairs: tuple[float, ...]
    failed: int
    interval: tuple[float, float] | None

    @property
    def gain(self) -> float:
        """Median of its pairs."""
        return median(self.pairs)

    @property
    def cpu_gain(self) -> float:
        """Median of its pairs by the processor time of tasks."""
        return median(self.cpu_pairs)

    @property
    def harmed(self) -> bool:
        """Whether it loses more than :data:`HARM`, or fails with the advice."""
        return self.failed > 0 or self.gain < HARM


@dataclass(frozen=True, slots=True)
class Gains:
    """All workloads.

    Attributes:
        workloads: Workloads that got advice and ran in pairs.
        untouched: Workloads for which nothing was advised.
        interval: 95% interval of the median gain over workloads; None without a pair.
        cpu_interval: The same by the processor time of tasks.
    """

    workloads: Sequence[WorkloadGain]
    untouched: Sequence[str]
    interval: tuple[float, float] | None
    cpu_interval: tuple[float, float] | None

    @property
    def median(self) -> float | None:
        """Median gain over the advised workloads."""
        return median(one.gain for one in self.workloads) if self.workloads else None

    @property
    def cpu_median(self) -> float | None:
        """Median gain by the processor time of tasks."""
        return median(one.cpu_gain for one in self.workloads) if self.workloads else None

    @property
    def harmed(self) -> list[str]:
        """Names of the workloads that were harmed."""
        return [one.case for one in self.workloads if one.harmed]


def gains(rows: Iterable[ConfigRow], seed: int = 0) -> Gains:
    """Return the gains of all workloads with their intervals; a pair counts if both of its runs exist."""
    by_pair: dict[str, dict[int, dict[Arm, ConfigRow]]] = defaultdict(lambda: defaultdict(dict))
    advised: dict[str, bool] = {}
    for row in rows:
        advised[row.case] = bool(row.advised)
        if row.arm != "seen":
            by_pair[row.case][row.repeat][row.arm] = row
    dice = random.Random(seed)
    found = [one for case, pairs in by_pair.items() if (one := _workload(case, pairs, dice)) is not None]
    untouched = [case for case, said in advised.items() if not said]
    by_clock, by_cpu = [one.pairs for one in found], [one.cpu_pairs for one in found]
    return Gains(found, untouched, _of_workloads(by_clock, dice), _of_workloads(by_cpu, dice))


def _workload(case: str, pairs: Mapping[int, Mapping[Arm, ConfigRow]], dice: random.Random) -> WorkloadGain | None:
    # A pair counts if the unchanged run succeeded; if only the advised run failed, everything is lost.
    both = [(pair["baseline"], pair["advised"]) for pair in pairs.values() if len(pair) == 2]
    good = [(was, now) for was, now in both if was.state == "verified" and was.seconds > 0]
    if not good:
        return None
    shares = [1 - now.seconds / was.seconds if now.state == "verified" else -1.0 for was, now in good]
    failed = sum(now.state != "verified" for _, now in good)
    enough = len(shares) >= _MIN_PAIRS
    return WorkloadGain(
        case=case,
        pairs=tuple(shares),
        baseline_s=median(was.seconds for was, _ in good),
        cpu_pairs=tuple(1 - now.task_cpu_s / was.task_cpu_s if was.task_cpu_s else 0.0 for was, now in good),
        failed=failed,
        interval=_interval([median(dice.choices(shares, k=len(shares))) for _ in range(_DRAWS)]) if enough else None,
    )


def _of_workloads(pairs: Sequence[Sequence[float]], dice: random.Random) -> tuple[float, float] | None:
    """Interval of the median over workloads of the medians of their pairs, both drawn anew."""
    if not pairs:
        return None
    drawn = (dice.choices(pairs, k=len(pairs)) for _ in range(_DRAWS))
    return _interval([median(median(dice.choices(one, k=len(one))) for one in some) for some in drawn])


def _interval(values: list[float]) -> tuple[float, float]:
    values.sort()
    return values[int(0.025 * len(values))], values[min(len(values) - 1, int(0.975 * len(values)))]
