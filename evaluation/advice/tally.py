"""What a policy did to one workload of a fleet."""

import math
from dataclasses import dataclass, field

from data_contracts.properties.spark import GIB, MIB
from evaluation.advice.claims import Claim
from evaluation.advice.policies import Choice
from evaluation.advice.world import Attempted
from sparkwright.spark.allocation import overhead_bytes

YARN_STEP_MIB = 1024
"""Hadoop's default ``yarn.scheduler.minimum-allocation-mb``: containers are multiples of it."""


@dataclass(slots=True)
class Tally:
    """Counts over the attempts of one workload.

    Attributes:
        step_bytes: Step to which the cluster rounds containers up.
        attempts: Attempts, first tries and retries.
        deaths: Those that died of their heap.
        first_tries: First tries of scheduled runs.
        first_deaths: Those that died.
        late_first_tries: First tries in the last half of the scheduled runs.
        late_first_deaths: Those that died.
        unfinished: Scheduled runs that no try finished.
        trials: Attempts that the policy called trials.
        trial_deaths: Those that died.
        gib_s: Memory held by executors, overhead included, in GiB-seconds.
        rounded_gib_s: The same for containers as rounded by the cluster, in GiB-seconds.
        dead_gib_s: The part of ``gib_s`` in attempts that died.
        late_ratios: Heap over the heap at which half of such attempts die, per attempt of the last half.
        claims: Claims of all attempts with a stated risk.
    """

    step_bytes: int = YARN_STEP_MIB * MIB
    attempts: int = 0
    deaths: int = 0
    first_tries: int = 0
    first_deaths: int = 0
    late_first_tries: int = 0
    late_first_deaths: int = 0
    unfinished: int = 0
    trials: int = 0
    trial_deaths: int = 0
    gib_s: float = 0.0
    rounded_gib_s: float = 0.0
    dead_gib_s: float = 0.0
    late_ratios: list[float] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def add(self, got: Attempted, choice: Choice, *, runs_before: int, first: bool, late: bool) -> None:
        """Count one attempt."""
        overhead = choice.overhead_bytes
        container = got.heap_bytes + (overhead_bytes({}, "yarn", got.heap_bytes) if overhead is None else overhead)
        held_s = got.executor_count * got.held_ms / 1000
        self.attempts += 1
        self.deaths += got.died
        self.first_tries += first
        self.first_deaths += first and got.died
        self.late_first_tries += first and late
        self.late_first_deaths += first and late and got.died
        self.trials += choice.trial
        self.trial_deaths += choice.trial and got.died
        self.gib_s += container / GIB * held_s
        self.rounded_gib_s += math.ceil(container / self.step_bytes) * self.step_bytes / GIB * held_s
        self.dead_gib_s += container / GIB * held_s * got.died
        if late:
            self.late_ratios.append(got.heap_bytes / got.needed_bytes)
        if choice.claim is not None:
            self.claims.append(Claim(choice.claim, got.died, runs_before))
