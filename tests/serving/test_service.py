import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from data_contracts.api.diagnosis import EvidenceItem
from data_contracts.api.recommendation import Recommendation
from data_contracts.tables import Application, Run
from sparkwright.diagnosis.confirmed import confirm, confirmed_cases
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from tests.support.running_service import installation, promote, register_forecaster, serving
from tests.support.simulated_runs import simulated_run

FAULTS = Path(__file__).parents[1] / "fixtures" / "faults" / "eventlogs"
KNOWN = {"app_name": "any", "workload": "workload-001", "platform": "standalone"}


def logged(service):
    log = DecisionLog(f"sqlite:///{service.home}/decisions.db")
    decisions = {decision.decision_id: decision for decision in log.read_since()}
    log.close()
    return decisions


def test_a_known_workload_gets_an_allocation_a_forecast_and_reasons(service):
    status, answer = service.ask("/v1/recommend", KNOWN)
    assert status == 200, answer
    decision = Recommendation.model_validate(answer)
    assert decision.workload_id == "workload-001"
    assert not decision.cold
    assert decision.observed_run_count > 0
    assert decision.allocation["spark.executor.memory"].endswith("m")
    assert decision.forecast.duration_ms.p10 <= decision.forecast.duration_ms.p50 <= decision.forecast.duration_ms.p90
    assert {reason.property for reason in decision.reasons} >= {"*", "spark.executor.memory"}
    assert decision.release_version == decision.forecaster_version == "1"
    assert decision.answered_by == "forecast"


def test_an_unseen_workload_says_that_it_is_cold(service):
    status, answer = service.ask("/v1/recommend", {"app_name": "never seen", "platform": "yarn"})
    assert (status, answer["cold"], answer["observed_run_count"]) == (200, True, 0)
    assert answer["forecast"] is not None


def test_the_decision_is_in_the_log_when_the_answer_comes(service):
    def ask(_: int) -> None:
        _, answer = service.ask("/v1/recommend", KNOWN)
        decision = logged(service)[answer["decision_id"]]
        assert decision.workload_id == answer["workload_id"]
        assert decision.release_version == answer["release_version"]
        assert decision.allocation_json.count("spark.") == len(answer["allocation"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(20)))


def test_a_launch_that_asks_again_gets_its_decision_and_a_retry_one_of_its_own(service):
    def ask(number: int) -> dict:
        body = {**KNOWN, "launch_id": "launch-1", "properties": {"spark.executor.memory": f"{2 + number % 3}g"}}
        status, answer = service.ask("/v1/recommend", body)
        assert status == 200, answer
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))
    assert all(answer == answers[0] for answer in answers)
    _, retry = service.ask("/v1/recommend", {**KNOWN, "launch_id": "launch-1", "attempt": 2})
    assert retry["decision_id"] != answers[0]["decision_id"]
    mine = [one for one in logged(service).values() if one.launch_id == "launch-1"]
    assert {one.decision_id for one in mine} == {retry["decision_id"], answers[0]["decision_id"]}


def test_secrets_do_not_reach_the_log(service):
    properties = {"spark.hadoop.fs.s3a.secret.key": "hunter2", "spark.driver.extraJavaOptions": "-Dpassword=hunter2"}
    names = {name: f"x --password hunter2 {name}" for name in ("app_name", "user_name", "queue", "workload")}
    for named in (names, {name: text for name, text in names.items() if name != "workload"}):
        _, answer = service.ask("/v1/recommend", {**named, "properties": properties})
        assert "hunter2" not in logged(service)[answer["decision_id"]].model_dump_json()
        assert "hunter2" not in json.dumps(answer)


def test_a_wrong_request_is_answered_with_the_field(service):
    for body, field in [
        ({"app_name": "x", "properties": {"spark.executor.memory": "lots"}}, "spark.executor.memory"),
        ({"app_name": "x", "properties": {"spark.executor.cores": "0"}}, "spark.executor.cores"),
        ({"app_name": ""}, "app_name"),
        ({}, "app_name"),
        ({"app_name": "x", "platform": "mainframe"}, "platform"),
        ({"app_name": "x", "surprise": 1}, "surprise"),
    ]:
        status, answer = service.ask("/v1/recommend", body)
        assert status == 422, body
        assert field in answer["errors"][0]["pointer"]


def test_feedback_is_kept_and_repeating_it_changes_nothing(service):
    _, answer = service.ask("/v1/recommend", KNOWN)
    report = {"decision_id": answer["decision_id"], "app_id": "app-1", "exit_code": 52}
    for _ in range(2):
        assert service.ask("/v1/feedback", report) == (200, {"decision_id": answer["decision_id"], "recorded": True})
    decision = logged(service)[answer["decision_id"]]
    assert (decision.reported_app_id, decision.reported_exit_code) == ("app-1", 52)


def test_feedback_on_a_decision_nobody_made_is_404(service):
    status, answer = service.ask("/v1/feedback", {"decision_id": "nobody", "exit_code": 0})
    assert status == 404
    assert "nobody" in answer["detail"]


def test_a_log_that_cannot_be_written_means_503_and_no_answer(service):
    other = sqlite3.connect(service.home / "decisions.db")
    other.execute("BEGIN EXCLUSIVE")
    try:
        status, answer = service.ask("/v1/recommend", KNOWN)
        shown, why = service.ask("/v1/status")
        until = time.monotonic() + 20
        while (ready := service.ask("/readyz"))[0] != 503:
            assert time.monotonic() < until, ready
            time.sleep(0.2)
    finally:
        other.rollback()
    assert status == shown == 503
    assert "allocation" not in answer
    assert "locked" in why["detail"]
    assert "decision log" in ready[1]["missing"][0]
    assert service.ask("/v1/recommend", KNOWN)[0] == 200


OOM = {
    "evidence_id": "e1",
    "kind": "task_failure",
    "source": "task 1.0 in stage 2.0",
    "exception_class": "java.lang.OutOfMemoryError",
    "message": "Java heap space, password=hunter2",
}


def test_given_evidence_is_diagnosed_without_its_secrets(service):
    status, answer = service.ask("/v1/diagnose", {"evidence": [OOM]})
    assert (status, answer["root_cause"], answer["answered_by"]) == (200, "executor_heap_oom", "rules")
    assert answer["notes"]
    assert "hunter2" not in str(answer)


UNHEARD = OOM | {"kind": "driver_log", "exception_class": "com.acme.Zorb", "message": "quuxification of it was refused"}


def test_a_confirmed_cause_is_answered_at_once_and_taken_back(service, tmp_path):
    lake = Lake(str(service.home / "lake"))
    log = min(FAULTS.iterdir())
    shutil.copytree(log, tmp_path / log.name)
    harvest(tmp_path, None, lake)
    [app_id] = lake.read(Application, columns=["app_id"])["app_id"].to_pylist()
    items = [EvidenceItem.model_validate(UNHEARD)]
    confirm(lake, "app-gone", "1", "corrupt_file", items)
    assert service.ask("/v1/diagnose", {"evidence": [UNHEARD]})[1]["root_cause"] == "corrupt_file"
    status, answer = service.ask("/v1/feedback", {"app_id": "app-gone", "retracted": True})
    assert (status, answer) == (200, {"decision_id": None, "recorded": True})
    assert service.ask("/v1/diagnose", {"evidence": [UNHEARD]})[1]["root_cause"] == "unknown"
    assert service.ask("/v1/feedback", {"app_id": "app-gone", "retracted": True})[0] == 404
    assert service.ask("/v1/feedback", {"app_id": app_id, "confirmed_cause": "disk_full"})[0] == 200
    assert [one.root_cause for one in confirmed_cases(lake)] == ["disk_full"]


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ({}, 422),
        ({"confirmed_cause": "disk_full"}, 422),
        ({"app_id": "app-1", "confirmed_cause": "disk_full", "retracted": True}, 422),
        ({"app_id": "app-nobody", "confirmed_cause": "disk_full"}, 404),
    ],
)
def test_feedback_about_nothing_is_refused(service, report, status):
    assert service.ask("/v1/feedback", report)[0] == status


def test_an_unknown_application_is_404_with_the_command_that_reads_it(service):
    status, answer = service.ask("/v1/diagnose", {"app_id": "app-nobody"})
    assert status == 404
    assert "sparkwright harvest" in answer["detail"]


def read_metrics(service):
    with urllib.request.urlopen(f"{service.url}/metrics") as answer:
        return answer.read().decode()


def test_metrics_have_no_label_that_a_client_invents(service):
    service.ask("/v1/invented-path-1")
    service.ask("/v1/recommend", KNOWN)
    until = time.monotonic() + 20
    while "sparkwright_decision_log_usable 1.0" not in (text := read_metrics(service)):
        assert time.monotonic() < until, text  # another test locked the log
        time.sleep(0.2)
    assert 'sparkwright_recommendations_total{answered_by="forecast"}' in text
    assert service.ask("/v1/status")[1]["answers"]["forecast"] > 0
    assert "invented" not in text


def test_the_openapi_document_describes_the_contract(service):
    status, document = service.ask("/openapi.json")
    assert status == 200
    properties = document["components"]["schemas"]["SparkProperties"]["properties"]
    assert "spark.executor.memory" in properties
    assert {"/v1/recommend", "/v1/diagnose", "/v1/feedback", "/v1/status"} <= set(document["paths"])


def workers_of(service, name):
    below = psutil.Process(service.process.pid).children(recursive=True)
    return [one for one in below if one.status() != psutil.STATUS_ZOMBIE and name in one.cmdline()]


def test_a_promoted_release_is_served_without_a_restart_and_a_refused_one_changes_nothing(service):
    # Before any worker is killed: one that has just begun and finds the refused release first has none to go on with.
    in_a_row, deadline = 0, time.monotonic() + 60
    while in_a_row < 20:
        assert time.monotonic() < deadline
        is_first = service.ask("/v1/recommend", KNOWN)[1]["release_version"] == "1"
        in_a_row = in_a_row + 1 if is_first else 0
        time.sleep(0.05)
    with installation(service.home) as where:
        promote(where, register_forecaster(where, contract_hash="columns that mean something else"))
        status = service.wait_for_status(lambda status: any("refused" in note for note in status["notes"]))
        assert status["release_version"] == "1"
        assert service.ask("/v1/recommend", KNOWN)[1]["release_version"] == "1"
        good = promote(where, register_forecaster(where))
    # Two workers, each follows the champion by itself: both do when twenty answers in a row are the new release's.
    in_a_row, deadline = 0, time.monotonic() + 60
    while in_a_row < 20:
        assert time.monotonic() < deadline
        answer = service.ask("/v1/recommend", KNOWN)[1]
        pair = (answer["release_version"], answer["forecaster_version"])
        assert pair in {("1", "1"), (good.version, good.forecaster_version)}
        in_a_row = in_a_row + 1 if pair[0] == good.version else 0
        time.sleep(0.05)


def test_a_worker_that_is_killed_is_replaced_and_launchers_hardly_notice(service):
    for name in ("Sparkwright", "LlmService"):
        before = workers_of(service, name)
        before[0].kill()
        until = time.monotonic() + 120
        while len(workers_of(service, name)) < len(before) or before[0] in workers_of(service, name):
            assert time.monotonic() < until
            asked_s = time.monotonic()
            try:
                status, answer = service.ask("/v1/recommend", KNOWN)
            except (OSError, http.client.HTTPException):
                continue  # the connection was in the killed worker
            finally:
                assert time.monotonic() - asked_s < 2
            assert (status, answer["answered_by"]) == (200, "forecast")
            assert service.ask("/v1/diagnose", {"evidence": [OOM]})[0] == 200
            assert time.monotonic() - asked_s < 2
            time.sleep(0.05)


def test_runs_that_are_harvested_count_without_a_restart(service):
    before = service.ask("/v1/recommend", {"app_name": "x", "workload": "new"})[1]
    assert before["cold"]
    with installation(service.home) as where:
        Lake(where.lake_uri).merge(Run, [simulated_run("new", number) for number in range(3)])
    until = time.monotonic() + 30
    while (after := service.ask("/v1/recommend", {"app_name": "x", "workload": "new"})[1])["cold"]:
        assert time.monotonic() < until
        time.sleep(0.3)
    assert after["observed_run_count"] == 3


def test_submit_obeys_the_service_and_reports_the_outcome(service, tmp_path):
    program = tmp_path / "spark" / "bin" / "spark-submit"
    program.parent.mkdir(parents=True)
    log_line = "Connected to Spark cluster with app ID app-1-0001"
    program.write_text(f'#!/bin/bash\nprintf "%s\\n" "$@"\necho "{log_line}"\nexit 3\n')
    program.chmod(0o755)
    environ = {**os.environ, "SPARK_HOME": str(tmp_path / "spark"), "SPARKWRIGHT_SERVICE_URL": service.url}
    words = [sys.executable, "-m", "sparkwright.cli", "submit"]
    ran = subprocess.run(
        [*words, "--workload", "workload-001", "--executor-cores", "3", "--master", "spark://h:1", "app.py", "--conf"],
        env={**environ, "SPARKWRIGHT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 3, ran.stderr
    given = ran.stdout.splitlines()
    properties = dict(word.split("=", 1) for word in given if word.startswith("spark.") and "=" in word)
    decision = logged(service)[properties["spark.sparkwright.decisionId"]]
    assert properties["spark.sparkwright.workload"] == decision.workload_id == "workload-001"
    assert properties["spark.executor.memory"] == json.loads(decision.allocation_json)["spark.executor.memory"]
    assert "spark.executor.cores" not in properties
    assert given[-3:] == ["app.py", "--conf", log_line]
    assert (decision.reported_app_id, decision.reported_exit_code) == ("app-1-0001", 3)


def test_recommend_and_diagnose_print_what_the_service_says(service, tmp_path):
    environ = {**os.environ, "SPARKWRIGHT_SERVICE_URL": service.url, "SPARKWRIGHT_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "sparkwright.cli"]

    def run(*words):
        return subprocess.run([*command, *words], env=environ, capture_output=True, text=True)

    shown = run("recommend", "--app-name", "x", "--workload", "workload-001", "--conf", "spark.executor.cores=2")
    assert shown.returncode == 0, shown.stderr
    assert "spark.executor.memory" in shown.stdout
    assert "duration" in shown.stdout
    answer = json.loads(run("recommend", "--app-name", "x", "--json").stdout)
    assert Recommendation.model_validate(answer).cold
    wrong = run("recommend", "--app-name", "x", "--conf", "spark.executor.memory=lots")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "spark.executor.memory" in wrong.stderr
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps([OOM]))
    assert "executor_heap_oom" in run("diagnose", "--evidence", str(facts)).stdout
    unknown = run("diagnose", "app-nobody")
    assert unknown.returncode == 2
    assert "harvest" in unknown.stderr


def test_a_service_without_a_champion_is_ready_and_says_so_and_one_that_stops_leaves_nothing_behind(tmp_path):
    with serving(tmp_path / "home") as bare:
        assert urllib.request.urlopen(f"{bare.url}/readyz").status == 200
        assert "no champion" in bare.ask("/v1/status")[1]["notes"][0]
        body = {"app_name": "x", "properties": {"spark.executor.memory": "3072", "spark.jars": "a.jar"}}
        status, answer = bare.ask("/v1/recommend", body)
        assert status == 200
        assert answer["allocation"] == {"spark.executor.memory": "3072m"}
        assert (answer["release_version"], answer["forecast"]) == ("none", None)
        assert "no champion" in answer["reasons"][0]["text"]
        assert answer["answered_by"] == "fallback"
        ready = json.loads(urllib.request.urlopen(f"{bare.url}/readyz").read())
        assert (ready["ready"], ready["missing"]) == (True, [])
        assert "no champion" in ready["notes"][0]
        processes = psutil.Process(bare.process.pid).children(recursive=True)
        assert len(processes) >= 3
        bare.process.send_signal(signal.SIGINT)
        assert bare.process.wait(timeout=30) == 0
        assert not psutil.wait_procs(processes, timeout=1)[1]


def test_a_port_that_is_taken_is_an_error_at_once(service, tmp_path):
    port = service.url.rsplit(":", 1)[1]
    ran = subprocess.run(
        [sys.executable, "-m", "sparkwright.cli", "serve", "--port", port],
        env={**os.environ, "SPARKWRIGHT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert port in ran.stderr
