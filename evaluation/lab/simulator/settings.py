"""Settings of a fleet: ``fleet.yaml`` with ``--set`` overrides, and the hash that its rows and logs carry."""

import hashlib
import json
import math
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from evaluation.lab.simulator.responses import Responses
from sparkwright.config import Config

FLEET = Path(__file__).with_name("fleet.yaml")
Schedule = Literal["hourly", "six_hourly", "daily", "weekly", "ad_hoc"]
Tier = Literal["tasks", "heap_peaks", "process_tree"]


class Growth(Config):
    """How fast inputs grow, in log units."""

    mean: float
    spread: float = Field(ge=0)


class Surge(Config):
    """Runs of much more input than usual."""

    probability: float = Field(ge=0, le=1, description="P(a run starts one).")
    least: float = Field(ge=1)
    most: float = Field(ge=1)
    most_runs: int = Field(ge=1, description="Maximum number of runs it lasts.")


class OverProvision(Config):
    """Given over needed heap at the time when people set it."""

    median: float = Field(gt=0)
    spread: float = Field(ge=0, description="On the logarithmic scale.")


class Raise(Config):
    """Factor by which a user raises the heap after a death."""

    least: float = Field(ge=1)
    most: float = Field(ge=1)


class FleetSettings(Config):
    """A fleet: its workloads, their calendars and inputs, its users and queues."""

    name: str = Field(pattern=r"^[a-z][a-z0-9]*$", description="Prefix of every application id.")
    seed: int = Field(ge=0, description="Each workload draws from its own generator, seeded with this and its number.")
    start: date
    weeks: int = Field(ge=1, le=520)
    workload_count: int = Field(ge=1, le=100_000)

    schedules: dict[Schedule, float] = Field(description="Share of the workloads by how often they run.")
    ad_hoc_per_week: float = Field(gt=0, description="Runs of an ad-hoc workload.")
    weekdays_only_share: float = Field(ge=0, le=1, description="Daily workloads that rest at weekends.")

    input_median_mib: float = Field(gt=0, description="Of the usual input of the middle workload.")
    input_spread: float = Field(ge=0, description="Between workloads, on the logarithmic scale.")
    daily_amplitude: float = Field(ge=0, description="Of input over the hours, on the logarithmic scale.")
    weekend_drop: float = Field(ge=0, description="Of input at weekends, on the logarithmic scale.")
    growth_per_week: Growth
    input_noise: float = Field(ge=0, description="From run to run, on the logarithmic scale; half of it lasts.")
    surge: Surge
    code_changes_per_10_weeks: float = Field(ge=0)
    code_change_spread: float = Field(ge=0, description="What a change multiplies work and need by, in powers of e.")
    workload_spread: float = Field(ge=0, description="Between workloads that answer like one of the lab, powers of e.")

    queues: dict[str, float] = Field(min_length=1, description="Share of the workloads.")
    cores_per_queue: dict[str, int]
    user_count: int = Field(ge=1)
    executor_cores: dict[int, float] = Field(description="Cores of an executor, by share of the workloads.")
    input_per_executor_mib: float = Field(gt=0, description="By which people choose the number of executors.")
    split_above_gib: float = Field(gt=0, description="Needed heap above which people take more executors instead.")
    heap_gib: tuple[int, ...] = Field(min_length=1, description="Round numbers that people give, ascending.")
    over_provision: OverProvision
    too_little_share: float = Field(ge=0, le=1, description="Share of workloads that are given less than they need.")
    copied_share: float = Field(
        ge=0, le=1, description="Share of workloads with the settings of another one of the same user."
    )
    dynamic_share: float = Field(ge=0, le=1, description="Share of workloads with dynamic allocation.")
    retries: dict[int, float] = Field(description="How often a failed run is retried unchanged, by share.")
    raise_probability: float = Field(ge=0, le=1, description="P(the heap is raised once all tries have died).")
    raise_factor: Raise
    other_failure_probability: float = Field(ge=0, le=1, description="P(a failure unrelated to memory).")
    evidence: dict[Tier, float] = Field(description="Share of the workloads by how much their logs say about memory.")

    @model_validator(mode="after")
    def _hangs_together(self) -> "FleetSettings":
        for name in ("schedules", "queues", "executor_cores", "retries", "evidence"):
            shares = getattr(self, name)
            if not math.isclose(sum(shares.values()), 1, abs_tol=1e-6) or min(shares.values()) < 0:
                raise ValueError(f"expected the shares of {name} to add up to 1, got {sum(shares.values()):g}")
        if self.queues.keys() != self.cores_per_queue.keys():
            raise ValueError("expected cores_per_queue for each of the queues and no other")
        if list(self.heap_gib) != sorted(set(self.heap_gib)) or self.heap_gib[0] < 1:
            raise ValueError("expected heap_gib as ascending whole numbers of at least 1")
        return self


def settings_hash(settings: FleetSettings, responses: Responses) -> str:
    """Return twelve hex digits of everything a fleet is made from: its settings and responses."""
    # What is said of the responses makes no run.
    aside: dict[str, Any] = {"fitted_on": True, "need": {"errors"}, "responses": {"__all__": {"errors"}}}
    made_of = [settings.model_dump(mode="json"), responses.model_dump(mode="json", exclude=aside)]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]
