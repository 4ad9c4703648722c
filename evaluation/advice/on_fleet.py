"""Policies on the simulated fleet in a closed loop, workload by workload, so that differences are paired."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.advice.bootstrap import change_of_sums, difference_of_shares, paired_difference
from evaluation.advice.closed_loop import Tally, follow, sampled
from evaluation.advice.policies import USER, Policy
from evaluation.advice.report import Column, Report, Section, change, decimals, percent
from evaluation.advice.world import SimulatedWorkload
from evaluation.lab.simulator.responses import Responses
from evaluation.lab.simulator.settings import FleetSettings

WORKLOADS, RUN_LIMIT = 80, 90
"""Sample of the fleet, and scheduled runs of each."""

_COLUMNS = (
    Column("policy", "policy"),
    Column("attempts", "attempts"),
    Column("death_share", "deaths", percent),
    Column("first_death_share", "first tries", percent),
    Column("trial_share", "trials", percent),
    Column("unfinished", "unfinished"),
    Column("gib_h", "GiB-h", decimals(0)),
    Column("gib_h_against_user", "GiB-h against user", change),
    Column("median_saving", "median workload", lambda value: f"{value:+.1%}"),
    Column("deaths_against_user", "deaths against user", change),
)


def on_fleet(
    settings: FleetSettings,
    policies: Mapping[str, Policy],
    responses: Responses,
    *,
    seeds: int,
    workload_count: int = WORKLOADS,
    run_limit: int = RUN_LIMIT,
    tell: Callable[[str], None] = lambda name: None,
) -> Report:
    """What each policy does to the same sample of a fleet under several seeds.

    Args:
        settings: The fleet; the seeds are counted from its own.
        policies: By name, ``user`` among them.
        responses: What the fleet answers by.
        seeds: Fleets.
        workload_count: Workloads of each.
        run_limit: Scheduled runs of each workload, from the first on.
        tell: Is told which policy is at work.
    """
    done: dict[str, list[Tally]] = {name: [] for name in policies}
    for seed in range(settings.seed, settings.seed + seeds):
        fleet = settings.model_copy(update={"seed": seed})
        for name, policy in policies.items():
            tell(f"{name}, seed {seed}")
            for number in sampled(settings, workload_count):
                tally = Tally()
                follow(SimulatedWorkload(fleet, responses, number, run_limit), policy, tally)
                done[name].append(tally)
    rows = [_row(name, tallies, done[USER]) for name, tallies in done.items()]
    said = {"seeds": seeds, "workloads": workload_count, "run_limit": run_limit, "fleet": settings.name}
    note = "simulated; intervals are 95%, a paired bootstrap over the workloads of all seeds"
    return Report("fleet", said, [Section("Simulated fleet, closed loop", _COLUMNS, rows)], (note,))


def _row(name: str, tallies: Sequence[Tally], own: Sequence[Tally]) -> dict[str, Any]:
    def total(figure: str) -> float:
        return sum(getattr(one, figure) for one in tallies)

    row: dict[str, Any] = {
        "policy": name,
        "attempts": total("attempts"),
        "death_share": total("deaths") / max(1, total("attempts")),
        "first_death_share": total("first_deaths") / max(1, total("first_tries")),
        "trial_share": total("trials") / max(1, total("attempts")),
        "unfinished": total("unfinished"),
        "gib_h": total("gib_s") / 3600,
        "gib_h_against_user": None,
        "median_saving": None,
        "deaths_against_user": None,
    }
    if name == USER:
        return row
    pairs = [(one, other) for one, other in zip(tallies, own, strict=True) if other.gib_s > 0]
    held = np.array([[one.gib_s, other.gib_s] for one, other in pairs])
    died = np.array([[one.deaths, one.attempts, other.deaths, other.attempts] for one, other in pairs], float)
    return row | {
        "gib_h_against_user": paired_difference([held], change_of_sums),
        "median_saving": float(np.median(held[:, 0] / held[:, 1]) - 1),
        "deaths_against_user": paired_difference([died], difference_of_shares),
    }
