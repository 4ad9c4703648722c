"""The rollout file and a service of two workers, from outside: a launcher, an API key of a team, status and metrics."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from data_contracts.tables import Run
from sparkwright.access.keys import KeyFile
from sparkwright.advisor.rollout import FILE
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.registry import releases, tracking
from tests.support.running_service import installation, promote, register_forecaster, serving
from tests.support.simulated_runs import GIB, simulated_run

ASKED = {
    "app_name": "any", "workload": "nightly", "platform": "standalone",
    "properties": {"spark.executor.memory": "8g", "spark.executor.cores": "2", "spark.executor.instances": "4"},
}  # fmt: skip


@pytest.fixture(scope="module")
def rolled_out(tmp_path_factory):
    home = tmp_path_factory.mktemp("rolled_out") / "home"
    with installation(home) as where:
        runs = [simulated_run("nightly", number, executor_memory_bytes=2 * GIB) for number in range(8)]
        Lake(where.lake_uri).merge(Run, runs)
        promote(where, register_forecaster(where))
        releases.propose(tracking.connect(where), forecaster_version=register_forecaster(where))
        _, key = KeyFile(home / "keys.json").create(["launcher", "reader"], "data")
    say(home, "version: 1\nopt_in: {teams: [data]}\nshadow: challenger\n")
    with serving(home, "--workers", "2") as running:
        yield running, key


def say(home, text):
    written = home / f"{FILE}.new"
    written.write_text(text)
    written.chmod(0o644)
    written.replace(home / FILE)


def ask(service, key=None, **told):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    body = json.dumps(ASKED | told).encode()
    with urllib.request.urlopen(
        urllib.request.Request(f"{service.url}/v1/recommend", body, headers), timeout=30
    ) as got:
        return json.loads(got.read())


def wait_until(service, key, holds):
    """Both workers say so: twenty answers in a row."""
    until, in_a_row = time.monotonic() + 60, 0
    while in_a_row < 20:
        assert time.monotonic() < until
        in_a_row = in_a_row + 1 if holds(ask(service, key)) else 0
        time.sleep(0.02)


def test_a_team_that_opted_in_is_advised_and_others_are_only_reported_on(rolled_out):
    service, key = rolled_out
    advised, kept = ask(service, key), ask(service)
    assert advised["allocation"]["spark.executor.memory"] != "8g"
    assert (advised["report_only"], kept["report_only"]) == (False, True)
    assert kept["allocation"] == ASKED["properties"]
    assert kept["withheld"]["allocation"] == advised["allocation"]
    assert kept["changes"] == []
    status = service.ask("/v1/status")[1]
    assert status["rollout"]["advice_for"] == "opted_in"
    assert status["rollout"]["opted_in"] == {"workloads": 0, "queues": 0, "teams": 1}
    assert status["answers"]["report_only"] >= 1
    _, listed = service.ask(f"/v1/decisions/{kept['decision_id']}")
    assert listed["report_only"]
    assert listed["withheld"] == kept["withheld"]


def test_the_release_in_shadow_is_asked_after_the_answer_and_logged(rolled_out):
    service, key = rolled_out
    status = service.wait_for_status(lambda status: status["rollout"]["shadow_release_version"] == "2")
    assert status["release_version"] == "1"
    until = time.monotonic() + 40
    while True:
        answer = ask(service, key)
        assert answer["release_version"] == "1"
        time.sleep(1.5)
        shadow = service.ask(f"/v1/decisions/{answer['decision_id']}")[1]["shadow"]
        if shadow is not None:
            break
        assert time.monotonic() < until
    assert shadow["release_version"] == shadow["forecaster_version"] == "2"
    assert shadow["allocation"]["spark.executor.memory"]
    assert service.ask("/v1/status")[1]["rollout"]["shadow_answers"]["answered"] >= 1
    with urllib.request.urlopen(f"{service.url}/metrics") as got:
        text = got.read().decode()
    assert 'sparkwright_shadow_answers_total{result="answered"}' in text
    assert 'sparkwright_recommendations_total{answered_by="report_only"}' in text


def test_a_launcher_submits_what_the_user_wrote_where_nobody_opted_in(rolled_out, tmp_path):
    service, _ = rolled_out
    program = tmp_path / "spark" / "bin" / "spark-submit"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    words = [
        "submit",
        "--workload",
        "nightly",
        "--master",
        "spark://h:1",
        "--conf",
        "spark.executor.memory=8g",
        "app.py",
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "sparkwright.cli", *words],
        env={**os.environ, "SPARK_HOME": str(tmp_path / "spark"), "SPARKWRIGHT_SERVICE_URL": service.url,
             "SPARKWRIGHT_HOME": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    properties = dict(word.split("=", 1) for word in ran.stdout.splitlines() if "=" in word)
    assert {name: value for name, value in properties.items() if "memory" in name} == {"spark.executor.memory": "8g"}
    log = DecisionLog(f"sqlite:///{service.home}/decisions.db")
    decision = log.find(properties["spark.sparkwright.decisionId"])
    log.close()
    assert decision.report_only


def test_a_change_holds_within_seconds_a_mistake_is_told_and_changes_nothing(rolled_out):
    service, key = rolled_out
    say(service.home, "version: 1\nopt_in: {workloads: [other]}\n")
    wait_until(service, key, lambda answer: answer["report_only"])
    say(service.home, "version: 1\nopt_in: {workloads: [nightly}\n")
    status = service.wait_for_status(lambda status: any(FILE in note for note in status["notes"]))
    assert any(f"{FILE}:2: " in note for note in status["notes"])
    assert ask(service, key)["report_only"]
    say(service.home, "version: 1\n")
    wait_until(service, key, lambda answer: not answer["report_only"])


def test_a_canary_of_all_is_the_challenger_and_a_pin_serves_it_after_a_worker_was_killed(rolled_out):
    service, key = rolled_out
    say(service.home, "version: 1\ncanary: {share: 1}\n")
    wait_until(service, key, lambda answer: answer["release_version"] == "2")
    assert service.ask("/v1/status")[1]["release_version"] == "1"
    say(service.home, "version: 1\npin: 2\n")
    service.wait_for_status(lambda status: status["rollout"]["pinned_release_version"] == "2")
    wait_until(service, key, lambda answer: answer["release_version"] == "2")
    children = psutil.Process(service.process.pid).children(recursive=True)
    worker = next(one for one in children if "Sparkwright" in " ".join(one.cmdline()))
    os.kill(worker.pid, signal.SIGKILL)
    wait_until(service, key, lambda answer: answer["release_version"] == "2")
    say(service.home, "version: 1\n")
    wait_until(service, key, lambda answer: answer["release_version"] == "1")
