"""The calls of the client are those of the OpenAPI document, with their parameters and answers."""

import inspect
import typing
from collections.abc import Iterator

import pytest

from data_contracts.api import typed_answers
from sparkwright.client import AsyncClient, Client, answers, calls
from sparkwright.errors import ProblemError, ServiceError

EVIDENCE = {"evidence_id": "e1", "kind": "driver_log", "source": "log", "message": "m"}
MADE = {
    "recommend": calls.recommend({"app_name": "a"}),
    "recommend_many": calls.recommend_many([{"app_name": "a"}]),
    "diagnose": calls.diagnose({"evidence": [EVIDENCE]}),
    "start_diagnosis": calls.start_diagnosis({"evidence": [EVIDENCE]}),
    "diagnosis": calls.diagnosis("{diagnosis_id}"),
    "cancel_diagnosis": calls.cancel_diagnosis("{diagnosis_id}"),
    "explain": calls.explain({"recommendation": {}}),
    "feedback": calls.feedback({"decision_id": "d"}),
    "requirements": calls.requirements("nightly"),
    "decision": calls.decision("{decision_id}"),
    "workloads": calls.workloads({}),
    "workload": calls.workload("{workload_id}", {}),
    "applications": calls.applications({}),
    "report": calls.report({}),
    "policies": calls.policies(),
    "check_policies": calls.check_policies({"text": "version: 1"}),
    "status": calls.status(),
}
QUERIES = {
    "workloads": calls.WorkloadsQuery,
    "workload": calls.WorkloadQuery,
    "applications": calls.ApplicationsQuery,
    "report": calls.ReportQuery,
}


@pytest.fixture(scope="module")
def operations() -> dict[tuple[str, str], dict]:
    """What the service offers, by method and path."""
    from serving.routes.endpoints import app

    paths = app.openapi()["paths"]
    return {(method.upper(), path): told for path, methods in paths.items() for method, told in methods.items()}


def asked(name: str) -> tuple[str, str]:
    call = MADE[name]
    return call.method, call.path.replace("%7B", "{").replace("%7D", "}")


@pytest.mark.parametrize("name", MADE)
def test_a_call_gives_what_the_service_says(operations, name):
    responses = operations[asked(name)]["responses"]
    schema = (responses.get("200") or responses["202"])["content"]["application/json"]["schema"]
    assert schema["$ref"].removeprefix("#/components/schemas/") == MADE[name].answer.__name__


@pytest.mark.parametrize("name", MADE)
def test_a_call_takes_the_parameters_of_the_service(operations, name):
    told = [one for one in operations[asked(name)].get("parameters", []) if one["in"] == "query"]
    query = typing.get_type_hints(QUERIES[name]) if name in QUERIES else {}
    assert {one["name"] for one in told} == set(query)
    for one in told:
        kinds = {kind.get("type"): kind for kind in [one["schema"], *one["schema"].get("anyOf", [])]}
        taken = query[one["name"]]
        if typing.get_origin(taken) is typing.Literal:
            assert set(typing.get_args(taken)) == set(kinds["string"]["enum"])
        else:
            assert {"str": "string", "int": "integer"}[taken.__name__] in kinds


def test_everything_that_is_offered_can_be_asked(operations):
    assert {asked(name) for name in MADE} == {key for key in operations if key[1].startswith("/v1/")}


def test_both_clients_have_the_same_calls():
    def public(client: type) -> Iterator[tuple[str, str]]:
        for name, method in inspect.getmembers(client, inspect.isfunction):
            if not name.startswith("_") and name != "aclose":
                yield name, str(inspect.signature(method))

    assert dict(public(Client)) == dict(public(AsyncClient))
    assert dict(public(Client)).keys() == MADE.keys() | {"wait_for_diagnosis"}


@pytest.mark.parametrize("model", typed_answers.MODELS, ids=lambda model: model.__name__)
def test_a_typed_answer_has_the_fields_of_its_contract(model):
    typed = getattr(answers, model.__name__)
    assert typed.__required_keys__ | typed.__optional_keys__ == set(model.model_fields)
    assert typed.__required_keys__ == {name for name, field in model.model_fields.items() if field.is_required()}


def test_only_launches_with_an_id_may_be_asked_for_again():
    own: answers.RecommendRequest = {"app_name": "a", "launch_id": "l"}
    assert calls.recommend(own).may_repeat
    assert calls.recommend_many([own, own]).may_repeat
    assert not calls.recommend({"app_name": "a"}).may_repeat
    assert not calls.recommend({"app_name": "a", "launch_id": None}).may_repeat
    assert not calls.recommend_many([own, {"app_name": "a"}]).may_repeat


def test_each_question_of_a_batch_has_its_answer():
    decided = dict.fromkeys(answers.Recommendation.__required_keys__, "x")
    given = {"answers": [{"recommendation": decided}, {"problem": {"status": 503, "detail": "full", "errors": []}}]}
    one, other = calls.each([{"app_name": "a"}] * 2, given)
    assert one == decided
    assert isinstance(other, ProblemError)
    assert (other.status, other.detail) == (503, "full")
    for wrong in (
        [],
        [{"recommendation": decided}],
        [{}, {}],
        [{"recommendation": None, "problem": None}] * 2,
        {},
        [7, 7],
    ):
        with pytest.raises(ServiceError, match="recommend_many: expected"):
            calls.each([{"app_name": "a"}] * 2, {"answers": wrong})
