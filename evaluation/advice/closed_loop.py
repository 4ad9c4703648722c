"""Replay advice on a simulated workload: followed (closed loop), or next to what its user does (open loop).

Each retry gets a new decision. Seeded, so the figures are reproducible.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.arrow import schema
from data_contracts.tables import Run
from evaluation.advice.policies import Observation, Policy
from evaluation.advice.tally import Tally
from evaluation.advice.world import Attempted, SimulatedWorkload
from sparkwright.allocation.past import PastRun

_PAUSE_MS = 60_000  # from the end of an attempt to the next
OPEN_FROM = 0.7
"""In the open loop, only first tries after this share of a workload's runs are judged."""


class _History:
    """The attempts of one workload so far, and the next one that a policy gets."""

    def __init__(self, workload: SimulatedWorkload) -> None:
        self._workload = workload
        self.past: list[PastRun] = []
        self._attempted: list[Attempted] = []
        self._tables: list[pa.Table] = [schema(Run).empty_table()]
        self._requests: dict[tuple[float, int], RecommendRequest] = {}

    def submitted_ms(self, run: int) -> int:
        """Return when the next attempt is submitted: as scheduled, or shortly after the previous attempt ended."""
        scheduled = self._workload.scheduled_ms(run)
        return max(scheduled, round(self.past[-1].ended_at.timestamp() * 1000) + _PAUSE_MS) if self.past else scheduled

    def observation(self, run: int, number: int, asked_mib: float) -> Observation:
        """Return what a policy observes before a try (from 0) for which the user requests this heap."""
        workload, known = self._workload, (asked_mib, number)
        if known not in self._requests:
            self._requests[known] = _request(workload.name, workload.properties(asked_mib), number + 1)
        return Observation(
            self._requests[known],
            workload.name,
            self.past,
            _moment(self.submitted_ms(run)),
            workload.needed_bytes(run),
            input_bytes=workload.input_bytes(run),
            rows_of=self._rows,
        )

    def add(self, got: Attempted) -> None:
        """Record an ended attempt."""
        self.past.append(got.past)
        self._attempted.append(got)

    def _rows(self) -> pa.Table:
        self._tables += [self._workload.row(got) for got in self._attempted[len(self._tables) - 1 :]]
        return pa.concat_tables(self._tables).combine_chunks()


@dataclass(frozen=True, slots=True)
class _Try:
    """A simulation that a policy waits for: its heap under a try of a run."""

    run: int
    number: int
    heap_bytes: int
    submitted_ms: int

    @property
    def at(self) -> tuple[int, int]:
        return self.run, self.number


def follow(workload: SimulatedWorkload, policies: Mapping[str, Policy], tallies: Mapping[str, Tally]) -> None:
    """Run a workload from its first day under each policy, every attempt with the heap that the policy chooses.

    The policies go through the runs in lockstep, because attempts made together are simulated together.

    Args:
        workload: The workload.
        policies: By name; each sees the history that it made.
        tallies: By name of the policy.
    """
    walks = {name: _walk(workload, policy, tallies[name]) for name, policy in policies.items()}
    waiting = {name: one for name, walk in walks.items() if (one := next(walk, None)) is not None}
    while waiting:
        at = min(one.at for one in waiting.values())
        now = {name: one for name, one in waiting.items() if one.at == at}
        ended = workload.attempts(*at, [(one.heap_bytes, one.submitted_ms) for one in now.values()])
        for name, got in zip(now, ended, strict=True):
            try:
                waiting[name] = walks[name].send(got)
            except StopIteration:
                del waiting[name]


def _walk(workload: SimulatedWorkload, policy: Policy, tally: Tally) -> Generator[_Try, Attempted, None]:
    """Walk through all runs with one policy: yield what it tries and receive the outcome."""
    history, asked_mib = _History(workload), workload.first_heap_mib
    for run in range(workload.run_count):
        got = None
        for number in range(workload.tries):
            choice = policy(history.observation(run, number, asked_mib))
            got = yield _Try(run, number, choice.heap_bytes, history.submitted_ms(run))
            late = 2 * run >= workload.run_count
            tally.add(got, choice, runs_before=len(history.past), first=number == 0, late=late)
            history.add(got)
            if got.succeeded:
                break
        if got is not None and not got.succeeded:
            tally.unfinished += 1
            asked_mib = workload.raised_mib(run, asked_mib) if got.died else asked_mib


def look_ahead(workload: SimulatedWorkload, policies: Mapping[str, Policy], tallies: Mapping[str, Tally]) -> None:
    """Run a workload as its user does, and ask every policy what it would have given the later first tries.

    Args:
        workload: The workload.
        policies: By name; all see the history that the user made.
        tallies: By name of the policy.
    """
    history, asked_mib = _History(workload), workload.first_heap_mib
    for run in range(workload.run_count):
        got = None
        for number in range(workload.tries):
            observation, at = history.observation(run, number, asked_mib), history.submitted_ms(run)
            judged = number == 0 and run >= OPEN_FROM * workload.run_count
            choices = {name: policy(observation) for name, policy in policies.items()} if judged else {}
            heaps = [choice.heap_bytes for choice in choices.values()]
            got, *would = workload.attempts(run, number, [(heap, at) for heap in (observation.asked_bytes, *heaps)])
            for (name, choice), one in zip(choices.items(), would, strict=True):
                tallies[name].add(one, choice, runs_before=len(history.past), first=True, late=True)
            history.add(got)
            if got.succeeded:
                break
        if got is not None and got.died:
            asked_mib = workload.raised_mib(run, asked_mib)


def _request(workload_id: str, properties: Mapping[str, str], attempt: int) -> RecommendRequest:
    return RecommendRequest(
        app_name=workload_id,
        workload=workload_id,
        platform="yarn",
        attempt=attempt,
        properties=SparkProperties.model_validate(properties),
    )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
