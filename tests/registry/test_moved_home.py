"""A home that is copied is a home of its own: nothing reaches back into the original."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from sparkwright.registry import models, releases, tracking
from sparkwright.registry.moved_home import follow_home
from sparkwright.settings import Settings
from tests.support.file_hashes import file_hashes
from tests.support.greeter_model import MODEL_CODE
from tests.support.running_service import installation


@pytest.fixture
def copied(registry_home: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A copy of a home with a released folder and a released pyfunc, whose original stays as it was."""
    folder, code = tmp_path / "word", tmp_path / "greeter.py"
    folder.mkdir()
    (folder / "word.txt").write_text("hello")
    code.write_text(MODEL_CODE)
    client = tracking.connect(registry_home)
    with tracking.training_run(client, "lora", {}, {}) as run:
        troubleshooter = models.register_folder(client, models.TROUBLESHOOTER, run.run_id, folder, {})
        run.log_text("kept", "note.txt")
    with tracking.training_run(client, "temporal", {}, {}) as run:
        forecaster = models.register_pyfunc(
            client, models.FORECASTER, run.run_id, folder, code, pd.DataFrame({"x": [1.0]}), {}
        )
    halves = {"forecaster_version": forecaster, "troubleshooter_version": troubleshooter}
    releases.promote(client, releases.propose(client, **halves))
    shutil.copytree(registry_home.home, tmp_path / "copy")
    before = file_hashes(registry_home.home)
    with installation(tmp_path / "copy") as where:
        yield where
    assert file_hashes(registry_home.home) == before


def test_a_copied_home_serves_and_learns_without_the_original(
    copied: Settings, registry_home: Settings, tmp_path: Path
) -> None:
    import mlflow

    registry_home.home.rename(away := tmp_path / "away")
    try:
        client = tracking.connect(copied)
        champion = releases.by_alias(client, "champion")
        assert champion is not None
        got = models.download(client, models.TROUBLESHOOTER, champion.troubleshooter_version)
        assert (got / "word.txt").read_text() == "hello"
        loaded = mlflow.pyfunc.load_model(f"models:/{models.FORECASTER}/{champion.forecaster_version}")
        assert loaded.predict(pd.DataFrame({"x": [1.0]}))["word"].tolist() == ["hello"]
        [run] = client.search_runs([client.get_experiment_by_name("lora").experiment_id])
        assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt") == "kept"
        with tracking.training_run(client, "lora", {}, {}) as run:
            run.log_text("new", "note.txt")
    finally:
        assert not registry_home.home.exists()
        away.rename(registry_home.home)


def test_what_is_written_into_a_copy_leaves_the_original_alone(copied: Settings) -> None:
    client = tracking.connect(copied)
    with tracking.training_run(client, "lora", {}, {}) as run:
        run.log_text("new", "note.txt")
    releases.propose(client, troubleshooter_version="1")
    assert client.get_run(run.run_id).info.artifact_uri.startswith(copied.artifact_root)


def test_no_path_of_the_original_is_left_in_the_registry(copied: Settings, registry_home: Settings) -> None:
    follow_home(copied)
    with sqlite3.connect(copied.home / "mlflow.db") as store:
        # What a training read stays told as it was: it is history, and nothing is opened by it.
        lines = [
            line for line in store.iterdump() if f"{registry_home.home}/" in line and 'INTO "datasets"' not in line
        ]
    assert lines == []


def test_artefacts_that_a_setting_put_elsewhere_stay_there(registry_home: Settings, tmp_path: Path) -> None:
    elsewhere = registry_home.model_copy(update={"artifact_root": str(tmp_path / "elsewhere")})
    client = tracking.connect(elsewhere)
    client.create_experiment("kept", artifact_location=f"{elsewhere.artifact_root}/kept")
    tracking.connect(registry_home)
    assert client.get_experiment_by_name("kept").artifact_location == f"{elsewhere.artifact_root}/kept"
