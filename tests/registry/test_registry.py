from pathlib import Path

import pandas as pd
import pytest

from sparkwright.errors import RegistryError
from sparkwright.registry import models, releases, tracking
from sparkwright.settings import Settings
from tests.support.greeter_model import MODEL_CODE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "word"
    made.mkdir()
    (made / "word.txt").write_text("hello")
    return made


def test_a_registered_folder_comes_back_with_the_same_files(registry_home: Settings, folder: Path) -> None:
    client = tracking.connect(registry_home)
    with tracking.training_run(client, "lora", {"rank": 4}, {"evidence": 7}) as run:
        version = models.register_folder(client, models.TROUBLESHOOTER, run.run_id, folder, {"prefer": "rules"})
    got = models.download(client, models.TROUBLESHOOTER, version)
    assert {path.name: path.read_text() for path in got.iterdir()} == {"word.txt": "hello"}
    assert client.get_model_version(models.TROUBLESHOOTER, version).tags["prefer"] == "rules"


def test_a_pyfunc_answers_through_mlflow_and_gives_its_folder_back(
    registry_home: Settings, folder: Path, tmp_path: Path
) -> None:
    import mlflow

    code = tmp_path / "greeter.py"
    code.write_text(MODEL_CODE)
    client = tracking.connect(registry_home)
    with tracking.training_run(client, "temporal", {}, {}) as run:
        version = models.register_pyfunc(
            client, models.FORECASTER, run.run_id, folder, code, pd.DataFrame({"x": [1.0]}), {"contract_hash": "abc"}
        )
    loaded = mlflow.pyfunc.load_model(f"models:/{models.FORECASTER}/{version}")
    assert loaded.predict(pd.DataFrame({"x": [1.0, 2.0]}))["word"].tolist() == ["hello", "hello"]
    assert loaded.metadata.metadata == {"contract_hash": "abc"}
    assert (models.download(client, models.FORECASTER, version) / "word.txt").read_text() == "hello"


def test_a_run_says_what_it_read_and_how_it_ended(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    with pytest.raises(ZeroDivisionError), tracking.training_run(client, "temporal", {"a": 1}, {"runs": 3}) as run:
        run.log_metrics({"loss": 0.5}, step=2)
        1 / 0  # noqa: B018
    logged = client.get_run(run.run_id)
    assert logged.info.status == "FAILED"
    assert logged.data.params == {"a": "1"}
    assert logged.data.metrics == {"loss": 0.5}
    assert [(entry.dataset.name, entry.dataset.digest) for entry in logged.inputs.dataset_inputs] == [("runs", "v3")]
    assert logged.info.artifact_uri.startswith(registry_home.artifact_root)


def test_a_release_moves_as_a_pair(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    assert releases.by_alias(client, "champion") is None
    first = releases.propose(client, forecaster_version="1")
    assert (first.forecaster_version, first.troubleshooter_version) == ("1", "none")
    assert releases.by_alias(client, "champion") is None
    releases.promote(client, first)
    assert releases.by_alias(client, "challenger") is None
    second = releases.propose(client, troubleshooter_version="5")
    assert (second.forecaster_version, second.troubleshooter_version) == ("1", "5")
    assert releases.by_alias(client, "champion") == first
    releases.promote(client, second)
    assert releases.by_alias(client, "champion") == second


def test_promoting_one_release_leaves_another_challenger_alone(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    first = releases.propose(client, forecaster_version="1")
    second = releases.propose(client, forecaster_version="2")
    releases.promote(client, first)
    assert releases.by_alias(client, "challenger") == second


def test_a_missing_version_says_how_one_is_made(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    with pytest.raises(RegistryError, match="sparkwright train"):
        models.download(client, models.FORECASTER, "9")


def test_a_version_whose_files_were_deleted_is_a_clear_error(registry_home: Settings, folder: Path) -> None:
    import shutil

    client = tracking.connect(registry_home)
    with tracking.training_run(client, "lora", {}, {}) as run:
        version = models.register_folder(client, models.TROUBLESHOOTER, run.run_id, folder, {})
    shutil.rmtree(registry_home.artifact_root)
    with pytest.raises(RegistryError, match=f"version {version} of model troubleshooter"):
        models.download(client, models.TROUBLESHOOTER, version)


def test_two_proposals_at_the_same_time_both_arrive(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    releases.promote(client, releases.propose(client, forecaster_version="1", troubleshooter_version="1"))
    forecaster = releases.propose(client, forecaster_version="2")
    troubleshooter = releases.propose(client, troubleshooter_version="2")
    releases.promote(client, releases.rebased(client, forecaster))
    releases.promote(client, releases.rebased(client, troubleshooter))
    champion = releases.by_alias(client, "champion")
    assert champion is not None
    assert (champion.forecaster_version, champion.troubleshooter_version) == ("2", "2")


def test_a_proposal_over_the_present_champion_stays_as_it_is(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    releases.promote(client, releases.propose(client, forecaster_version="1"))
    proposal = releases.propose(client, troubleshooter_version="1")
    assert releases.rebased(client, proposal) == proposal


def test_an_unknown_release_is_a_clear_error(registry_home: Settings) -> None:
    client = tracking.connect(registry_home)
    with pytest.raises(RegistryError, match="expected release 7"):
        releases.by_version(client, "7")
