"""SparkKubernetesOperator with advice: real Airflow and its real provider, over an API server written for the test."""

import json
from pathlib import Path

import pytest

from data_contracts.properties.provenance import DECISION_ID, LAUNCH_ID, WORKLOAD
from sparkwright.launchers.manifests.spark_application import read_application
from tests.launchers.airflow.kubernetes_api import KubernetesApi, serving
from tests.launchers.airflow.running_cases import run_cases
from tests.launchers.answering import OneAnswer
from tests.launchers.launches import decided, joined
from tests.launchers.test_across_launchers import recorded_with

pytest.importorskip("airflow.providers.cncf.kubernetes", reason="apache-airflow-providers-cncf-kubernetes is not there")

DAGS = Path(__file__).with_name("kubernetes_dags")


class Ran:
    def __init__(self, api, service, tasks):
        self.api, self.service = api, service
        self.tasks = {one["task"]: one for one in tasks}

    def created(self, name):
        return [one["spec"] for one in self.api.created if one["metadata"]["name"] == name]

    def asked(self, task_id):
        key = f"airflow:cases.{task_id}"
        return [body for path, body in self.service.asked if path == "/v1/recommend" and body["workload"] == key]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    base = tmp_path_factory.mktemp("kubernetes")
    api = KubernetesApi(running=("reattaching", "reattaching_deferred"), killed=("killed", "deferred-killed"))
    service = OneAnswer({"spark.executor.memory": "3g", "spark.sql.shuffle.partitions": "64"})
    with serving(api) as address:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (base / "kubeconfig").write_text(json.dumps(config))
        tasks = run_cases(DAGS, base / "home", service, {"KUBECONFIG": str(base / "kubeconfig")})
    return Ran(api, service, tasks)


def test_what_the_manifest_sets_wins_and_the_marks_are_there(ran):
    [spec] = ran.created("fields")
    assert spec["executor"]["memory"] == "2g"
    conf = spec["sparkConf"]
    assert (conf[DECISION_ID], conf[WORKLOAD]) == ("d1", "airflow:cases.fields")
    assert conf["spark.sql.shuffle.partitions"] == "64"
    [request] = ran.asked("fields")
    assert conf[LAUNCH_ID] == f"{request['launch_id']}-1"
    assert (
        request["properties"]["spark.executor.memory"] == "2g"
    )  # the field wins over sparkConf, as the operator has it
    assert (request["queue"], request["platform"]) == ("default", "kubernetes")


def test_with_override_the_field_that_wins_is_rewritten(ran):
    [spec] = ran.created("override")
    assert spec["executor"]["memory"] == "3g"


def test_what_nobody_set_goes_into_its_field(ran):
    [spec] = ran.created("free")
    assert spec["executor"]["memory"] == "3g"
    assert spec["driver"]["memory"] == "1g"


def test_airflows_own_labels_stay_so_that_a_try_can_reattach(ran):
    [spec] = ran.created("fields")
    assert spec["driver"]["labels"]["task_id"] == "fields"


@pytest.mark.parametrize("task_id", ["reattaching", "reattaching_deferred"])
def test_a_try_that_finds_its_driver_creates_nothing_and_asks_nobody(ran, task_id):
    assert ran.created(task_id.replace("_", "-")) == []
    assert ran.asked(task_id) == []
    assert ran.tasks[task_id]["state"] == "success"


def test_a_task_that_was_deferred_ends_with_its_decision(ran):
    [spec] = ran.created("deferred")
    assert spec["sparkConf"][DECISION_ID] == "d1"
    assert len(ran.asked("deferred")) == 1
    task = ran.tasks["deferred"]
    assert (task["state"], task["sparkwright_decision"]) == ("success", "d1")
    assert task["_link_DecisionLink"].endswith("/v1/decisions/d1")
    told = [body for path, body in ran.service.asked if path == "/v1/feedback"]
    created = len({one["metadata"]["name"] for one in ran.api.created}) - 1  # what is wrong carries no decision
    assert len(told) >= created, "each application that was created is told of, also those of deferred tasks"


def test_a_manifest_with_a_part_of_the_wrong_type_is_created_as_it_is_and_nobody_is_asked(ran):
    [spec] = ran.created("wrong")
    assert spec["sparkConf"] == ["a"]
    assert ran.asked("wrong") == []


@pytest.mark.parametrize("task_id", ["killed", "deferred_killed"])
def test_a_driver_that_was_killed_for_its_memory_is_retried_with_more(ran, task_id):
    first, second = ran.created(task_id.replace("_", "-"))
    assert ran.tasks[task_id]["state"] == "success"
    assert [one.get("attempt") for one in ran.asked(task_id)] == [None, 2]
    assert "memoryOverhead" not in first["driver"]
    assert second["driver"]["memoryOverhead"] == "768m"


def test_the_application_is_told_and_linked(ran):
    told = [body for path, body in ran.service.asked if path == "/v1/feedback"]
    assert {body["app_id"] for body in told} == {f"spark-{'0' * 31}1"}
    assert ran.tasks["fields"]["_link_DecisionLink"].endswith("/v1/decisions/d1")


@pytest.mark.parametrize("task_id", ["fields", "deferred", "killed"])
def test_the_event_log_of_what_was_created_is_joined_to_its_decision(ran, task_id, tmp_path):
    created = next(one for one in ran.api.created if one["metadata"]["name"] == task_id)
    request = ran.asked(task_id)[0]
    recommendation = decided(request, ran.service.answer["allocation"], "d1")
    log = recorded_with(read_application(created).properties, tmp_path)
    run, outcome = joined(request, recommendation, log)
    assert (run.workload_id, outcome.decision_id) == (f"airflow:cases.{task_id}", "d1")
