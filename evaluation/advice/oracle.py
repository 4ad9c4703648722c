"""The measured oracle as an environment: recurrences of a case whose P(death) at any heap was measured.

Deaths are drawn from the logistic curve in the logarithm of the heap through two measured points: the heap at which
half of the runs die, and P(OOM) at the oracle's heap. Peaks and collections come from the response surface for that
need and heap, with its noise, and are visible at every attempt (metrics on). Need and input are the same in all
recurrences.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.properties.spark import MIB
from data_contracts.tables import Oracle
from evaluation.advice.claims import Claim
from evaluation.advice.policies import Observation, Policy
from evaluation.lab.simulator.forms import FORMS
from evaluation.lab.simulator.responses import Responses
from sparkwright.allocation.past import PastRun
from sparkwright.spark.allocation import effective_allocation

TRIES = 4
"""Tries per recurrence; ``spark.yarn.maxAppAttempts`` and schedulers' usual retries are of this order."""
_PLATFORM: Final = "standalone"
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HeapCase:
    """A workload at one input size whose curve was measured.

    Attributes:
        workload: Name of the lab's workload.
        scale: Size of its input, in the lab's terms.
        input_bytes: What it reads.
        busy_ms: Busy time of its tasks at a generous heap.
        oracle_bytes: The smallest heap that is as good as a generous one.
        half_bytes: The heap at which half of the runs die; None if no run died at any heap of the search's grid.
        steepness: Steepness of the logistic curve in the logarithm of the heap.
    """

    workload: str
    scale: str
    input_bytes: int
    busy_ms: float
    oracle_bytes: int
    half_bytes: int | None
    steepness: float

    @classmethod
    def of(cls, row: Oracle) -> "HeapCase":
        """Return the case of a row that has an oracle."""
        assert row.oracle_heap_bytes is not None
        half, risk = row.half_oom_heap_bytes, row.oom_probability_ratio
        steepness = 0.0
        if half is not None and risk is not None:
            steepness = math.log((1 - risk) / risk) / math.log(row.oracle_heap_bytes / half)
        return cls(
            workload=row.workload_id,
            scale=row.input_scale,
            input_bytes=row.input_bytes,
            busy_ms=row.busy_ms or 1000.0,
            oracle_bytes=row.oracle_heap_bytes,
            half_bytes=half if steepness else None,
            steepness=steepness,
        )

    @property
    def name(self) -> str:
        """Workload and size."""
        return f"{self.workload} {self.scale}"

    @property
    def needed_bytes(self) -> int:
        """The heap at which half of the runs die; without a curve, the oracle's."""
        return self.half_bytes or self.oracle_bytes

    def death_probability(self, heap_bytes: int) -> float:
        """Return P(OOM) at a heap, which never rises with memory; without a curve, 0 from the oracle on, else 1."""
        if self.half_bytes is None:
            return float(heap_bytes < self.oracle_bytes)
        signed = self.steepness * math.log(heap_bytes / self.half_bytes)
        return 1 / (1 + math.exp(min(signed, 700.0)))


@dataclass(frozen=True, slots=True)
class Followed:
    """What a policy did to one case over all recurrences.

    Attributes:
        case: Name of the case.
        attempts: First tries and retries.
        deaths: Those that died, trials or not.
        late_attempts: Attempts in the last half of the recurrences.
        late_deaths: Those that died.
        trials: Attempts that the policy called trials.
        held_bytes: Sum of the heaps of all attempts.
        end_ratio: Heap of the last attempt over the oracle's.
        claims: Claims of all attempts with a stated risk.
    """

    case: str
    attempts: int
    deaths: int
    late_attempts: int
    late_deaths: int
    trials: int
    held_bytes: int
    end_ratio: float
    claims: list[Claim] = field(default_factory=list)


class CaseWorld:
    """One case and its randomness: a recurrence and try gets the same draws under every policy and from every start.

    Args:
        case: The case.
        responses: The lab's response surface.
        recurrences: How many there are.
        seed: Seed of the draws.
    """

    def __init__(self, case: HeapCase, responses: Responses, recurrences: int, seed: int) -> None:
        self.case, self.recurrences, self._responses = case, recurrences, responses
        dice = np.random.default_rng([seed, *case.name.encode()])
        self._luck = dice.random((recurrences, TRIES)).tolist()
        self._noise = dice.normal(size=(recurrences, TRIES, 3)).tolist()

    def follow(self, policy: Policy, start_bytes: int) -> Followed:
        """Run every attempt with the heap that the policy chooses; each retry asks again."""
        case, past = self.case, list[PastRun]()
        requests = [_request(case, start_bytes, number + 1) for number in range(TRIES)]
        deaths, trials, late_attempts, late_deaths, held = 0, 0, 0, 0, 0
        claims = list[Claim]()
        for recurrence in range(self.recurrences):
            late = 2 * recurrence >= self.recurrences
            for number, request in enumerate(requests):
                at = _FIRST_DAY + timedelta(days=recurrence, hours=number)
                choice = policy(
                    Observation(request, case.name, past, at, case.needed_bytes, input_bytes=case.input_bytes)
                )
                died = self._luck[recurrence][number] < case.death_probability(choice.heap_bytes)
                if choice.claim is not None:
                    claims.append(Claim(choice.claim, died, len(past)))
                past.append(self._ended(choice.heap_bytes, recurrence, number, at, died=died))
                deaths, late_deaths = deaths + died, late_deaths + (late and died)
                trials, late_attempts = trials + choice.trial, late_attempts + late
                held += choice.heap_bytes
                if not died:
                    break
        end = past[-1].heap_bytes / case.oracle_bytes
        return Followed(case.name, len(past), deaths, late_attempts, late_deaths, trials, held, end, claims)

    def _ended(self, heap_bytes: int, recurrence: int, number: int, at: datetime, *, died: bool) -> PastRun:
        by_peak, by_gc, by_time = self._noise[recurrence][number]
        peak = self._share("heap_peak_ratio", heap_bytes, by_peak)
        gc = min(0.9, self._share("gc_ratio", heap_bytes, by_gc))
        if died:
            peak, gc = self._responses.died_heap_ratio, max(gc, self._responses.died_gc_ratio)
        busy_ms = self.case.busy_ms * math.exp(0.1 * by_time)
        properties = {"spark.executor.memory": f"{heap_bytes // MIB}m", **_ONE_EXECUTOR}
        return PastRun(
            allocation=effective_allocation(properties, _PLATFORM),
            started_at=at,
            ended_at=at + timedelta(milliseconds=busy_ms),
            status="failed" if died else "succeeded",
            memory_verdict="heap_oom" if died else "enough",
            input_bytes=self.case.input_bytes,
            duration_ms=int(busy_ms),
            executor_run_time_ms=int(busy_ms),
            shuffle_write_bytes=0,
            jvm_gc_time_ms=int(gc * busy_ms),
            peak_jvm_heap_bytes=int(min(0.98, max(0.02, peak)) * heap_bytes),
        )

    def _share(self, name: str, heap_bytes: int, noise: float) -> float:
        """Return a share of the response surface at a heap; ``noise`` is in standard deviations."""
        response, input_mib = self._responses.responses[name], self.case.input_bytes / MIB
        pressure = min(0.7, max(-3.0, math.log(self.case.needed_bytes / heap_bytes)))
        features = {
            "log_pressure": pressure,
            "log_high_pressure": max(0.0, pressure - math.log(0.5)),
            "log_fill": math.log(self.case.input_bytes / heap_bytes),
            "log_input_per_slot": math.log(input_mib),
        }
        first, *slopes = response.own.get(self.case.workload, response.shared)
        names = [feature for feature, _, _ in FORMS[name].features]
        eta = first + sum(slope * features[feature] for slope, feature in zip(slopes, names, strict=True))
        return 1 / (1 + math.exp(-(eta + response.noise * noise)))


_ONE_EXECUTOR = {"spark.executor.cores": "1", "spark.executor.instances": "1"}
"""What the oracle was measured with."""


def _request(case: HeapCase, start_bytes: int, attempt: int) -> RecommendRequest:
    properties = {"spark.executor.memory": f"{start_bytes // MIB}m", **_ONE_EXECUTOR}
    return RecommendRequest(
        app_name=case.name,
        workload=case.name,
        platform=_PLATFORM,
        attempt=attempt,
        properties=SparkProperties.model_validate(properties),
    )


def follow_cases(
    cases: Sequence[HeapCase], policy: Policy, responses: Responses, *, start_bytes: int, recurrences: int, seeds: int
) -> list[Followed]:
    """Follow a policy on every case under every seed, case by case."""
    return [
        CaseWorld(case, responses, recurrences, seed).follow(policy, start_bytes)
        for case in cases
        for seed in range(seeds)
    ]
