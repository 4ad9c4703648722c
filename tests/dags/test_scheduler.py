"""The Assets under a real scheduler: one harvest sets off the feedback, and the feedback sets off both trainings."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from sparkwright.orchestration import LOOPBACK, REPOSITORY
from sparkwright.owner_files import ADMIN, admin_password
from sparkwright.settings import Settings
from tests.support.free_ports import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
CAMPAIGN = REPOSITORY / "tests" / "fixtures" / "campaign"


def wait_for(what: str, found: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(TimeoutError):  # a busy server may take longer for one answer than anybody waits for it
            if found():
                return
        assert time.monotonic() < deadline, f"expected {what} within {seconds:.0f} s"
        time.sleep(1)


class Airflow:
    """Airflow's REST API, as a person's browser would use it."""

    def __init__(self, port: int, password: str) -> None:
        self._base = f"http://{LOOPBACK}:{port}"
        self._token = self._exchange("/auth/token", {"username": ADMIN, "password": password})["access_token"]

    def _exchange(self, path: str, body: dict[str, object] | None, *, token: str = "") -> dict:
        request = urllib.request.Request(self._base + path, headers={"Content-Type": "application/json"})
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def knows(self, dag_id: str) -> bool:
        try:
            return bool(self._exchange(f"/api/v2/dags/{dag_id}", None, token=self._token))
        except urllib.error.HTTPError:
            return False

    def trigger(self, dag_id: str) -> None:
        now = datetime.now(UTC).isoformat()
        self._exchange(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": now}, token=self._token)

    def runs(self, dag_id: str) -> list[tuple[str, str]]:
        """Type and state of every run of a DAG."""
        found = self._exchange(f"/api/v2/dags/{dag_id}/dagRuns", None, token=self._token)
        return [(run["run_type"], run["state"]) for run in found["dag_runs"]]

    def set_off(self, dag_id: str) -> bool:
        """Whether an Asset started the DAG, whatever became of it."""
        return any(run_type == "asset_triggered" for run_type, _ in self.runs(dag_id))


def test_one_harvest_sets_off_feedback_and_training_and_nothing_is_left_running(home: Settings) -> None:
    for folder in ("eventlogs", "drivers", "truth"):
        shutil.copytree(CAMPAIGN / folder, home.home / folder)
    airflow_port, mlflow_port, service_port = free_ports(3)
    ports = ["--airflow-port", airflow_port, "--mlflow-port", mlflow_port, "--service-port", service_port]
    log = home.home / "up.log"
    with log.open("wb") as output:
        up = subprocess.Popen(
            [Path(sys.executable).parent / "sparkwright", "up", *map(str, ports)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ,
            cwd=REPOSITORY,
            start_new_session=True,
        )
    try:
        wait_for("all is up", lambda: "all is up" in log.read_text() or up.poll() is not None, 240)
        assert up.poll() is None, log.read_text()
        airflow = Airflow(airflow_port, admin_password(home.home))
        wait_for("the DAGs", lambda: airflow.knows("harvest_history") and airflow.knows("feedback"), 90)
        airflow.trigger("harvest_history")
        triggered = [("asset_triggered", "success")]
        wait_for("the feedback to be set off and done", lambda: airflow.runs("feedback")[:1] == triggered, 240)
        for dag_id in ("train_forecaster", "finetune_troubleshooter"):
            wait_for(f"{dag_id} to be set off", lambda dag_id=dag_id: airflow.set_off(dag_id), 120)
        below = psutil.Process(up.pid).children(recursive=True)
        assert len(below) > 8
        listening = {
            connection.laddr.ip
            for process in below
            for connection in process.net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {LOOPBACK}
    finally:
        up.send_signal(signal.SIGINT)
        exit_code = up.wait(60)
    assert exit_code == 0
    assert [process for process in below if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
