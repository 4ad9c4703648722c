"""The admission webhook: everything is allowed, what can be advised carries a patch.

The review has the shape that the Kubernetes documentation prints for `admission.k8s.io/v1`; no API server was asked.
"""

import asyncio
import base64
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from data_contracts.api.recommendation import Recommendation, RecommendRequest
from serving.gateway.authentication import CALLER, scope_of
from serving.routes import admission
from serving.routes import endpoints as routes
from sparkwright.access.caller import NOBODY, Caller
from sparkwright.errors import DecisionLogError
from sparkwright.orchestration import REPOSITORY

REVIEW: dict[str, Any] = json.loads((REPOSITORY / "tests/fixtures/operators/admission_review.json").read_text())
PATH = "/v1/admission/spark-applications"
ALLOCATION = {"spark.executor.memory": "4096m", "spark.driver.memory": "1024m", "spark.sql.shuffle.partitions": "64"}


class Front:
    """Decides as it is told to, and keeps what it was asked."""

    def __init__(self, *, error: Exception | None = None, delay_s: float = 0.0, allocation=ALLOCATION) -> None:
        self.asked: list[RecommendRequest] = []
        self._error, self._delay_s, self._allocation = error, delay_s, allocation

    async def recommend(self, request: RecommendRequest, caller: Caller = NOBODY) -> Recommendation:
        self.asked.append(request)
        await asyncio.sleep(self._delay_s)
        if self._error:
            raise self._error
        return Recommendation(
            decision_id="d1",
            workload_id="sparkoperator:etl.nightly",
            allocation=self._allocation,
            cold=False,
            trial=False,
            extrapolated=False,
            observed_run_count=7,
            reasons=[],
            release_version="1",
            forecaster_version="1",
        )


def ask(review: object, front: Front, caller: Caller = NOBODY) -> tuple[int, dict[str, Any]]:
    routes.app.dependency_overrides[routes._current] = lambda: front

    async def told(scope, receive, send):
        await routes.app({**scope, CALLER: caller}, receive, send)

    try:
        answer = TestClient(told).post(f"{PATH}?timeout=3s", json=review)
    finally:
        routes.app.dependency_overrides.clear()
    return answer.status_code, answer.json()


def patch_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(base64.b64decode(answer["response"]["patch"]))


def changed(**fields: Any) -> dict[str, Any]:
    review = deepcopy(REVIEW)
    review["request"] |= fields
    return review


def test_a_creation_is_allowed_with_a_patch_of_what_the_manifest_leaves_open():
    front = Front()
    status, answer = ask(REVIEW, front)
    assert (status, answer["kind"], answer["apiVersion"]) == (200, "AdmissionReview", "admission.k8s.io/v1")
    response = answer["response"]
    assert (response["uid"], response["allowed"]) == (REVIEW["request"]["uid"], True)
    assert response["patchType"] == "JSONPatch"
    assert patch_of(answer) == [
        {"op": "add", "path": "/spec/sparkConf", "value": {}},
        {
            "op": "add",
            "path": "/spec/sparkConf/spark.sparkwright.workload",
            "value": "sparkoperator:etl.nightly",
        },
        {"op": "add", "path": "/spec/sparkConf/spark.sparkwright.decisionId", "value": "d1"},
        {"op": "add", "path": "/spec/sparkConf/spark.sql.shuffle.partitions", "value": "64"},
    ]
    [line] = response["warnings"]
    assert line.startswith("sparkwright: decision d1: spark.executor.memory=2g (yours; advised 4096m)")
    assert len(line) <= 120


def test_the_question_is_that_of_the_schedule_and_names_the_creation():
    front = Front()
    ask(REVIEW, front)
    [asked] = front.asked
    assert asked.launch_id == REVIEW["request"]["uid"]
    assert (asked.queue, asked.user_name, asked.platform) == ("etl", "spark", "kubernetes")
    conf = asked.properties.as_conf()
    assert conf["spark.kubernetes.driver.label.sparkoperator.k8s.io/scheduled-app-name"] == "nightly"
    assert conf["spark.executor.memory"] == "2g"


def test_the_namespace_of_the_request_counts_where_the_object_has_none():
    review = deepcopy(REVIEW)
    del review["request"]["object"]["metadata"]["namespace"]
    front = Front()
    ask(review, front)
    assert front.asked[0].queue == "etl"


@pytest.mark.parametrize(
    "review",
    [
        changed(operation="UPDATE"),
        changed(operation="DELETE", object=None),
        changed(dryRun=True),
        changed(object={"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}),
        changed(object=None),
    ],
)
def test_what_is_no_creation_of_an_application_passes_and_nobody_is_asked(review):
    front = Front()
    status, answer = ask(review, front)
    assert (status, answer["response"]) == (200, {"uid": REVIEW["request"]["uid"], "allowed": True})
    assert front.asked == []


@pytest.mark.parametrize(
    "front",
    [
        Front(error=DecisionLogError("the log is full")),
        Front(error=RuntimeError("secret-of-the-service")),
        Front(allocation={"spark.driver.extraJavaOptions": "-Dx"}),
        Front(delay_s=30),
    ],
)
def test_it_fails_open(front, monkeypatch):
    monkeypatch.setattr(admission, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(routes, "admit", lambda review, decide: admission.admit(review, decide, 0.1))
    status, answer = ask(REVIEW, front)
    assert (status, answer["response"]["allowed"], "patch" in answer["response"]) == (200, True, False)
    assert "left as it is" in answer["response"]["warnings"][0]
    assert "secret-of-the-service" not in json.dumps(answer)


def test_a_team_may_not_ask_for_another_ones_namespace_and_the_application_runs_all_the_same():
    caller = Caller("k", "ml", frozenset({"launcher"}), queues=("ml",))
    status, answer = ask(REVIEW, Front(), caller)
    assert (status, answer["response"]["allowed"], "patch" in answer["response"]) == (200, True, False)


def test_a_decision_that_is_carried_is_kept():
    review = deepcopy(REVIEW)
    review["request"]["object"]["spec"]["sparkConf"] = {"spark.sparkwright.decisionId": "d0"}
    front = Front()
    _, answer = ask(review, front)
    assert (front.asked, "patch" in answer["response"]) == ([], False)


def test_sizes_that_spark_cannot_read_are_said_to_whoever_applies_them():
    review = deepcopy(REVIEW)
    review["request"]["object"]["spec"]["executor"]["memory"] = "2Gi"
    _, answer = ask(review, Front())
    assert "spark.executor.memory=2Gi" in answer["response"]["warnings"][0]


def test_advice_that_spark_would_refuse_is_not_patched_in():
    _, answer = ask(REVIEW, Front(allocation={"spark.executor.cores": "0", "spark.driver.memoryOverhead": "512m"}))
    paths = [one["path"] for one in patch_of(answer)]
    assert "/spec/driver/memoryOverhead" in paths
    assert "/spec/executor/cores" not in paths


@pytest.mark.parametrize("review", [{}, [], {"apiVersion": "v1", "kind": "x"}, changed(uid=None), changed(object=3)])
def test_what_is_no_review_is_a_wrong_request(review):
    assert ask(review, Front())[0] == 422


def test_it_needs_the_key_of_a_launcher():
    assert scope_of("POST", PATH) == "launcher"


def test_the_example_registers_this_path_and_lets_everything_pass_while_it_is_down():
    documents = list(yaml.safe_load_all((REPOSITORY / "docs/examples/admission_webhook.yaml").read_text()))
    [configuration] = [one for one in documents if one["kind"] == "MutatingWebhookConfiguration"]
    for webhook in configuration["webhooks"]:
        assert webhook["clientConfig"]["service"]["path"] == PATH
        assert (webhook["failurePolicy"], webhook["sideEffects"]) == ("Ignore", "NoneOnDryRun")
        assert webhook["timeoutSeconds"] > admission.TIMEOUT_S
        assert webhook["rules"][0]["operations"] == ["CREATE"]
        assert webhook["admissionReviewVersions"] == ["v1"]


def test_the_examples_give_the_api_server_a_key_for_the_host_of_the_webhook():
    examples = REPOSITORY / "docs/examples"
    webhook, service, policy = yaml.safe_load_all((examples / "admission_webhook.yaml").read_text())
    where = webhook["webhooks"][0]["clientConfig"]["service"]
    assert (where["name"], where["namespace"]) == (service["metadata"]["name"], service["metadata"]["namespace"])
    configuration = yaml.safe_load((examples / "admission_configuration.yaml").read_text())
    [plugin] = configuration["plugins"]
    assert plugin["name"] == "MutatingAdmissionWebhook"
    kubeconfig = examples / Path(plugin["configuration"]["kubeConfigFile"]).name
    [user] = yaml.safe_load(kubeconfig.read_text())["users"]
    assert user["name"] == f"{where['name']}.{where['namespace']}.svc", "without a port, since that is 443"
    assert where["port"] == service["spec"]["ports"][0]["port"] == 443
    assert user["user"].keys() == {"token"}
    assert policy["spec"]["podSelector"]["matchLabels"] == service["spec"]["selector"]
    assert policy["spec"]["ingress"][0]["ports"][0]["port"] == service["spec"]["ports"][0]["targetPort"]
