"""Diagnoses that nobody waits for, on the real service with two workers, and with its processes killed."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from sparkwright.access.keys import KeyFile
from sparkwright.advisor import local
from sparkwright.client import AsyncClient, Client
from sparkwright.errors import NoAnswerError, ProblemError
from tests.serving.raw_http import post, request, send
from tests.support.running_service import serving

CAMPAIGN = Path(__file__).parents[2] / "fixtures" / "campaign"
FACT = {"evidence_id": "e1", "kind": "driver_log", "source": "driver", "message": "java.lang.OutOfMemoryError: heap"}
LINE = b"24/01/01 00:00:00 ERROR Worker: java.io.IOException: the same once more, number %09d of many\n"


def long_log(path: Path, size_bytes: int) -> None:
    """A driver's log of nothing but errors, which takes some seconds to read, and what it died of."""
    with path.open("wb") as file:
        for number in range(size_bytes // len(LINE)):
            file.write(LINE % number)
        file.write(b"24/01/01 00:00:01 ERROR Main: java.lang.OutOfMemoryError: Java heap space\n")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """A folder as a cluster leaves it: event logs, and drivers' output beside them."""
    spark = tmp_path_factory.mktemp("spark")
    shutil.copytree(CAMPAIGN, spark, dirs_exist_ok=True)
    long_log(spark / "drivers" / "long.log", 48 * 2**20)
    return spark


@pytest.fixture(scope="module")
def running(tmp_path_factory, logs):
    """A service of two workers that reads there, without a champion."""
    home = tmp_path_factory.mktemp("diagnoses") / "home"
    with serving(home, "--workers", "2", environ={"SPARKWRIGHT_EVENT_LOG_DIR": str(logs / "eventlogs")}) as service:
        yield service


@pytest.fixture
def client(running):
    return Client(running.url, api_key="", timeout_s=30.0)


def event_log(logs: Path) -> str:
    return sorted(path.name for path in (logs / "eventlogs").iterdir())[0]


def wait_until(client: Client, diagnosis_id: str, holds, timeout_s: float = 60.0):
    until_s = time.monotonic() + timeout_s
    while not holds(job := client.diagnosis(diagnosis_id)):
        assert time.monotonic() < until_s, job
        time.sleep(0.05)
    return job


def readers(service) -> list[psutil.Process]:
    below = psutil.Process(service.process.pid).children(recursive=True)
    found = []
    for one in below:
        with suppress(psutil.Error):  # it ended meanwhile
            if "serving.diagnosis_jobs.log_reader" in one.cmdline():
                found.append(one)
    return found


def test_a_log_is_diagnosed_as_the_command_does_with_its_progress(client, logs):
    name, seen = event_log(logs), []
    job = client.start_diagnosis(log={"place": "event_logs", "path": name})
    assert job["status"] == "queued"
    found = client.wait_for_diagnosis(job["diagnosis_id"], told=seen.append)
    here = local.diagnose(str(logs / "eventlogs" / name)).model_dump(mode="json")
    apart = {"release_version", "troubleshooter_version", "notes"}
    assert {key: found[key] for key in found if key not in apart} == {
        key: here[key] for key in here if key not in apart
    }
    ended = client.diagnosis(job["diagnosis_id"])
    size = sum(path.stat().st_size for path in (logs / "eventlogs" / name).glob("events_*"))
    assert ended["progress"] == {"read_bytes": size, "total_bytes": size}
    assert ended["created_at"] <= ended["started_at"] <= ended["ended_at"]
    assert {one["status"] for one in seen} <= {"queued", "running", "succeeded"}


def test_evidence_is_diagnosed_as_the_blocking_call_does(client):
    job = client.start_diagnosis(evidence=[FACT])
    assert client.wait_for_diagnosis(job["diagnosis_id"]) == client.diagnose(evidence=[FACT])


def test_the_asynchronous_client_waits_alike(running):
    async def ask():
        async with AsyncClient(running.url, api_key="", timeout_s=30.0) as client:
            job = await client.start_diagnosis(evidence=[FACT])
            return await client.wait_for_diagnosis(job["diagnosis_id"]), await client.diagnose(evidence=[FACT])

    found, blocking = asyncio.run(ask())
    assert found == blocking


def test_every_worker_knows_every_job(running, client):
    job = client.start_diagnosis(evidence=[FACT])
    client.wait_for_diagnosis(job["diagnosis_id"])
    # A connection stays with the worker that took it: of so many each has some.
    answers = [send(running.url, request("GET", f"/v1/diagnoses/{job['diagnosis_id']}")) for _ in range(40)]
    assert {answer.status for answer in answers} == {200}
    assert {json.loads(answer.body)["status"] for answer in answers} == {"succeeded"}


def test_the_answer_says_where_to_look(running):
    answer = post(running.url, "/v1/diagnoses", {"evidence": [FACT]})
    assert answer.status == 202
    job = json.loads(answer.body)
    assert answer.headers["location"] == f"/v1/diagnoses/{job['diagnosis_id']}"
    assert answer.headers["retry-after"] == "1"
    assert send(running.url, request("DELETE", answer.headers["location"])).status == 200
    for method in ("GET", "DELETE"):
        assert send(running.url, request(method, answer.headers["location"])).status == 404


@pytest.mark.parametrize(
    "log",
    [
        {"place": "drivers", "path": "../../../../etc/passwd"},
        {"place": "drivers", "path": "/etc/passwd"},
        {"place": "drivers", "path": "file:///etc/passwd"},
        {"place": "drivers", "path": "s3://bucket/x"},
        {"place": "/etc", "path": "passwd"},
        {"path": "passwd"},
        {"place": "drivers", "path": "x", "root": "/etc"},
        "/etc/passwd",
    ],
)
def test_no_other_path_can_be_asked_for(running, log):
    answer = post(running.url, "/v1/diagnoses", {"log": log})
    assert answer.status == 422
    assert "root:x" not in answer.body.decode()
    both = post(running.url, "/v1/diagnoses", {"evidence": [FACT], "app_id": "a"})
    assert both.status == 422


def test_a_link_out_of_a_place_and_an_unknown_application_are_not_found(running, client, logs):
    (logs / "drivers" / "passwd.log").symlink_to("/etc/passwd")
    try:
        for path in ("passwd.log", "nothing.log"):
            answer = post(running.url, "/v1/diagnoses", {"log": {"place": "drivers", "path": path}})
            assert answer.status == 404
            assert "/etc" not in answer.problem["detail"]
            assert str(logs) not in answer.problem["detail"]
    finally:
        (logs / "drivers" / "passwd.log").unlink()
    job = client.start_diagnosis(app_id="app-unknown")
    with pytest.raises(ProblemError, match="harvest") as told:
        client.wait_for_diagnosis(job["diagnosis_id"])
    assert told.value.status == 404


def test_a_log_that_tells_of_no_failure_says_so_without_telling_where_it_lies(client, logs):
    (logs / "drivers" / "fine.log").write_text("24/01/01 00:00:00 INFO Main: all is well\n")
    job = client.start_diagnosis(log={"place": "drivers", "path": "fine.log"})
    with pytest.raises(ProblemError, match="neither") as told:
        client.wait_for_diagnosis(job["diagnosis_id"])
    assert told.value.status == 422
    assert str(logs) not in told.value.detail


def test_what_was_asked_is_kept_without_secrets(running, client):
    secret = "hunter2hunter2"
    job = client.start_diagnosis(evidence=[{**FACT, "message": f"java.lang.X: password={secret}"}])
    client.wait_for_diagnosis(job["diagnosis_id"])
    kept = b"".join(path.read_bytes() for path in running.home.glob("diagnoses.db*"))
    assert b"java.lang.X" in kept
    assert secret.encode() not in kept


def test_a_team_has_its_own_jobs_logs_and_number(running, client, logs):
    keys = KeyFile(running.home / "keys.json")
    texts = {name: keys.create(["reader"], name, queues=[f"{name}-"])[1] for name in ("red", "blue")}
    no_reader = keys.create(["launcher"], "red")[1]
    red, blue = (Client(running.url, api_key=texts[name], timeout_s=30.0) for name in ("red", "blue"))
    job = red.start_diagnosis(evidence=[FACT])
    red.wait_for_diagnosis(job["diagnosis_id"])
    for ask in (blue.diagnosis, blue.cancel_diagnosis):
        with pytest.raises(ProblemError) as told:
            ask(job["diagnosis_id"])
        assert told.value.status == 404
    for place, path in (("event_logs", event_log(logs)), ("drivers", "long.log")):
        foreign = blue.start_diagnosis(log={"place": place, "path": path})
        with pytest.raises(ProblemError, match="found none") as told:
            blue.wait_for_diagnosis(foreign["diagnosis_id"])
        assert told.value.status == 404
    launcher = Client(running.url, api_key=no_reader, timeout_s=30.0)
    with pytest.raises(ProblemError, match="reader"):
        launcher.start_diagnosis(evidence=[FACT])


def test_a_cancelled_job_stops_its_reader(running, client):
    job = client.start_diagnosis(log={"place": "drivers", "path": "long.log"})
    wait_until(client, job["diagnosis_id"], lambda one: (one.get("progress") or {}).get("read_bytes"))
    assert readers(running)
    client.cancel_diagnosis(job["diagnosis_id"])
    until_s = time.monotonic() + 10
    while readers(running):
        assert time.monotonic() < until_s
        time.sleep(0.1)


def test_many_jobs_are_refused_in_time_and_recommendations_go_on(running, client):
    jobs, refused = [], None
    try:
        while refused is None and len(jobs) < 20:
            answer = post(running.url, "/v1/diagnoses", {"log": {"place": "drivers", "path": "long.log"}})
            if answer.status == 202:
                jobs.append(json.loads(answer.body)["diagnosis_id"])
            else:
                refused = answer
        assert refused.status == 429
        assert refused.headers["retry-after"] == "5"
        assert 8 <= len(jobs) < 20
        for _ in range(20):
            began_s = time.monotonic()
            assert client.recommend(app_name="any")["answered_by"]
            assert time.monotonic() - began_s < 2
        assert len(readers(running)) <= 2
    finally:
        for one in jobs:
            client.cancel_diagnosis(one)


@pytest.mark.slow
def test_a_job_survives_its_worker_its_service_and_its_client(tmp_path, logs):
    home = tmp_path / "home"
    environ = {"SPARKWRIGHT_EVENT_LOG_DIR": str(logs / "eventlogs")}
    with serving(home, "--workers", "2", environ=environ) as service:
        client = Client(service.url, api_key="", timeout_s=30.0)
        job = client.start_diagnosis(log={"place": "drivers", "path": "long.log"})["diagnosis_id"]
        with pytest.raises(NoAnswerError):  # who asked has gone
            client.wait_for_diagnosis(job, timeout_s=0.2)
        wait_until(client, job, lambda one: (one.get("progress") or {}).get("read_bytes"))
        for reader in readers(service):
            os.kill(reader.ppid(), signal.SIGKILL)
        first = wait_until(client, job, lambda one: one["status"] != "running" or len(readers(service)) > 0, 60.0)
        assert first["status"] in {"queued", "running", "succeeded"}
    with serving(home, "--workers", "2", environ=environ) as service:
        client = Client(service.url, api_key="", timeout_s=30.0)
        found = client.wait_for_diagnosis(job, timeout_s=120.0)
    assert found["root_cause"] in {"executor_heap_oom", "driver_heap_oom"}


def test_the_command_reads_there(running, logs):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    words = [sys.executable, "-m", "sparkwright.cli", "diagnose", "--json", "--log"]

    def run(log: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words, log],
            capture_output=True,
            text=True,
            env={**environ, "SPARKWRIGHT_SERVICE_URL": running.url},
            timeout=60,
        )

    done = run(f"event_logs:{event_log(logs)}")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["app_id"]
    for wrong in ("/etc/passwd", "etc:passwd", "drivers:", "drivers:nothing.log", "drivers:../x"):
        refused = run(wrong)
        assert refused.returncode == 2, refused
        assert "expected" in refused.stderr
