"""States in the lake: those of its runs after each update, made with no more work than what changed."""

import pytest

from data_contracts.tables import Run, WorkloadState
from sparkwright.allocation.past import COLUMNS, past_runs_of
from sparkwright.errors import LakeError
from sparkwright.features import stored_states as module
from sparkwright.features.growing import GrowingHistory
from sparkwright.features.states import States
from sparkwright.features.stored_states import stored_states, update_states
from sparkwright.lake import Lake
from tests.features.test_growing import NOW
from tests.features.test_states import Seen, anew
from tests.support.simulated_runs import START, simulated_run

KEYS = ("app_id", "attempt_id")


@pytest.fixture
def lake(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    lake.merge(Run, [simulated_run(name, number) for name in "abc" for number in range(4)])
    return lake


def update(lake: Lake, fold: Seen | None = None) -> tuple[int, int, int, int]:
    return tuple(update_states(lake, fold or Seen(), past_runs_of, COLUMNS))


def states_of(lake: Lake) -> dict[str, tuple]:
    return {name: Seen().load(stored.dumped) for name, stored in stored_states(lake, Seen.version).items()}


def expected(lake: Lake) -> dict[str, tuple]:
    history = GrowingHistory(COLUMNS)
    history.load(lake.read(Run, columns=history.columns))
    return {name: anew(history, name) for name in history.workload_ids()}


@pytest.mark.parametrize("few", [1, 256])  # the table written anew, or some of its rows
def test_after_each_update_they_are_those_of_the_runs(lake, few, monkeypatch):
    monkeypatch.setattr(module, "_FEW", few)
    assert update(lake) == (3, 3, 0, 12)
    assert states_of(lake) == expected(lake)
    assert update(lake) == (3, 0, 0, 0)
    lake.merge(Run, [simulated_run("a", 4), simulated_run("d", 0)])
    assert update(lake) == (4, 2, 0, 2), "only what came is folded"
    assert states_of(lake) == expected(lake)
    lake.merge(Run, [simulated_run("b", 1, executor_memory_bytes=1 << 30)])
    assert update(lake) == (4, 1, 0, 4), "a run that was replaced folds its workload anew"
    assert states_of(lake) == expected(lake)
    gone = [simulated_run("c", number) for number in range(4)]
    lake.replace(Run, [], [{key: getattr(run, key) for key in KEYS} for run in gone])
    assert update(lake) == (3, 0, 1, 0)
    assert states_of(lake) == expected(lake)


def test_an_update_that_finds_nothing_new_writes_nothing(lake):
    update(lake)
    version = lake.version(WorkloadState)
    assert update(lake) == (3, 0, 0, 0)
    assert lake.version(WorkloadState) == version


def test_a_lake_without_runs_has_no_states(tmp_path):
    lake = Lake(str(tmp_path / "empty"))
    assert update(lake) == (0, 0, 0, 0)
    assert stored_states(lake, Seen.version) == {}


def test_states_of_another_version_are_rebuilt_and_not_read(lake):
    update(lake)

    class Newer(Seen):
        version = "seen-2"

    assert stored_states(lake, "seen-2") == {}
    assert update(lake, Newer()) == (3, 3, 0, 12)
    assert stored_states(lake, "seen-1") == {}
    assert len(stored_states(lake, "seen-2")) == 3


def test_a_starting_service_folds_only_new_runs(lake):
    update(lake)
    lake.merge(Run, [simulated_run("a", 4)])
    history = GrowingHistory(COLUMNS)
    history.load(lake.read(Run, columns=history.columns))
    seen = Seen()
    states = States(history, seen, past_runs_of)
    states.start_from(stored_states(lake, seen.version), seen.load)
    for name in "abc":
        assert states.of(name, NOW).state == anew(history, name)
    assert seen.folds == 1


def test_of_many_states_those_of_the_workloads_that_ran_last_are_read(lake):
    lake.merge(Run, [simulated_run("late", 0, started_at=NOW), simulated_run("early", 0, started_at=START)])
    update(lake)
    assert set(stored_states(lake, Seen.version, most=1)) == {"late"}
    assert "early" not in stored_states(lake, Seen.version, most=4)


def test_a_state_that_grows_with_its_runs_is_refused(lake):
    class Everything(Seen):
        def dump(self, state):
            return b"x" * 65_537

    with pytest.raises(LakeError, match="65,536 bytes for workload"):
        update(lake, Everything())


def test_a_large_state_does_not_swell_the_log_of_the_table(lake, tmp_path):
    class Large(Seen):
        def dump(self, state):
            return b"x" * 65_536

    update(lake, Large())
    (log,) = (tmp_path / "lake" / "workload_states" / "_delta_log").glob("*0.json")
    assert log.stat().st_size < 10_000
