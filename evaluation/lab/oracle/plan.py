"""Plans of oracles: YAML to cases, and each run of a case as a launch of the lab."""

import re
from dataclasses import dataclass
from typing import Self

from pydantic import Field, model_validator

from evaluation.lab.campaign import Case, Executors, HeapMib, Launch, workload_launch
from sparkwright.config import Config

_LAUNCH = re.compile(r"-r(\d+)-(\d+)m$")


class Grid(Config):
    """The candidate heaps, from the smallest one in equal ratios, and one that is more than enough."""

    smallest_mib: HeapMib = 512
    step_ratio: float = Field(1.15, gt=1)
    count: int = Field(12, ge=2)
    generous_mib: HeapMib = 3584

    @model_validator(mode="after")
    def _is_topped(self) -> "Grid":
        if self.generous_mib <= self.heaps_mib[-1]:
            raise ValueError(f"expected generous_mib above the largest heap of the grid, {self.heaps_mib[-1]}")
        return self

    @property
    def heaps_mib(self) -> list[int]:
        """The heaps in order, in whole MiB."""
        return [round(self.smallest_mib * self.step_ratio**number) for number in range(self.count)]


class Rules(Config):
    """When a heap is the oracle, and how many runs may be spent on finding out.

    Attributes:
        repeats: Minimum number of runs of an oracle, all without a failure.
        max_repeats: If the slow-down is still undecided after this many runs, the heap counts as too small.
        slow_down_limit: Largest acceptable ratio of time to that at the generous heap.
        search_slow_down: A single run of the search that exceeds this ratio counts as too slow.
        min_pairs: Minimum number of pairs with the generous heap before a heap may be called too slow.
        below_repeats: Runs of the heap below the edge, for the fit; half as many of the one below that.
        below_failures: This many failures below the edge are enough.
        above_repeats: Runs of the heap above the edge.
    """

    repeats: int = Field(10, ge=2)
    max_repeats: int = Field(15, ge=2)
    slow_down_limit: float = Field(1.25, gt=1)
    search_slow_down: float = Field(1.4, gt=1)
    min_pairs: int = Field(4, ge=2)
    below_repeats: int = Field(4, ge=1)
    below_failures: int = Field(3, ge=1)
    above_repeats: int = Field(2, ge=0)


class OraclePlan(Config):
    """Cases, the grid of heaps, and the rules."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    seed: int
    budget_s: int = Field(gt=0, description="No run is started after this many seconds.")
    limit_s: float = Field(60, gt=0, description="An application that runs longer is stopped.")
    grid: Grid = Grid()
    rules: Rules = Rules()
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of one case.

    Attributes:
        round_number: 0 in the search; runs of the same round are close in time.
    """

    round_number: int
    heap_mib: int

    @classmethod
    def of(cls, launch_id: str) -> Self:
        """Parse the trial from a launch id."""
        match = _LAUNCH.search(launch_id)
        if match is None:
            raise ValueError(f"expected a launch of an oracle, got {launch_id!r}")
        return cls(int(match[1]), int(match[2]))

    def launch(self, plan: OraclePlan, case: Case) -> Launch:
        """Return the trial as an application: one executor with one core, which an OOM ends at once."""
        return workload_launch(
            case,
            f"{plan.name}-{case.name}-r{self.round_number:02d}-{self.heap_mib}m",
            Executors(memory_mib=self.heap_mib, count=1, cores_count=1),
            properties={"spark.task.maxFailures": "1"},
        )
