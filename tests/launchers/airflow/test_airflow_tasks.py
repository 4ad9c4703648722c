"""Real Airflow, its real provider and its retries; a script in the place of spark-submit says what it was given."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from tests.launchers.airflow.running_cases import run_cases
from tests.launchers.answering import OneAnswer

pytest.importorskip("airflow.providers.apache.spark", reason="apache-airflow-providers-apache-spark is not installed")

HERE = Path(__file__).parent
SPARK_SUBMIT = r"""#!/bin/bash
printf '%s\n' "$@" > "$SEEN/$(date +%s%N)"
if env | grep -q SPARKWRIGHT_API_KEY=; then echo "the key reached the driver"; exit 9; fi
echo "26/11/29 10:00:00 INFO Standalone: Connected to Spark cluster with app ID app-20261129100000-0001 "
case "$*" in
  *lost.py*) echo driver-20261129100000-0001 ;;
  *ended.py*) echo driver-20261129100000-0002 ;;
  *again.py*) echo driver-20261129100000-0003 ;;
  *driver.memory=1200m*oom.py*) exit 0 ;;
  *oom.py*) echo 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'
            echo '	at java.util.Arrays.copyOf(Arrays.java:3537)'; exit 1 ;;
  *bug.py*) echo 'Traceback (most recent call last):'; echo '  File "bug.py", line 1, in <module>'
            echo 'ZeroDivisionError: division by zero'; exit 1 ;;
esac
"""


STATES = {
    "driver-20261129100000-0001": ["UNKNOWN", "RUNNING", "FINISHED"],
    "driver-20261129100000-0002": ["UNKNOWN", "FINISHED"],
    "driver-20261129100000-0003": ["UNKNOWN", "FINISHED"],
}


class Master(BaseHTTPRequestHandler):
    """The REST port of a standalone master, as Spark prints its answers: it loses sight of every driver at first."""

    def do_GET(self) -> None:
        driver = self.path.removeprefix("/v1/submissions/status/")
        lines = ['  "action" : "SubmissionStatusResponse",', f'  "driverState" : "{STATES[driver].pop(0)}",']
        lines += [f'  "submissionId" : "{driver}",', '  "success" : true']
        body = "\n".join(["{", *lines, "}"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Ran:
    """What the tasks of the DAG did: words of every submission, questions to the service, ends of the tasks."""

    def __init__(self, seen: Path, service: OneAnswer, tasks: list[dict], home: Path) -> None:
        self.words = [path.read_text().splitlines() for path in sorted(seen.iterdir())]
        self.service, self.tasks, self.home = service, tasks, home

    def submitted(self, task_id: str) -> list[list[str]]:
        """The command lines of a task, in the order of its tries."""
        mark = f"spark.sparkwright.workload=airflow:cases.{task_id}"
        return [words for words in self.words if mark in words]

    def asked(self, task_id: str) -> list[dict]:
        key = f"airflow:cases.{task_id}"
        return [body for path, body in self.service.asked if path == "/v1/recommend" and body["workload"] == key]

    def of(self, task_id: str) -> list[dict]:
        return [one for one in self.tasks if one["task"] == task_id]


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Ran:
    base = tmp_path_factory.mktemp("airflow")
    program, seen, home = base / "spark" / "bin" / "spark-submit", base / "seen", base / "home"
    program.parent.mkdir(parents=True)
    seen.mkdir()
    program.write_text(SPARK_SUBMIT)
    program.chmod(0o755)
    service = OneAnswer({"spark.executor.memory": "3g", "spark.sql.shuffle.partitions": "64"})
    master = ThreadingHTTPServer(("127.0.0.1", 0), Master)
    Thread(target=master.serve_forever, args=(0.05,), daemon=True).start()
    cluster = {"deploy-mode": "cluster", "rest-port": master.server_port}
    environ = {
        "AIRFLOW_CONN_SPARK_CLUSTER": json.dumps(
            {"conn_type": "spark", "host": "spark://127.0.0.1", "port": 7077, "extra": cluster}
        ),
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[1]"}),
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "SEEN": str(seen),
    }
    try:
        return Ran(seen, service, run_cases(HERE / "dags", home, service, environ), home)
    finally:
        master.shutdown()
        master.server_close()


def conf(words: list[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for flag, word in pairwise(words) if flag == "--conf")


def test_advice_and_marks_reach_the_command_line_and_the_applications_words_stay(ran):
    [words] = ran.submitted("plain")
    set_ = conf(words)
    assert set_["spark.sparkwright.decisionId"] == "d1"
    assert set_["spark.executor.memory"] == "3g"
    assert words[-3:] == ["app.py", "--override", "x y"]
    [request] = ran.asked("plain")
    assert request["workload"] == "airflow:cases.plain"
    assert set_["spark.sparkwright.launchId"] == f"{request['launch_id']}-1"
    assert "attempt" not in request


def test_arguments_that_win_over_conf_are_the_users_word(ran):
    [words] = ran.submitted("arguments")
    assert words[words.index("--executor-memory") :][:2] == ["--executor-memory", "2g"]
    assert "spark.executor.memory=3g" not in words
    assert ran.asked("arguments")[0]["properties"]["spark.executor.memory"] == "2g"


def test_with_override_an_argument_is_taken_out_so_that_the_advice_holds(ran):
    for task_id in ("overridden", "own"):
        [words] = ran.submitted(task_id)
        assert "--executor-memory" not in words
        assert conf(words)["spark.executor.memory"] == "3g"
    assert "--executor-cores" in ran.submitted("overridden")[0]


def test_a_workload_and_an_input_of_ones_own(ran):
    requests = [body for _, body in ran.service.asked if str(body.get("workload")).startswith("orders/")]
    assert [(one["input_bytes"], len(one["workload"])) for one in requests] == [(2048, len("orders/20261129"))]


def test_a_submission_that_carries_a_decision_keeps_it(ran):
    assert ran.asked("carrying") == []
    assert [words for words in ran.words if "spark.sparkwright.decisionId=d0" in words]


def test_a_retry_says_so_and_has_twice_the_heap_that_the_first_try_died_of(ran):
    first, second = ran.submitted("dies_of_heap")
    assert first[first.index("--driver-memory") + 1] == "600m"
    assert conf(second)["spark.driver.memory"] == "1200m"
    assert "--driver-memory" not in second
    one, other = ran.asked("dies_of_heap")
    assert (one["launch_id"], one.get("attempt"), other["attempt"]) == (other["launch_id"], None, 2)
    assert other["properties"]["spark.driver.memory"] == "1200m"
    assert ran.of("dies_of_heap")[0]["state"] == "success"


def test_a_failure_that_no_resource_repairs_raises_none(ran):
    first, second = ran.submitted("dies_of_code")
    assert [word for word in second if "memory" in word] == [word for word in first if "memory" in word]
    assert ran.of("dies_of_code")[0]["state"] == "failed"


def test_every_mapped_task_is_a_launch_of_one_workload(ran):
    one, other = ran.asked("mapped")
    assert one["launch_id"] != other["launch_id"]
    assert {one["input_bytes"], other["input_bytes"]} == {1024, 3072}


def test_output_and_exit_code_are_kept_and_the_outcome_is_told(ran):
    [request] = ran.asked("dies_of_code")[:1]
    kept = ran.home / "drivers" / f"{request['launch_id']}-1.log"
    assert "ZeroDivisionError" in kept.read_text()
    assert kept.with_suffix(".exit").read_text() == "1\n"
    told = [body for path, body in ran.service.asked if path == "/v1/feedback"]
    assert {body.get("exit_code") for body in told} == {0, 1, None}, (
        "the driver of a cluster has one, and it is elsewhere"
    )
    assert {body["app_id"] for body in told} == {"app-20261129100000-0001"}


def test_a_link_leads_from_the_task_to_its_decision(ran):
    [task] = ran.of("plain")
    assert task["_link_DecisionLink"].endswith("/v1/decisions/d1")
    assert task["sparkwright_decision"] == "d1"


def test_what_openlineage_puts_in_stays_and_its_key_does_not_reach_the_service(ran):
    [words] = ran.submitted("lineage")
    assert conf(words)["spark.openlineage.transport.auth.apiKey"] == "hunter2hunter2"
    assert conf(words)["spark.sparkwright.decisionId"] == "d1"
    assert "hunter2hunter2" not in json.dumps(ran.service.asked)
    if find_spec("airflow.providers.openlineage"):  # it is not in the lock: there its own injection is empty
        assert conf(words)["spark.openlineage.parentJobName"] == "cases.lineage"
        assert "spark.openlineage.parentRunId" in conf(words)


@pytest.mark.parametrize("task_id", ["reconnecting", "resumed"])
def test_a_try_that_reconnects_submits_nothing_asks_nobody_and_keeps_its_decision(ran, task_id):
    [words] = ran.submitted(task_id)
    [request] = ran.asked(task_id)
    assert conf(words)["spark.sparkwright.launchId"] == f"{request['launch_id']}-1"
    [task] = ran.of(task_id)
    assert (task["state"], task["tries"]) == ("success", 2)
    assert task["sparkwright_decision"] == conf(words)["spark.sparkwright.decisionId"] == "d1"
    assert task["_link_DecisionLink"].endswith("/v1/decisions/d1")


def test_a_try_that_may_not_reconnect_asks_again_as_the_second_of_its_launch(ran):
    first, second = ran.asked("not_durable")
    assert (first["launch_id"], second["attempt"]) == (second["launch_id"], 2)
    assert len(ran.submitted("not_durable")) == 2
