"""Airflow in an installation of its own that runs the tasks of one DAG file, with a service that answers them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sparkwright.orchestration import REPOSITORY, airflow_environment
from sparkwright.settings import Settings
from tests.launchers.answering import OneAnswer
from tests.support.misbehaving_service import misbehaving

KEY = "spw_12345678_secretsecret"
_RUN = Path(__file__).with_name("run_cases.py")


def run_cases(dags: Path, home: Path, service: OneAnswer, environ: Mapping[str, str]) -> list[dict]:
    """How each task of the DAG ``cases`` ended.

    Args:
        dags: The folder with ``cases_dag.py`` and nothing else.
        home: For everything that is written.
        service: Answers the launchers.
        environ: Set beside what Airflow and Sparkwright need.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SPARK")}
    env = {
        **inherited,
        **airflow_environment(Settings(home=home)),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "SPARKWRIGHT_HOME": str(home),
        "SPARKWRIGHT_LAUNCHER_TIMEOUT_S": "20",  # a loaded machine is no reason to go without advice here
        "SPARKWRIGHT_API_KEY": KEY,
        **environ,
    }
    airflow = Path(sys.executable).parent / "airflow"
    subprocess.run([airflow, "db", "migrate"], env=env, check=True, capture_output=True)
    with misbehaving() as start:
        env["SPARKWRIGHT_SERVICE_URL"] = start(service)
        words = [sys.executable, _RUN, dags]
        done = subprocess.run(words, env=env, cwd=REPOSITORY, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    (home / "airflow-output.txt").write_text(done.stdout + done.stderr)
    tasks: list[dict] = json.loads(done.stdout.splitlines()[-1])
    return tasks
