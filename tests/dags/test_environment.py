"""Airflow as ``sparkwright up`` configures it: who gets in, and where it writes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sparkwright.errors import ConfigError
from sparkwright.orchestration import REPOSITORY, airflow_environment
from sparkwright.settings import Settings
from tests.support.file_hashes import file_hashes


def test_only_the_owner_gets_a_token_and_only_by_a_name_of_this_machine(home: Settings) -> None:
    env = {**os.environ, **airflow_environment(home)}
    bin_folder = Path(sys.executable).parent
    subprocess.run([bin_folder / "airflow", "db", "migrate"], env=env, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("ask_api_server.py")],
        env=env,
        check=True,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "a token for the asking": 403,
        "a login for the asking": 403,
        "a token for a wrong password": 401,
        "DAGs without a token": 401,
        "a token for the password": 201,
        "DAGs with it": 200,
        "from a rebound name": 400,
        "from localhost": 200,
    }
    # Airflow's own files are in the home, and only the owner can access them.
    airflow = home.home / "airflow"
    assert airflow.stat().st_mode & 0o077 == 0
    assert (airflow / "airflow.cfg").stat().st_mode & 0o077 == 0
    assert str(home.home) not in (airflow / "airflow.cfg").read_text()


def test_a_copied_home_is_closed_to_others_again_and_one_that_cannot_be_is_told(home: Settings) -> None:
    folder = home.home / "airflow"
    folder.mkdir(mode=0o755)
    airflow_environment(home)
    assert folder.stat().st_mode & 0o077 == 0
    shutil.rmtree(folder)
    folder.write_text("no folder")
    with pytest.raises(ConfigError, match=f"expected a folder of your own at {folder}"):
        airflow_environment(home)


def test_airflow_of_a_copied_home_writes_into_the_copy(tmp_path: Path) -> None:
    """Over an ``airflow.cfg`` that Airflow wrote for the original, with its absolute paths."""
    script = (
        "import os; from pathlib import Path; from sparkwright.settings import Settings;"
        "from sparkwright.orchestration import airflow_environment;"
        "os.environ |= airflow_environment(Settings(home=Path(os.sys.argv[1])));"
        "from airflow.configuration import conf;"
        "print(*(conf.get(*name) for name in [('database', 'sql_alchemy_conn'), ('logging', 'base_log_folder'),"
        "('logging', 'dag_processor_child_process_log_directory'), ('core', 'simple_auth_manager_passwords_file')]))"
    )
    original, copy = tmp_path / "original", tmp_path / "copy"
    folder = original / "airflow"
    folder.mkdir(parents=True)
    (folder / "airflow.cfg").write_text(
        f"[database]\nsql_alchemy_conn = sqlite:///{folder}/airflow.db\n[logging]\nbase_log_folder = {folder}/logs\n"
        f"dag_processor_child_process_log_directory = {folder}/logs/dag_processor\n"
    )
    shutil.copytree(original, copy)
    before = file_hashes(original)
    done = subprocess.run(
        [sys.executable, "-c", script, copy], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    paths = done.stdout.splitlines()[-1].split()
    assert len(paths) == 4
    assert all(str(copy) in path and str(original) not in path for path in paths)
    assert file_hashes(original) == before
