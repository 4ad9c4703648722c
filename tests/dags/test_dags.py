"""The DAG files as Airflow reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sparkwright.cli import COMMANDS
from sparkwright.orchestration import REPOSITORY, airflow_environment
from sparkwright.settings import Settings

DESCRIBE = Path(__file__).with_name("describe_dags.py")
FILES = sorted(path for path in (REPOSITORY / "dags").glob("*_dag.py"))


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What Airflow makes of the folder, in a process and an installation of its own."""
    where = Settings(home=tmp_path_factory.mktemp("home"))
    env = {**os.environ, **airflow_environment(where)}
    subprocess.run([Path(sys.executable).parent / "airflow", "db", "migrate"], env=env, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, DESCRIBE, REPOSITORY / "dags"], env=env, check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == {}
    return found["dags"]


def test_every_dag_file_holds_one_dag_with_its_docstring_as_its_page(described: dict[str, dict]) -> None:
    assert sorted(Path(dag["file"]).name for dag in described.values()) == [path.name for path in FILES]
    for dag in described.values():
        assert len(dag["doc"]) > 100
        assert all(dag["docs"])


def test_every_task_is_one_command_of_the_cli_and_is_skipped_if_its_check_failed(
    described: dict[str, dict],
) -> None:
    for dag in described.values():
        for text in dag["commands"]:
            program, name = text.split()[1:3]
            assert (program, name in COMMANDS) == ('"$SPARKWRIGHT_PROGRAM"', True)
        assert dag["skips"] == [[3]] * len(dag["skips"])


def test_the_assets_link_the_dags_into_the_loop(described: dict[str, dict]) -> None:
    links = {dag_id: (dag["inlets"], dag["outlets"]) for dag_id, dag in described.items()}
    assert links == {
        "harvest_history": ([], ["sparkwright_runs"]),
        "feedback": (["sparkwright_runs"], ["sparkwright_retrain"]),
        "train_forecaster": (["sparkwright_retrain"], ["sparkwright_releases"]),
        "finetune_troubleshooter": (["sparkwright_retrain"], ["sparkwright_releases"]),
    }


def test_params_are_typed_and_described_and_never_pasted_into_a_command(described: dict[str, dict]) -> None:
    for dag in described.values():
        assert all({"type", "description"} <= param.keys() | param["schema"].keys() for param in dag["params"].values())
        assert not any("params" in text or "{{" in text for text in dag["commands"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 80
