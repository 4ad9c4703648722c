"""The launchers against a real service: the decision they inject is in its log, and an outcome is told once."""

import base64
import json
import os
import subprocess
import sys

import pytest
import yaml

from data_contracts.api.recommendation import RecommendRequest
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.launchers.asking import report
from sparkwright.launchers.environment import LauncherEnvironment
from sparkwright.orchestration import REPOSITORY

EXAMPLES = REPOSITORY / "docs" / "examples"
REVIEW = REPOSITORY / "tests/fixtures/operators/admission_review.json"
DECISION_ID = "spark.sparkwright.decisionId"
PATH = "/v1/admission/spark-applications"


def logged(service):
    log = DecisionLog(f"sqlite:///{service.home}/decisions.db")
    decisions = {decision.decision_id: decision for decision in log.read_since()}
    log.close()
    return decisions


def sparkwright(service, *words):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    environ |= {"SPARKWRIGHT_SERVICE_URL": service.url, "SPARKWRIGHT_LAUNCHER_TIMEOUT_S": "30"}
    line = [sys.executable, "-m", "sparkwright.cli", *words]
    done = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_manifests_carry_decisions_of_the_log(service):
    printed = sparkwright(service, "operator", str(EXAMPLES / "spark_application.yaml"))
    orders, report_, _ = yaml.safe_load_all(printed)
    decisions = logged(service)
    decision = decisions[orders["spec"]["sparkConf"][DECISION_ID]]
    assert decision.workload_id == "sparkoperator:etl.nightly-orders"
    asked = RecommendRequest.model_validate(json.loads(decision.request_json))
    assert (asked.platform, asked.queue, asked.user_name) == ("kubernetes", "etl", "spark")
    assert report_["spec"]["template"]["sparkConf"][DECISION_ID] in decisions


@pytest.mark.parametrize(
    ("name", "file"),
    [("livy", "livy_batch.json"), ("databricks", "databricks_job.json"), ("emr", "emr_steps.json")],
)
def test_files_carry_a_decision_of_the_log(service, name, file):
    before = logged(service).keys()
    printed = sparkwright(service, "inject", "--format", name, "--workload", "workload-001", str(EXAMPLES / file))
    [new] = logged(service).keys() - before
    assert new in printed
    assert "workload-001" in printed


def test_a_creation_is_advised_through_the_guard_and_asked_twice_is_one_decision(service):
    review = json.loads(REVIEW.read_text())
    review["request"]["uid"] = f"{os.getpid():012d}-6393-11e8-b7cc-42010a800002"
    first, second = (service.ask(f"{PATH}?timeout=3s", review) for _ in range(2))
    assert first[0] == second[0] == 200
    patches = [json.loads(base64.b64decode(answer["response"]["patch"])) for _, answer in (first, second)]
    ids = {one["value"] for patch in patches for one in patch if str(one["path"]).endswith(DECISION_ID)}
    [decision_id] = ids
    assert logged(service)[decision_id].launch_id == review["request"]["uid"]
    assert service.ask(PATH, {"kind": "AdmissionReview"})[0] == 422


def test_an_outcome_told_twice_is_one_outcome_and_what_is_not_known_takes_nothing_back(service, tmp_path):
    printed = sparkwright(service, "inject", "--format", "livy", str(EXAMPLES / "livy_batch.json"))
    decision_id = json.loads(printed)["conf"][DECISION_ID]
    where = LauncherEnvironment(tmp_path, service.url, 30.0, "")
    for app_id, exit_code in (("application_1_0001", 1), ("application_1_0001", 1), ("application_1_0001", None)):
        assert report(decision_id, app_id, exit_code, where) == ""
    decision = logged(service)[decision_id]
    assert (decision.reported_app_id, decision.reported_exit_code) == ("application_1_0001", 1)
    assert report(decision_id, None, None, where) == "", "nothing to tell"
    assert "404" in report("nobody", "application_1_0001", 0, where)
