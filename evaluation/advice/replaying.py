"""Replay all policies on a sample of a fleet, workload by workload, in several processes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from data_contracts.properties.spark import MIB
from evaluation.advice.closed_loop import follow, look_ahead
from evaluation.advice.fleets import FleetKind
from evaluation.advice.policies import Policy
from evaluation.advice.processes import mapped
from evaluation.advice.tally import YARN_STEP_MIB, Tally
from evaluation.advice.world import SimulatedWorkload
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.settings import FleetSettings

WORKLOADS, RUN_LIMIT, MIN_RUNS = 30, 90, 20
"""Sample of each fleet, scheduled runs of each workload at most, and at least."""

LOOPS = "closed", "open"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is replayed of each fleet.

    Attributes:
        seeds: Fleets of each kind; a third of that, but at least one, of kinds that no prior has seen.
        workload_count: Workloads per fleet, evenly spaced among those with enough runs.
        run_limit: Scheduled runs per workload, from the first on.
        min_runs: Workloads with fewer runs are left out.
        step_mib: Container step for the rounded figures, in MiB.
        jobs: Number of processes.
    """

    seeds: int
    workload_count: int = WORKLOADS
    run_limit: int = RUN_LIMIT
    min_runs: int = MIN_RUNS
    step_mib: int = YARN_STEP_MIB
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class _Plan:
    kind: FleetKind
    settings: FleetSettings
    number: int


Done = dict[str, dict[str, list[Tally]]]
"""By loop and policy, one tally of each workload."""


def numbers(kind: FleetKind, settings: FleetSettings, responses: Responses, sample: Sample) -> list[int]:
    """Return workloads of a fleet with enough runs, evenly spaced."""
    enough = [
        number
        for number in range(settings.workload_count)
        if SimulatedWorkload(kind, settings, responses, number, sample.run_limit).run_count >= sample.min_runs
    ]
    count = min(sample.workload_count, len(enough))
    return [enough[int(at)] for at in np.linspace(0, len(enough), count, endpoint=False)]


def replayed(
    kind: FleetKind, policies: Mapping[str, Policy], responses: Responses, sample: Sample, tell: Callable[[str], None]
) -> Done:
    """Replay each policy on each workload of the sample; the order does not depend on the processes.

    Args:
        kind: The fleet.
        policies: By name.
        responses: Response surface of the fleet.
        sample: How much of it to replay.
        tell: Called with progress messages.
    """
    plans = []
    for seed in range(sample.seeds if kind.familiar else max(1, sample.seeds // 3)):
        settings = kind.settings(seed)
        plans += [_Plan(kind, settings, number) for number in numbers(kind, settings, responses, sample)]
    done: Done = {loop: {name: [] for name in policies} for loop in LOOPS}
    work = mapped(lambda plan: _one(plan, policies, responses, sample), plans, sample.jobs)
    for at, one in enumerate(work, 1):
        tell(f"{kind.name}, workload {at} of {len(plans)}")
        for loop, tallies in one.items():
            for name, tally in tallies.items():
                done[loop][name].append(tally)
    return done


def _one(
    plan: _Plan, policies: Mapping[str, Policy], responses: Responses, sample: Sample
) -> dict[str, dict[str, Tally]]:
    workload = SimulatedWorkload(plan.kind, plan.settings, responses, plan.number, sample.run_limit)
    done = {loop: {name: Tally(sample.step_mib * MIB) for name in policies} for loop in LOOPS}
    follow(workload, policies, done["closed"])
    look_ahead(workload, policies, done["open"])
    return done
