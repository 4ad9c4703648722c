"""The belief about need, folded and kept: what comes back from the lake goes on as what was kept in memory."""

from datetime import timedelta

import numpy as np
import pytest

from data_contracts.tables import Run, WorkloadState
from sparkwright.advisor.need_fold import NeedFold
from sparkwright.allocation.inputs import expected
from sparkwright.allocation.need import NeedPosterior
from sparkwright.allocation.need_prior import DEFAULT_PRIOR
from sparkwright.allocation.past import PastRun, past_runs
from sparkwright.cli import main
from sparkwright.features.stored_states import LARGEST_BYTES, stored_states
from sparkwright.lake import Lake
from tests.support.running_service import promote, register_forecaster
from tests.support.simulated_runs import GIB, START, as_table, simulated_run, simulated_runs


@pytest.fixture
def runs() -> list[PastRun]:
    """Of one workload: some held, some died, inputs and heaps changed."""
    rows = simulated_runs(1, 40, seed=4)
    later = START + timedelta(days=9)
    rows += [simulated_run("w", 0, started_at=later, executor_memory_bytes=64 * GIB, executor_cores_count=8)]
    return past_runs(as_table(rows))


def folded(runs: list[PastRun], fold: NeedFold, *, by_bytes: bool = False) -> NeedPosterior:
    state = fold.initial()
    for run in runs:
        state = fold.fold(state, run)
        if by_bytes:
            state = fold.load(fold.dump(state))
    return state


def test_it_is_the_posterior_of_the_runs_up_to_single_precision(runs):
    heaps = [one * GIB / 4 for one in range(2, 300)]
    mine = folded(runs, NeedFold()).death_probability(heaps, expected(runs))
    theirs = NeedPosterior.of(runs).death_probability(heaps, expected(runs))
    np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-7)


def test_bytes_keep_all_of_it(runs):
    fold = NeedFold()
    kept, stored = folded(runs, fold), folded(runs, fold, by_bytes=True)
    assert fold.dump(kept) == fold.dump(stored)
    np.testing.assert_array_equal(kept.weights, stored.weights)
    assert len(fold.dump(kept)) < LARGEST_BYTES
    assert fold.load(fold.dump(fold.initial())) is None


def test_another_prior_is_another_version():
    other = DEFAULT_PRIOR.model_copy(update={"walk": 2 * DEFAULT_PRIOR.walk})
    assert NeedFold().version == NeedFold(DEFAULT_PRIOR).version != NeedFold(other).version


def test_the_command_keeps_the_state_of_each_workload(registry_home, tmp_path, capsys):
    lake = Lake(str(tmp_path / "lake"))
    lake.merge(Run, simulated_runs(3, 10))
    assert main(["states", "--lake", lake.uri]) == 0
    assert "states of 3 workload(s): 3 brought up to date with 30 run(s)" in capsys.readouterr().out
    rows = lake.read(WorkloadState)
    assert set(rows["state_version"].to_pylist()) == {NeedFold().version}
    for name, stored in stored_states(lake, NeedFold().version).items():
        mine = past_runs(lake.read(Run, filters=[("workload_id", "=", name)]))
        assert stored.dumped == NeedFold().dump(folded(mine, NeedFold()))
    assert main(["states", "--lake", lake.uri]) == 0
    assert "3 workload(s): 0 brought up to date with 0 run(s)" in capsys.readouterr().out


def test_the_states_begin_with_the_prior_of_the_champion(registry_home):
    lake = Lake(registry_home.lake_uri)
    lake.merge(Run, simulated_runs(2, 3))
    other = DEFAULT_PRIOR.model_copy(update={"walk": 2 * DEFAULT_PRIOR.walk})
    promote(registry_home, register_forecaster(registry_home, prior=other))
    assert main(["states"]) == 0
    assert set(lake.read(WorkloadState)["state_version"].to_pylist()) == {NeedFold(other).version}
