"""What advice gains, from pairs of runs: intervals by bootstrap over workloads and the pairs in each."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from evaluation.lab.configuration.measure import Arm, ConfigRow

HARM = -0.03
"""A workload that loses more than this share of its time is harmed."""
_DRAWS = 4000
_LEAST_PAIRS = 3
"""Fewer pairs of a workload have no interval: what they were drawn from is not known."""


@dataclass(frozen=True, slots=True)
class WorkloadGain:
    """One workload.

    Attributes:
        case: Workload and scale.
        pairs: Shares of the baseline's time that each pair saved; below 0 where advice was slower, -1 where
            the run failed as advised.
        baseline_s: Median of its runs as they were.
        task_gain: Median share of the time that tasks took, added up: without the start of driver and executors.
        failed: Pairs in which the advised run did not end well and the baseline's did.
    """

    case: str
    pairs: tuple[float, ...]
    baseline_s: float
    task_gain: float
    failed: int
    interval: tuple[float, float] | None

    @property
    def gain(self) -> float:
        """Median of its pairs."""
        return median(self.pairs)

    @property
    def harmed(self) -> bool:
        """Whether it loses more than :data:`HARM`, or fails as advised."""
        return self.failed > 0 or self.gain < HARM


@dataclass(frozen=True, slots=True)
class Gains:
    """All workloads.

    Attributes:
        workloads: Those that were advised and ran in pairs.
        untouched: Those to which nothing was advised.
        low: Of the median gain over workloads, 2.5%; ``high`` 97.5%. None without a pair.
    """

    workloads: Sequence[WorkloadGain]
    untouched: Sequence[str]
    low: float | None
    high: float | None

    @property
    def median(self) -> float | None:
        """Over the workloads that were advised."""
        return median(one.gain for one in self.workloads) if self.workloads else None

    @property
    def harmed(self) -> list[str]:
        """Names of those that lose."""
        return [one.case for one in self.workloads if one.harmed]


def gains(rows: Iterable[ConfigRow], seed: int = 0) -> Gains:
    """The gains of all workloads with their intervals; a pair counts where both of its runs are there."""
    by_pair: dict[str, dict[int, dict[Arm, ConfigRow]]] = defaultdict(lambda: defaultdict(dict))
    advised: dict[str, bool] = {}
    for row in rows:
        advised[row.case] = bool(row.advised)
        if row.arm != "seen":
            by_pair[row.case][row.repeat][row.arm] = row
    dice = random.Random(seed)
    found = [one for case, pairs in by_pair.items() if (one := _workload(case, pairs, dice)) is not None]
    low, high = _interval([_resampled_median(found, dice) for _ in range(_DRAWS)]) if found else (None, None)
    return Gains(found, [case for case, said in advised.items() if not said], low, high)


def _workload(case: str, pairs: Mapping[int, Mapping[Arm, ConfigRow]], dice: random.Random) -> WorkloadGain | None:
    # A pair counts where the run as it was ended well; one that only failed as advised lost everything.
    both = [(pair["baseline"], pair["advised"]) for pair in pairs.values() if len(pair) == 2]
    good = [(was, now) for was, now in both if was.state == "verified" and was.seconds > 0]
    if not good:
        return None
    shares = [1 - now.seconds / was.seconds if now.state == "verified" else -1.0 for was, now in good]
    failed = sum(now.state != "verified" for _, now in good)
    enough = len(shares) >= _LEAST_PAIRS
    return WorkloadGain(
        case=case,
        pairs=tuple(shares),
        baseline_s=median(was.seconds for was, _ in good),
        task_gain=median(1 - now.task_s / was.task_s if was.task_s else 0.0 for was, now in good),
        failed=failed,
        interval=_interval([median(dice.choices(shares, k=len(shares))) for _ in range(_DRAWS)]) if enough else None,
    )


def _resampled_median(found: Sequence[WorkloadGain], dice: random.Random) -> float:
    drawn = dice.choices(found, k=len(found))
    return median(median(dice.choices(one.pairs, k=len(one.pairs))) for one in drawn)


def _interval(values: list[float]) -> tuple[float, float]:
    values.sort()
    return values[int(0.025 * len(values))], values[min(len(values) - 1, int(0.975 * len(values)))]
