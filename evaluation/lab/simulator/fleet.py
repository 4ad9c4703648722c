"""A whole fleet: every workload by itself, then all of them in their queues.

Shapes: A attempts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evaluation.lab.simulator.outcomes import Whole, WorkloadRuns, run_workload
from evaluation.lab.simulator.queueing import Claims, granted, seconds
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.schedule import Schedule, Tasks, schedule, tasks_of
from evaluation.lab.simulator.settings import FleetSettings, settings_hash


@dataclass(frozen=True, slots=True)
class Simulated:
    """One workload as it ran among the others.

    Attributes:
        ids: Application ids ``[A]``.
        submitted_ms: Time of submission in milliseconds since 1970 ``[A]``.
        waited_ms: Time spent waiting for executors ``[A]``.
    """

    workload: WorkloadRuns
    plan: Schedule
    ids: list[str]
    submitted_ms: Whole
    waited_ms: Whole

    @property
    def ready_ms(self) -> Whole:
        """When the attempts got their executors, the origin of their schedules ``[A]``."""
        return self.submitted_ms + self.waited_ms

    @property
    def name(self) -> str:
        """Name of the workload."""
        return self.ids[0].rpartition("-")[0]

    def tasks(self) -> Tasks:
        """The tasks that succeed."""
        return tasks_of(self.workload, self.plan)


@dataclass(frozen=True, slots=True)
class Fleet:
    """All workloads that ran at least once.

    Attributes:
        stamp: Name of the fleet and hash of everything it is made from, carried by its rows and logs.
    """

    settings: FleetSettings
    spark: str
    stamp: str
    workloads: list[Simulated]


def simulate(settings: FleetSettings, responses: Responses, tell: Callable[[int], None] = lambda _: None) -> Fleet:
    """Simulate a fleet, deterministically for the same settings and responses.

    Args:
        settings: Settings of the fleet.
        responses: Responses of its workloads.
        tell: Called after each workload with how many are done.
    """
    made: list[tuple[WorkloadRuns, Schedule]] = []
    for number in range(settings.workload_count):
        workload = run_workload(settings, responses, number)
        if len(workload.executors):
            made.append((workload, schedule(workload)))
        tell(number + 1)
    claims = [
        Claims(
            workload.submission.queue,
            seconds(workload.calendar.at_s[workload.attempts.run]),
            workload.attempts.number,
            seconds(workload.retry_delay_s),
            workload.executors * workload.submission.cores,
            plan.end_ms,
        )
        for workload, plan in made
    ]
    simulated = [
        Simulated(workload, plan, _ids(settings, workload), submitted, waited)
        for (workload, plan), (submitted, waited) in zip(made, granted(claims, settings.cores_per_queue), strict=True)
    ]
    stamp = f"{settings.name}:{settings_hash(settings, responses)}"
    return Fleet(settings, responses.spark, stamp, simulated)


def _ids(settings: FleetSettings, workload: WorkloadRuns) -> list[str]:
    return [f"sim-{settings.name}-{workload.number:05d}-{at:06d}" for at in np.arange(len(workload.executors))]
