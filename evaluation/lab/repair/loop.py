"""The loop of fail, diagnose, apply, run again; independent of what runs and what diagnoses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from evaluation.lab.campaign import Launch
from evaluation.lab.truth import NO_FAULT

MAX_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of one run.

    Attributes:
        launch_id: Launch id of the run.
        event_log: Name of its event log's folder; empty if no application started.
        exit_code: Exit code of the driver.
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
        """Whether the driver succeeded in time."""
        return self.exit_code == 0 and not self.timed_out


class RepairAdvice(Protocol):
    """The part of a diagnosis that the loop uses."""

    @property
    def root_cause(self) -> str:
        """A name of the taxonomy."""

    @property
    def properties(self) -> Mapping[str, str]:
        """Properties that repair it; empty if none does."""


@dataclass(frozen=True, slots=True)
class Round:
    """One repair and the run that followed.

    Attributes:
        named: Root cause named by the diagnosis.
        properties: Properties changed.
        ran: The run with them; None if there was nothing to change.
    """

    named: str
    properties: dict[str, str]
    ran: Ran | None


@dataclass(frozen=True, slots=True)
class Repaired:
    """A fault and its repairs.

    Attributes:
        first: The unrepaired run.
        rounds: Repairs in order; empty if the fault was not reproduced.
        properties: All applied properties.
    """

    first: Ran
    rounds: tuple[Round, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """Root cause named by the first diagnosis; empty if there was none."""
        return self.rounds[0].named if self.rounds else ""

    @property
    def last(self) -> Ran:
        """The last run."""
        return next((one.ran for one in reversed(self.rounds) if one.ran is not None), self.first)

    @property
    def succeeded(self) -> bool:
        """Whether there was a repaired run and the last one succeeded."""
        return self.last is not self.first and self.last.succeeded


def repair(
    launch: Launch,
    run: Callable[[Launch], Ran],
    diagnose: Callable[[Ran], RepairAdvice],
    *,
    max_rounds: int = MAX_ROUNDS,
) -> Repaired:
    """Run a fault and repair it by its diagnosis, until it succeeds or nothing is left to try.

    Args:
        launch: The unrepaired fault.
        run: Runs a launch.
        diagnose: Diagnoses a run from what it left behind.
        max_rounds: Maximum number of repairs.

    Returns:
        The runs; without rounds if the fault was not reproduced, so that there was nothing to repair.
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
    """Return what the repairs made worse; empty if nothing.

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
