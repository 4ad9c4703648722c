"""Fail, diagnose, apply, run again: the loop alone, whoever runs and whoever diagnoses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from evaluation.lab.campaign import Launch
from evaluation.lab.truth import NO_FAULT

MAX_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run.

    Attributes:
        launch_id: Of the run.
        event_log: Name of its event log's folder; empty where no application started.
        exit_code: Of the driver.
        verified: Whether the logs show what was meant to happen: the fault, or its absence.
        seen: What shows it, or why it is not verified.
        timed_out: Whether the lab stopped it.
        good_tasks_count: Tasks that succeeded.
        seconds: Wall time.
    """

    launch_id: str
    event_log: str
    exit_code: int
    verified: bool
    seen: str
    timed_out: bool
    good_tasks_count: int
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether the driver ended well and in time."""
        return self.exit_code == 0 and not self.timed_out


class Advised(Protocol):
    """The part of a diagnosis that the loop follows."""

    @property
    def root_cause(self) -> str:
        """A name of the taxonomy."""

    @property
    def properties(self) -> Mapping[str, str]:
        """Properties that repair it; empty where none does."""


@dataclass(frozen=True, slots=True)
class Round:
    """One repair and the run that followed.

    Attributes:
        named: Root cause that the diagnosis named.
        properties: What it had changed.
        ran: The run with them; None where there was nothing to change.
    """

    named: str
    properties: dict[str, str]
    ran: Ran | None


@dataclass(frozen=True, slots=True)
class Repaired:
    """A fault, and what became of it.

    Attributes:
        first: The fault as it is.
        rounds: Repairs in order; empty where the fault did not come.
        properties: All that was applied.
    """

    first: Ran
    rounds: tuple[Round, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """Root cause that the first diagnosis named; empty where there was none."""
        return self.rounds[0].named if self.rounds else ""

    @property
    def last(self) -> Ran:
        """The last run."""
        return next((one.ran for one in reversed(self.rounds) if one.ran is not None), self.first)

    @property
    def succeeded(self) -> bool:
        """Whether the last run, a repaired one, succeeded."""
        return self.last is not self.first and self.last.succeeded


def repair(
    launch: Launch,
    run: Callable[[Launch], Ran],
    diagnose: Callable[[Ran], Advised],
    *,
    max_rounds: int = MAX_ROUNDS,
) -> Repaired:
    """Run a fault and repair it by its diagnosis, until it succeeds or nothing is left to try.

    Args:
        launch: The fault as it is.
        run: Runs a launch.
        diagnose: Explains a run from what it left behind.
        max_rounds: Repairs that are tried at most.

    Returns:
        No rounds where the fault did not come, so that there was nothing to repair.
    """
    ran = first = run(launch)
    if not first.verified:
        return Repaired(first)
    rounds: list[Round] = []
    applied: dict[str, str] = {}
    for number in range(1, max_rounds + 1):
        advised = diagnose(ran)
        in_force = launch.properties | applied
        new = {name: value for name, value in advised.properties.items() if in_force.get(name) != value}
        if not new:
            rounds.append(Round(advised.root_cause, {}, None))
            break
        applied |= new
        ran = run(_repaired(launch, applied, number))
        rounds.append(Round(advised.root_cause, new, ran))
        if ran.succeeded:
            break
    return Repaired(first, tuple(rounds), applied)


def harm(done: Repaired, root_cause: str) -> str:
    """What the repairs made worse; empty where nothing.

    Args:
        done: From :func:`repair`.
        root_cause: The true one.
    """
    if done.succeeded:
        return ""
    for one in done.rounds:
        if one.ran is None:
            continue
        if one.ran.timed_out and not done.first.timed_out:
            return "it no longer came to an end"
        if done.first.good_tasks_count and not one.ran.good_tasks_count:
            return "no task succeeded any more"
    if done.properties and done.named != root_cause:
        return f"properties for {done.named}, which it was not"
    return ""


def _repaired(launch: Launch, applied: dict[str, str], number: int) -> Launch:
    return replace(
        launch,
        launch_id=f"{launch.launch_id}-round{number}",
        root_cause=NO_FAULT,
        knob="",
        expected_status="succeeded",
        properties=launch.properties | applied,
        limit_s=None,
        repeat=number,
        repaired=True,
    )
