"""What people set for a workload, and how they react when it dies.

Settings are static: chosen once, as round numbers, for what the workload needed then, or copied from another job of the
same user whatever this one needs.

Shapes: R scheduled runs, A attempts.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from data_contracts.properties.spark import GIB, MIB
from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.settings import FleetSettings, Tier

_EXECUTORS = np.array([2, 3, 4, 5, 8, 10, 12, 16, 20, 24, 32, 40, 50])
_PARTITIONS, _PARTITION_SHARES = (200, 100, 50, 400), (0.6, 0.15, 0.1, 0.15)
_MIB_PER_GIB = GIB // MIB
_FAVOURITE_SPREAD = 0.6
_FAVOURITE_GIB = 6.0
T = TypeVar("T")


SUCCEEDED, DIED, FAILED_OTHERWISE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Submission:
    """How a workload is submitted, every time.

    Attributes:
        user: Who submits it.
        queue: Queue that it is submitted to.
        tier: How much its logs say about memory.
        cores: Cores of one executor.
        executors: Number of executors; the maximum if allocation is dynamic.
        dynamic: Whether allocation is dynamic.
        partitions: Partitions of a SQL shuffle.
        retries: How often a failed run is retried unchanged.
    """

    user: str
    queue: str
    tier: Tier
    cores: int
    executors: int
    dynamic: bool
    partitions: int
    retries: int


@dataclass(frozen=True, slots=True)
class Attempts:
    """Every try of every scheduled run of a workload, in order.

    Attributes:
        run: Position of the scheduled run ``[A]``.
        number: Number of the try within that run, from 0 ``[A]``.
        heap_mib: What it was given ``[A]``.
        needed_mib: The smallest heap with which this very try would have succeeded ``[A]``.
        ending: ``SUCCEEDED``, ``DIED`` of its heap, or ``FAILED_OTHERWISE`` ``[A]``.
    """

    run: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    heap_mib: Doubles
    needed_mib: Doubles
    ending: npt.NDArray[np.int64]


def draw_submission(settings: FleetSettings, usual_input_mib: float, dice: np.random.Generator) -> Submission:
    """Draw how people submit a workload with this usual input."""
    cores = _drawn(settings.executor_cores, dice)
    dynamic = bool(dice.random() < settings.dynamic_share)
    wanted = usual_input_mib / settings.input_per_executor_mib * np.exp(dice.normal(0, 0.4)) * (2 if dynamic else 1)
    return Submission(
        user=f"user{dice.integers(settings.user_count):02d}",
        queue=_drawn(settings.queues, dice),
        tier=_drawn(settings.evidence, dice),
        cores=int(cores),
        executors=int(_EXECUTORS[np.abs(np.log(_EXECUTORS / max(wanted, 1))).argmin()]),
        dynamic=dynamic,
        partitions=int(dice.choice(_PARTITIONS, p=_PARTITION_SHARES)),
        retries=_drawn(settings.retries, dice),
    )


def split_further(settings: FleetSettings, submission: Submission, usual_need_mib: float) -> Submission:
    """Return the submission with more executors, if one would need a heap that nobody gives."""
    over = usual_need_mib / (settings.split_above_gib * _MIB_PER_GIB)
    more = _EXECUTORS[submission.executors * over <= _EXECUTORS]
    return replace(submission, executors=int(more[0] if more.size else _EXECUTORS[-1])) if over > 1 else submission


def draw_heap_mib(settings: FleetSettings, user: str, usual_need_mib: float, dice: np.random.Generator) -> float:
    """Draw the heap that people give at first."""
    copied, too_little = dice.random(2) < (settings.copied_share, settings.too_little_share)
    over = settings.over_provision
    factor = max(1.05, over.median * np.exp(dice.normal(0, over.spread)))
    short = dice.uniform(0.55, 0.95)
    if copied:
        habits = np.random.default_rng([settings.seed, 1, int(user.removeprefix("user"))])
        return rounded_up_mib(settings, _FAVOURITE_GIB * _MIB_PER_GIB * np.exp(habits.normal(0, _FAVOURITE_SPREAD)))
    if too_little:
        below = [gib for gib in settings.heap_gib if gib * _MIB_PER_GIB <= usual_need_mib * max(short, 0.75)]
        return float((below or settings.heap_gib)[-1 if below else 0] * _MIB_PER_GIB)
    return rounded_up_mib(settings, usual_need_mib * factor)


def rounded_up_mib(settings: FleetSettings, wanted_mib: float) -> float:
    """Round up to the next number that people give."""
    enough = [gib for gib in settings.heap_gib if gib * _MIB_PER_GIB >= wanted_mib]
    return float((enough[0] if enough else settings.heap_gib[-1]) * _MIB_PER_GIB)


def attempts(
    settings: FleetSettings,
    submission: Submission,
    first_heap_mib: float,
    usual_need_mib: Doubles,
    spread: float,
    dice: np.random.Generator,
) -> Attempts:
    """Return every try, each with the heap that the user had arrived at by then.

    Args:
        settings: What users do.
        submission: How often they retry.
        first_heap_mib: What they set at first.
        usual_need_mib: The heap at which half the tries of each scheduled run die ``[R]``.
        spread: Width of the curve of P(OOM).
        dice: The workload's generator.
    """
    tries = submission.retries + 1
    needed = usual_need_mib[:, None] * np.exp(spread * dice.logistic(size=(len(usual_need_mib), tries)))
    odd = dice.random(needed.shape) < settings.other_failure_probability
    raises = dice.random(len(needed)) < settings.raise_probability
    factors = dice.uniform(settings.raise_factor.least, settings.raise_factor.most, len(needed))
    heap = first_heap_mib
    rows: list[tuple[int, int, float, int]] = []
    for run in range(len(needed)):
        for number in range(tries):
            ending = DIED if needed[run, number] > heap else FAILED_OTHERWISE if odd[run, number] else SUCCEEDED
            rows.append((run, number, heap, ending))
            if ending == SUCCEEDED:
                break
        if rows[-1][3] == DIED and raises[run]:
            heap = rounded_up_mib(settings, heap * factors[run])
    table = np.array(rows, float).reshape(-1, 4)
    runs, numbers = table[:, 0].astype(int), table[:, 1].astype(int)
    return Attempts(runs, numbers, table[:, 2], needed[runs, numbers], table[:, 3].astype(int))


def _drawn(shares: dict[T, float], dice: np.random.Generator) -> T:
    return list(shares)[int(dice.choice(len(shares), p=list(shares.values())))]
