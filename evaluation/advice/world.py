"""A simulated workload that is run attempt by attempt, under whatever heap a policy gives it.

The same attempt meets the same luck under every policy: its need, its odd failures and the noise of its responses are
drawn from the workload, the scheduled run and the number of the try, never from what was tried before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from data_contracts.spark_properties import MIB
from data_contracts.tables import Run
from evaluation.lab.simulator.fleet import Fleet, Simulated
from evaluation.lab.simulator.outcomes import Drawn, draw_workload, outcomes_of
from evaluation.lab.simulator.parts import properties_of
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.rows import as_table, rows_of_workload
from evaluation.lab.simulator.schedule import schedule
from evaluation.lab.simulator.settings import FleetSettings
from evaluation.lab.simulator.users import DIED, FAILED_OTHERWISE, SUCCEEDED, Attempts, rounded_up_mib

_WORLD, _RESPONSES = 7, 8  # first word of our seeds; the simulator's own are 0 and 1
_STAMP = "closed-loop"


@dataclass(frozen=True, slots=True)
class Attempted:
    """What came of one attempt.

    Attributes:
        row: Its row of ``runs``, as a harvest of its event log would give it.
        died: Whether its heap was too small.
        succeeded: Whether it went through.
        heap_bytes: What it was given.
        needed_bytes: The heap at which half of such attempts die.
        executor_ms: Executors times the time that they were held.
    """

    row: pa.Table
    died: bool
    succeeded: bool
    heap_bytes: int
    needed_bytes: int
    executor_ms: int


class SimulatedWorkload:
    """One workload of a fleet, its runs, and the user who submits it.

    Args:
        settings: The fleet.
        responses: What the lab's workloads answer by.
        number: Which workload.
        run_limit: Scheduled runs that are looked at, from the first on.
    """

    def __init__(self, settings: FleetSettings, responses: Responses, number: int, run_limit: int) -> None:
        self._settings, self._responses = settings, responses
        self._fleet = Fleet(settings, responses.spark, _STAMP, [])
        self._drawn: Drawn = draw_workload(settings, responses, number)
        self.run_count = min(run_limit, len(self._drawn.calendar.at_s))
        self.tries = self._drawn.submission.retries + 1
        self.first_heap_mib = self._drawn.first_heap_mib
        dice = np.random.default_rng([settings.seed, _WORLD, number])
        shape = len(self._drawn.calendar.at_s), self.tries
        noise = np.exp(responses.need.noise * dice.logistic(size=shape))
        self._needed_mib = self._drawn.need_mib[:, None] * noise
        self._odd = dice.random(shape) < settings.other_failure_probability
        self._raises = dice.random(shape[0]) < settings.raise_probability
        self._factors = dice.uniform(settings.raise_factor.least, settings.raise_factor.most, shape[0])
        self._count, self._ended_ms = 0, 0
        self._properties = (
            properties_of(self._simulated(0, 0, self.first_heap_mib, SUCCEEDED), 0, _STAMP) if self.run_count else {}
        )
        self._properties.pop("spark.app.id", None)

    @property
    def name(self) -> str:
        """The workload's id."""
        return f"sim-{self._settings.name}-{self._drawn.number:05d}"

    def properties(self, heap_mib: float) -> dict[str, str]:
        """What the user submits a run with, who asks for this heap."""
        return self._properties | {"spark.executor.memory": f"{heap_mib:.0f}m"}

    def submitted_at(self, run: int) -> datetime:
        """When the next attempt is submitted: as scheduled, or a minute after the attempt before it ended."""
        return datetime.fromtimestamp(self._submitted_ms(run) / 1000, UTC)

    def needed_bytes(self, run: int) -> int:
        """The heap at which half of the tries of a scheduled run die."""
        return int(self._drawn.need_mib[run] * MIB)

    def _submitted_ms(self, run: int) -> int:
        return max(round(self._drawn.calendar.at_s[run] * 1000), self._ended_ms + 60_000)

    def attempt(self, run: int, number: int, heap_bytes: int) -> Attempted:
        """The ``number``-th try (from 0) of a scheduled run under this heap."""
        heap_mib = heap_bytes / MIB
        died = bool(self._needed_mib[run, number] > heap_mib)
        ending = DIED if died else FAILED_OTHERWISE if self._odd[run, number] else SUCCEEDED
        one = self._simulated(run, number, heap_mib, ending)
        rows = rows_of_workload(one, self._fleet, datetime.now(UTC))
        columns = next(columns for row_type, columns in rows if row_type is Run)
        self._count, self._ended_ms = self._count + 1, int(one.ready_ms[0] + one.plan.end_ms[0])
        return Attempted(
            row=as_table(Run, columns),
            died=died,
            succeeded=ending == SUCCEEDED,
            heap_bytes=heap_bytes,
            needed_bytes=self.needed_bytes(run),
            executor_ms=int(one.workload.executors[0] * one.plan.end_ms[0]),
        )

    def raised_mib(self, run: int, heap_mib: float) -> float:
        """What the user asks for after all tries of a run died of memory."""
        return rounded_up_mib(self._settings, heap_mib * self._factors[run]) if self._raises[run] else heap_mib

    def _simulated(self, run: int, number: int, heap_mib: float, ending: int) -> Simulated:
        tried = Attempts(
            run=np.array([run]),
            number=np.array([number]),
            heap_mib=np.array([float(heap_mib)]),
            needed_mib=self._needed_mib[[run], number],
            ending=np.array([ending]),
        )
        dice = np.random.default_rng([self._settings.seed, _RESPONSES, self._drawn.number, run, number])
        workload = outcomes_of(self._drawn, tried, self._responses, dice)
        app_id = f"{self.name}-{self._count:06d}"
        return Simulated(workload, schedule(workload), [app_id], np.array([self._submitted_ms(run)]), np.array([0]))
