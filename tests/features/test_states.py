"""A state is the fold of exactly the runs that had ended, wherever it came from."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkwright.allocation.past import COLUMNS, PastRun, past_runs_of
from sparkwright.features.growing import GrowingHistory
from sparkwright.features.states import States, Stored, folded
from tests.features.test_growing import NOW, apply, commits, table
from tests.support.simulated_runs import START, simulated_run
from tests.support.thorough import relaxed

State = tuple[tuple[str, int], ...]


class Seen:
    """What was folded, in order; ``folds`` counts the work."""

    version = "seen-1"

    def __init__(self) -> None:
        self.folds = 0

    def initial(self) -> State:
        return ()

    def fold(self, state: State, run: PastRun) -> State:
        self.folds += 1
        return (*state, (run.ended_at.isoformat(), run.heap_bytes))

    def dump(self, state: State) -> bytes:
        return json.dumps(state).encode()

    def load(self, dumped: bytes) -> State:
        return tuple((ended, heap) for ended, heap in json.loads(dumped))


def anew(history: GrowingHistory, name: str, at=NOW) -> State:
    runs = history.workload(name)
    return folded(Seen(), past_runs_of, runs, runs.count(at)).state


@pytest.fixture
def history():
    history = GrowingHistory(COLUMNS)
    apply(history, [simulated_run("a", number) for number in range(5)], [])
    return history


@relaxed(40)
@given(commits, st.integers(1, 3), st.booleans())
def test_a_state_equals_folding_all_runs_from_the_start(sequence, most, refreshed):
    history, there = GrowingHistory(COLUMNS), []
    states = States(history, Seen(), past_runs_of, most=most)
    for added, leave in sequence:
        removed = [there.pop(number % len(there)) for number in leave if there]
        there += added
        apply(history, added, removed)
        if refreshed:
            states.refresh()
        for name in ("a", "b", "c", "never"):
            for at in (NOW, START + timedelta(hours=4)):
                found = states.of(name, at)
                assert found.state == anew(history, name, at)
                assert found.run_count == len(found.state)


def test_only_new_runs_are_folded_until_one_comes_late_or_is_replaced(history):
    seen = Seen()
    states = States(history, seen, past_runs_of)

    def work() -> int:
        before = seen.folds
        assert states.of("a", NOW).state == anew(history, "a")
        return seen.folds - before

    assert work() == 5
    assert work() == 0
    apply(history, [simulated_run("a", 5), simulated_run("b", 1)], [])
    assert work() == 1
    apply(history, [simulated_run("b", 0)], [])
    assert work() == 0
    early = START + timedelta(minutes=1)
    apply(history, [simulated_run("a", 6, started_at=early)], [])
    assert work() == 7, "it ended before five that were folded"
    apply(history, [simulated_run("a", 5, executor_memory_bytes=1 << 30)], [simulated_run("a", 5)])
    assert work() == 7
    replaced, late = simulated_run("a", 5, executor_memory_bytes=1 << 30), simulated_run("a", 6, started_at=early)
    history.load(table([late, replaced, *(simulated_run("a", number) for number in range(5))], history))
    assert work() == 0, "read anew, and the same"


def test_a_slightly_late_run_refolds_only_the_last_ones():
    history = GrowingHistory(COLUMNS)
    apply(history, [simulated_run("a", number) for number in range(100)], [])
    seen = Seen()
    states = States(history, seen, past_runs_of)
    for number in range(100, 180):
        apply(history, [simulated_run("a", number)], [])
        before = seen.folds
        assert states.of("a", NOW).state == anew(history, "a")
        assert number == 100 or seen.folds - before == 1
    for hours in (178, 170, 160):
        apply(history, [simulated_run("a", 1000 + hours, started_at=START + timedelta(hours=hours, minutes=1))], [])
        before = seen.folds
        assert states.of("a", NOW).state == anew(history, "a")
        assert seen.folds - before <= 40


def test_held_states_are_updated_before_anybody_asks(history):
    apply(history, [simulated_run("b", 0)], [])
    seen = Seen()
    states = States(history, seen, past_runs_of)
    states.of("a", NOW)
    apply(history, [simulated_run("a", 5), simulated_run("b", 1)], [])
    before = seen.folds
    states.refresh()
    assert seen.folds - before == 1, "of a workload that nobody asked about nothing is held"
    assert states.of("a", NOW).state == anew(history, "a")
    assert seen.folds - before == 1
    states.refresh()
    assert seen.folds - before == 1


def test_a_moment_in_the_past_leaves_the_newest_state_in_place(history):
    seen = Seen()
    states = States(history, seen, past_runs_of)
    states.of("a", NOW)
    assert len(states.of("a", START + timedelta(hours=2)).state) == 2
    before = seen.folds
    assert len(states.of("a", NOW).state) == 5
    assert seen.folds == before


def test_states_from_the_lake_are_used_where_they_fit_the_runs(history):
    runs = history.workload("a")
    dumped = Seen().dump(folded(Seen(), past_runs_of, runs, 3).state)
    for stored, work in (
        (Stored(dumped, 3, runs.digest(3)), 2),
        (Stored(dumped, 3, runs.digest(2)), 5),
        (Stored(dumped, 30, runs.digest(3)), 5),
    ):
        seen = Seen()
        states = States(history, seen, past_runs_of)
        states.start_from({"a": stored}, seen.load)
        assert states.of("a", NOW).state == anew(history, "a")
        assert seen.folds == work


def test_no_more_states_are_held_than_wanted(history):
    apply(history, [simulated_run(name, 0) for name in "bcd"], [])
    seen = Seen()
    states = States(history, seen, past_runs_of, most=2)
    for name in "abc":
        states.of(name, NOW)
    seen.folds = 0
    states.of("c", NOW)
    states.of("b", NOW)
    assert seen.folds == 0
    states.of("a", NOW)
    assert seen.folds == 5, "it was asked for longest ago"
