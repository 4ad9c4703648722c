"""A simulated workload that is run attempt by attempt, with the heaps that a policy chooses.

The same attempt gets the same random draws under every policy: its need, its unrelated failures and the noise of its
responses depend on the workload, the scheduled run and the number of the try, never on what was tried before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import cast

import numpy as np
import pyarrow as pa

from data_contracts.properties.spark import MIB
from data_contracts.tables import Run
from evaluation.advice.fleets import FleetKind
from evaluation.lab.simulator.fleet import Fleet, Simulated
from evaluation.lab.simulator.lab_runs import Doubles
from evaluation.lab.simulator.outcomes import Drawn, WorkloadRuns, draw_workload, outcomes_of
from evaluation.lab.simulator.parts import TIER_PEAKS, properties_of
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.rows import as_table, rows_of_workload
from evaluation.lab.simulator.schedule import Schedule, schedule
from evaluation.lab.simulator.settings import FleetSettings
from evaluation.lab.simulator.users import DIED, FAILED_OTHERWISE, SUCCEEDED, Attempts, rounded_up_mib
from sparkwright.allocation.past import PastRun
from sparkwright.spark.allocation import Allocation, effective_allocation, overhead_bytes

_WORLD, _RESPONSES, _LABELS = 7, 8, 9  # first word of our seeds; the simulator's own are 0 and 1
_STAMP = "closed-loop"
_PLATFORM = "yarn"
_SUMS = "input_bytes", "executor_run_time_ms", "shuffle_write_bytes", "jvm_gc_time_ms"


@dataclass(frozen=True, slots=True)
class Attempted:
    """The outcome of one attempt.

    Attributes:
        past: What the next decision knows of it: what a harvest of its event log would yield.
        died: Whether its heap was too small, whatever its log says.
        succeeded: Whether it succeeded.
        heap_bytes: What it was given.
        needed_bytes: The heap at which half of such attempts die.
        executor_count: Executors that it held.
        held_ms: How long it held them.
        run: Which scheduled run it was.
        number: Which try of it, from 0.
    """

    past: PastRun
    died: bool
    succeeded: bool
    heap_bytes: int
    needed_bytes: int
    executor_count: int
    held_ms: int
    run: int
    number: int


class SimulatedWorkload:
    """One workload of a fleet, its runs, and the user who submits it; no attempt changes the outcome of the next.

    Args:
        kind: Kind of the fleet.
        settings: The fleet's settings.
        responses: Response surface of the lab's workloads.
        number: Number of the workload.
        run_limit: Number of scheduled runs, from the first on.
    """

    def __init__(
        self, kind: FleetKind, settings: FleetSettings, responses: Responses, number: int, run_limit: int
    ) -> None:
        self._kind, self._settings, self._responses = kind, settings, responses
        self._fleet = Fleet(settings, responses.spark, _STAMP, [])
        drawn = draw_workload(settings, responses, number)
        self.first_heap_mib = drawn.first_heap_mib
        dice = np.random.default_rng([settings.seed, _WORLD, number])
        self.run_count, self.tries = min(run_limit, len(drawn.calendar.at_s)), drawn.submission.retries + 1
        shape = len(drawn.calendar.at_s), self.tries
        noise = kind.scattered(responses.need.noise, shape, dice)
        self._odd = dice.random(shape) < settings.other_failure_probability
        self._raises = dice.random(shape[0]) < settings.raise_probability
        self._factors = dice.uniform(settings.raise_factor.least, settings.raise_factor.most, shape[0])
        labels = np.random.default_rng([settings.seed, _LABELS, number])
        self._drawn: Drawn = replace(drawn, need_mib=kind.shaped(drawn.need_mib, labels))
        self._needed_mib = self._drawn.need_mib[:, None] * noise
        self._mislabelled = labels.random(shape)

    @property
    def name(self) -> str:
        """The workload's id."""
        return f"sim-{self._settings.name}-{self._drawn.number:05d}"

    @cached_property
    def _properties(self) -> dict[str, str]:
        one = self._simulated(0, 0, round(self.first_heap_mib * MIB), self.scheduled_ms(0))
        properties = properties_of(one, 0, _STAMP)
        del properties["spark.app.id"]
        return properties

    @cached_property
    def _allocation(self) -> Allocation:
        return effective_allocation(self.properties(self.first_heap_mib), _PLATFORM)

    def properties(self, heap_mib: float) -> dict[str, str]:
        """Return the properties of a user's submission that requests this heap."""
        return self._properties | {"spark.executor.memory": f"{heap_mib:.0f}m"}

    def scheduled_ms(self, run: int) -> int:
        """Return when a run is due, in milliseconds since 1970."""
        return round(float(self._drawn.calendar.at_s[run]) * 1000)

    def input_bytes(self, run: int) -> int:
        """Return what a scheduled run reads."""
        return int(self._drawn.calendar.input_mib[run] * MIB)

    def needed_bytes(self, run: int) -> int:
        """Return the heap at which half of the tries of a scheduled run die."""
        return int(self._drawn.need_mib[run] * MIB)

    def attempts(self, run: int, number: int, tries: Sequence[tuple[int, int]]) -> list[Attempted]:
        """Run the ``number``-th try (from 0) of a scheduled run for all policies, at little more than the cost of one.

        Args:
            run: The scheduled run.
            number: The try.
            tries: For each policy, the heap in bytes and the time of submission in milliseconds since 1970.
        """
        heaps = [heap for heap, _ in tries]
        workload = self._outcomes(run, number, heaps)
        plan = schedule(workload)
        amounts = {name: plan.amount(name).sum(1).tolist() for name in _SUMS}
        return [
            Attempted(
                past=self._past(workload, plan, amounts, at, self._verdict(run, number, int(ending)), submitted_ms),
                died=bool(ending == DIED),
                succeeded=bool(ending == SUCCEEDED),
                heap_bytes=heap,
                needed_bytes=self.needed_bytes(run),
                executor_count=int(workload.executors[at]),
                held_ms=int(plan.end_ms[at]),
                run=run,
                number=number,
            )
            for at, ((heap, submitted_ms), ending) in enumerate(zip(tries, workload.attempts.ending, strict=True))
        ]

    def attempt(self, run: int, number: int, heap_bytes: int, submitted_ms: int) -> Attempted:
        """Run the ``number``-th try (from 0) of a scheduled run with this heap."""
        return self.attempts(run, number, [(heap_bytes, submitted_ms)])[0]

    def raised_mib(self, run: int, heap_mib: float) -> float:
        """Return what the user requests after all tries of a run died of memory."""
        return rounded_up_mib(self._settings, heap_mib * self._factors[run]) if self._raises[run] else heap_mib

    def row(self, got: Attempted) -> pa.Table:
        """Return the row of ``runs`` of an attempt, as a harvest of its event log would yield it."""
        submitted_ms = round(got.past.started_at.timestamp() * 1000)
        one = self._simulated(got.run, got.number, got.heap_bytes, submitted_ms)
        for row_type, columns in rows_of_workload(one, self._fleet, datetime.now(UTC)):
            if row_type is Run:
                return as_table(Run, columns | {"memory_verdict": got.past.memory_verdict})
        raise AssertionError("the simulator makes a row of runs of every attempt")

    def _verdict(self, run: int, number: int, ending: int) -> str:
        """Return the verdict in the log, which is not always right."""
        luck = self._mislabelled[run, number]
        if ending == DIED:
            return "enough" if luck < self._kind.unseen_deaths else "heap_oom"
        if ending == FAILED_OTHERWISE:
            return "heap_oom" if luck < self._kind.false_deaths else "unknown"
        return "enough"

    def _outcomes(self, run: int, number: int, heaps: Sequence[int]) -> WorkloadRuns:
        """Return the outcome of one try under each heap ``[A]``, with the same random draws."""
        heap_mib = np.array(heaps, float) / MIB
        needed_mib = np.full(len(heaps), self._needed_mib[run, number])
        well = FAILED_OTHERWISE if self._odd[run, number] else SUCCEEDED
        tried = Attempts(
            run=np.full(len(heaps), run),
            number=np.full(len(heaps), number),
            heap_mib=heap_mib,
            needed_mib=needed_mib,
            ending=np.where(needed_mib > heap_mib, DIED, well),
        )
        dice = np.random.default_rng([self._settings.seed, _RESPONSES, self._drawn.number, run, number])
        return outcomes_of(self._drawn, tried, self._responses, cast("np.random.Generator", _SameLuck(dice)))

    def _simulated(self, run: int, number: int, heap_bytes: int, submitted_ms: int) -> Simulated:
        workload = self._outcomes(run, number, [heap_bytes])
        ids, at = [f"{self.name}-{submitted_ms}"], np.array([submitted_ms])
        return Simulated(workload, schedule(workload), ids, at, np.array([0]))

    def _past(
        self,
        runs: WorkloadRuns,
        plan: Schedule,
        sums: Mapping[str, list[int]],
        at: int,
        verdict: str,
        submitted_ms: int,
    ) -> PastRun:
        """Return what :func:`past_runs` would read from the attempt's row, without building the row."""
        heap_bytes = round(runs.attempts.heap_mib[at]) * MIB
        held_ms = int(plan.end_ms[at])
        tier = TIER_PEAKS[runs.submission.tier]
        rss = int(runs.peaks["jvm_rss_bytes"][at] + runs.peaks["peak_python_rss_bytes"][at])
        return PastRun(
            allocation=replace(
                self._allocation,
                executor_memory_bytes=heap_bytes,
                executor_memory_overhead_bytes=overhead_bytes({}, _PLATFORM, heap_bytes),
                executor_count=int(runs.executors[at]),
            ),
            started_at=_moment(submitted_ms),
            ended_at=_moment(submitted_ms + held_ms),
            status="succeeded" if runs.attempts.ending[at] == SUCCEEDED else "failed",
            memory_verdict=verdict,
            duration_ms=held_ms,
            peak_jvm_heap_bytes=int(runs.peaks["peak_jvm_heap_bytes"][at]) if "heap" in tier else None,
            peak_process_rss_bytes=rss if "processes" in tier else None,
            **{name: values[at] for name, values in sums.items()},
        )


class _SameLuck:
    """Random draws shared by all attempts that are simulated together."""

    def __init__(self, dice: np.random.Generator) -> None:
        self._dice = dice

    def random(self) -> float:
        """Draw one number from the generator."""
        return self._dice.random()

    def normal(self, middle: float, spread: float, count: int) -> Doubles:
        """One draw for all."""
        return np.full(count, self._dice.normal(middle, spread))

    def uniform(self, least: float, most: float, count: int) -> Doubles:
        """One draw for all."""
        return np.full(count, self._dice.uniform(least, most))


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(int(ms) / 1000, UTC)
