"""Simulated runs and injected faults change no figure that a release is judged by, and ask for no training."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from data_contracts.tables import Run
from evaluation.advice.policies import Choice
from evaluation.lab.simulator.fleet import simulate
from evaluation.lab.simulator.responses import load_responses
from evaluation.lab.simulator.rows import write_fleet
from evaluation.lab.simulator.settings import FLEET, FleetSettings
from evaluation.scores import CHALLENGER, logged_scores
from sparkwright.cli import CHECK_FAILED, DONE, USAGE_ERROR, main
from sparkwright.config import load_config
from sparkwright.lake import Lake
from sparkwright.registry import models, releases, tracking
from sparkwright.settings import Settings
from tests.support.random_forecaster import random_forecaster
from tests.support.simulated_runs import START, as_table, simulated_runs


@pytest.fixture
def installation(registry_home: Settings, tmp_path: Path) -> Settings:
    """A champion that was trained on half of the runs in the lake, which stand for real ones."""
    from sparkwright.features.windows import HistoryIndex

    runs = simulated_runs(6, 20, seed=3)
    forecaster = random_forecaster(
        HistoryIndex(as_table(runs)), (0.1, 0.5, 0.9), noise=0.0, trained_until=START + timedelta(hours=10)
    )
    forecaster.save(tmp_path / "forecaster")
    client = tracking.connect(registry_home)
    with tracking.training_run(client, "forecaster", {}, {}) as run:
        tags = {"trained_run_count": str(len(runs))}
        version = models.register_folder(client, models.FORECASTER, run.run_id, tmp_path / "forecaster", tags)
    releases.promote(client, releases.propose(client, forecaster_version=version))
    releases.propose(client, forecaster_version=version)
    real = [run.model_copy(update={"origin": "lab"}) for run in runs]
    Lake(registry_home.lake_uri).merge(Run, real)
    return registry_home


def add_fleet(where: Settings) -> None:
    small = load_config(FleetSettings, FLEET, ["workload_count=8", "weeks=1"])
    write_fleet(Lake(where.lake_uri), simulate(small, load_responses()))


def add_faults(where: Settings) -> None:
    """As many of the lab's faults as there are real runs, and newer."""
    Lake(where.lake_uri).merge(
        Run,
        [
            run.model_copy(update={"origin": "lab", "app_id": f"fault-{run.app_id}", "workload_id": "fault_cast_date"})
            for run in simulated_runs(6, 20, seed=4)
        ],
    )


APART = pytest.mark.parametrize("add", [add_fleet, add_faults])


@APART
def test_the_scores_of_a_release_are_the_same_with_them_in_the_lake(
    installation: Settings, add: Callable[[Settings], None]
) -> None:
    client = tracking.connect(installation)
    release, champion = releases.by_alias(client, "challenger"), releases.by_alias(client, "champion")
    assert release is not None
    assert main(["evaluate"]) == DONE
    before = logged_scores(client, release, champion).forecasters[CHALLENGER]
    add(installation)
    assert main(["evaluate"]) == DONE
    assert logged_scores(client, release, champion).forecasters[CHALLENGER] == before
    assert before.run_count > 0


def test_advice_that_dies_more_often_than_it_says_keeps_a_release_from_promotion(
    installation: Settings, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    liar = {"served": lambda observation: Choice(1, claim=0.01)}
    with monkeypatch.context() as patched:
        patched.setattr("evaluation.advice.product.gated", lambda prior: liar)
        assert main(["evaluate"]) == DONE
    assert main(["promote"]) == CHECK_FAILED
    assert "served: 12800 deaths, 128.0 claimed" in capsys.readouterr().err


def test_a_lake_of_simulated_runs_alone_scores_nothing(installation: Settings, capsys) -> None:
    lake = Lake(installation.lake_uri)
    lake.remove(Run, lake.read(Run))
    add_fleet(installation)
    assert main(["evaluate"]) == USAGE_ERROR
    assert "harvest newer runs" in capsys.readouterr().err


@APART
def test_they_ask_for_no_training(installation: Settings, add: Callable[[Settings], None], capsys) -> None:
    add(installation)
    assert main(["feedback", "decide"]) == CHECK_FAILED
    assert "no training is due" in capsys.readouterr().err
