"""Advice in a closed loop: every attempt is advised, runs under the simulator's responses, and becomes history.

``python -m evaluation.advice.closed_loop`` prints what a fleet costs and how often it dies under each policy, beside
what its users do of their own. Retries are asked for anew. Seeded: the same figures every time.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from data_contracts.api import RecommendRequest
from data_contracts.arrow import schema
from data_contracts.request_properties import SparkProperties
from data_contracts.spark_properties import GIB, MIB
from data_contracts.tables import Run
from evaluation.advice.policies import RULES, Choice, Policy, Question
from evaluation.advice.product import product
from evaluation.advice.world import Attempted, SimulatedWorkload
from evaluation.lab.simulator.responses import Responses, load_responses
from evaluation.lab.simulator.settings import FLEET, FleetSettings
from sparkwright.allocation.past import PastRun, past_runs
from sparkwright.config import load_config
from sparkwright.errors import ConfigError, SparkwrightError

_LAST_RUNS = 5


@dataclass(slots=True)
class Tally:
    """What a policy did to a fleet.

    Attributes:
        attempts: Attempts, first tries and retries.
        deaths: Those of them that died of their heap.
        first_tries: First tries of scheduled runs.
        first_deaths: Those of them that died.
        unfinished: Scheduled runs that no try finished.
        trials: Attempts below what was proven.
        trial_deaths: Those of them that died.
        gib_s: Memory held by executors, overhead included, in GiB-seconds.
        dead_gib_s: The part of it in attempts that died.
        heap_ratios: Heap over the heap at which half of such attempts die, one of each attempt.
        last_ratios: The same of the last runs of each workload.
    """

    attempts: int = 0
    deaths: int = 0
    first_tries: int = 0
    first_deaths: int = 0
    unfinished: int = 0
    trials: int = 0
    trial_deaths: int = 0
    gib_s: float = 0.0
    dead_gib_s: float = 0.0
    heap_ratios: list[float] = field(default_factory=list)
    last_ratios: list[float] = field(default_factory=list)

    def add(self, got: Attempted, choice: Choice, *, first: bool) -> None:
        """Count one attempt."""
        overhead = choice.overhead_bytes
        overhead = max(384 * MIB, got.heap_bytes // 10) if overhead is None else overhead
        gib_s = (got.heap_bytes + overhead) / GIB * got.executor_ms / 1000
        self.attempts += 1
        self.deaths += got.died
        self.first_tries += first
        self.first_deaths += first and got.died
        self.trials += choice.trial
        self.trial_deaths += choice.trial and got.died
        self.gib_s += gib_s
        self.dead_gib_s += gib_s * got.died
        self.heap_ratios.append(got.heap_bytes / got.needed_bytes)


def follow(workload: SimulatedWorkload, policy: Policy, tally: Tally) -> None:
    """Let a workload run from its first day, every attempt with the heap that the policy chooses."""
    rows, past = schema(Run).empty_table(), list[PastRun]()
    asked_mib = workload.first_heap_mib
    for run in range(workload.run_count):
        got = None
        for number in range(workload.tries):
            request = _request(workload.name, workload.properties(asked_mib), number + 1)
            needed, at = workload.needed_bytes(run), workload.submitted_at(run)
            choice = policy(Question(request, workload.name, past, at, needed, rows=rows))
            got = workload.attempt(run, number, choice.heap_bytes)
            tally.add(got, choice, first=number == 0)
            if run >= workload.run_count - _LAST_RUNS:
                tally.last_ratios.append(got.heap_bytes / got.needed_bytes)
            rows = pa.concat_tables([rows, got.row]).combine_chunks()
            past += past_runs(got.row)
            if got.succeeded:
                break
        if got is not None and not got.succeeded:
            tally.unfinished += 1
            asked_mib = workload.raised_mib(run, asked_mib) if got.died else asked_mib


def _request(workload_id: str, properties: Mapping[str, str], attempt: int) -> RecommendRequest:
    return RecommendRequest(
        app_name=workload_id,
        workload=workload_id,
        platform="yarn",
        attempt=attempt,
        properties=SparkProperties.model_validate(properties),
    )


def closed_loop(
    policies: Mapping[str, Policy],
    *,
    settings: FleetSettings,
    responses: Responses,
    workload_count: int,
    run_limit: int,
    tell: Callable[[str, int], None] = lambda name, done: None,
) -> dict[str, Tally]:
    """What each policy does to the same sample of a fleet.

    Args:
        policies: By the name that they are printed under.
        settings: The fleet.
        responses: What it answers by.
        workload_count: Workloads of the sample, evenly over the fleet.
        run_limit: Scheduled runs of each, from the first on.
        tell: Is told after each workload which policy is at work and how many workloads are done.
    """
    numbers = sampled(settings, workload_count)
    tallies = {}
    for name, policy in policies.items():
        tallies[name] = Tally()
        for done, number in enumerate(numbers, 1):
            follow(SimulatedWorkload(settings, responses, number, run_limit), policy, tallies[name])
            tell(name, done)
    return tallies


def sampled(settings: FleetSettings, workload_count: int) -> list[int]:
    """Numbers of so many workloads, evenly over the fleet."""
    count = min(workload_count, settings.workload_count)
    return [int(number) for number in np.linspace(0, settings.workload_count, count, endpoint=False)]


def closed_loop_table(tallies: Mapping[str, Tally]) -> Table:
    """The figures as a person reads them; savings are against the policy ``user``, where it is there."""
    table = Table(
        "policy", "attempts", "deaths", "first tries", "retries", "trials died", "unfinished", "GiB-h", "vs user",
        "in deaths", "heap/need p10 p50 p90", "last 5",
    )  # fmt: skip
    own = tallies["user"].gib_s if "user" in tallies else 0.0
    for name, tally in tallies.items():
        p10, p50, p90 = np.quantile(tally.heap_ratios, [0.1, 0.5, 0.9])
        table.add_row(
            name,
            f"{tally.attempts:,}",
            _share(tally.deaths, tally.attempts),
            _share(tally.first_deaths, tally.first_tries),
            _share(tally.deaths - tally.first_deaths, tally.attempts - tally.first_tries),
            _share(tally.trial_deaths, tally.trials),
            f"{tally.unfinished}",
            f"{tally.gib_s / 3600:,.0f}",
            f"{tally.gib_s / own - 1:+.1%}" if own else "-",
            f"{tally.dead_gib_s / tally.gib_s:.1%}",
            f"{p10:.2f} {p50:.2f} {p90:.2f}",
            f"{np.median(tally.last_ratios):.2f}",
        )
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} = {part / whole:.1%}" if whole else "0"


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; 2 where it cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workloads", type=int, default=80, help="sample of the shipped fleet; default: %(default)s")
    parser.add_argument("--runs", type=int, default=90, help="scheduled runs of each, at most; default: %(default)s")
    parser.add_argument(
        "--forecaster", type=Path, metavar="DIR", help="folder of a trained forecaster that the product uses"
    )
    parser.add_argument("--only", action="append", metavar="POLICY", help="policies to follow; default: all")
    args = parser.parse_args(words)
    began = time.monotonic()
    try:
        policies = RULES | product(args.forecaster)
        if unknown := set(args.only or ()) - policies.keys():
            raise ConfigError(f"expected --only with some of {', '.join(policies)}; got {', '.join(sorted(unknown))}")
        policies = {name: policy for name, policy in policies.items() if not args.only or name in args.only}
        with Console(stderr=True).status("") as status:
            tallies = closed_loop(
                policies,
                settings=load_config(FleetSettings, FLEET, []),
                responses=load_responses(),
                workload_count=args.workloads,
                run_limit=args.runs,
                tell=lambda name, done: status.update(f"{name}: workload {done} of {args.workloads}"),
            )
    except SparkwrightError as error:
        print(f"closed_loop: {error}", file=sys.stderr)
        return 2
    console = Console(width=170)
    console.print(closed_loop_table(tallies))
    console.print(f"{args.workloads} workloads, at most {args.runs} runs each, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
