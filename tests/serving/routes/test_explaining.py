"""Decisions in plain language, over the real service."""

import json

import httpx
import pytest

from data_contracts.api.explanation import Explanation
from sparkwright.client import Client
from sparkwright.explanation.grounding import ungrounded

KNOWN = {"app_name": "any", "workload": "workload-001", "platform": "standalone"}
FACT = {"evidence_id": "e1", "kind": "driver_log", "source": "log", "message": "java.lang.OutOfMemoryError: Java heap"}


@pytest.fixture(scope="module")
def client(service):
    return Client(service.url, api_key="", timeout_s=30.0)


def test_what_the_service_decides_it_explains_in_grounded_sentences(client) -> None:
    for kind, decision in (
        ("recommendation", client.recommend(**KNOWN, properties={"spark.executor.memory": "2g"})),
        ("diagnosis", client.diagnose(evidence=[FACT])),
    ):
        told = client.explain(**{kind: decision})
        Explanation.model_validate(told)
        assert told["answered_by"] == "template"
        assert len(told["sentences"]) >= 2
        assert ungrounded(" ".join(told["sentences"]), decision) == []


def test_whoever_asks_for_lines_gets_a_sentence_a_line_and_then_who_answered(service, client) -> None:
    decision = client.diagnose(evidence=[FACT])
    with httpx.stream(
        "POST",
        f"{service.url}/v1/explain",
        json={"diagnosis": decision},
        headers={"Accept": "application/x-ndjson"},
        timeout=30.0,
    ) as answer:
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        lines = [json.loads(line) for line in answer.iter_lines()]
    assert [one["sentence"] for one in lines[:-1]] == client.explain(diagnosis=decision)["sentences"]
    assert lines[-1]["answered_by"] == "template"


@pytest.mark.parametrize("body", [{}, {"diagnosis": None}, {"diagnosis": {}, "recommendation": {}}, {"diagnosis": {}}])
def test_what_is_no_decision_is_refused_with_the_field(service, body: dict) -> None:
    answer = httpx.post(f"{service.url}/v1/explain", json=body, timeout=30.0)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_decision_is_read_as_strictly_as_it_was_written(service, client) -> None:
    decision = client.recommend(**KNOWN)
    for wrong in ({"expires_at": 0}, {"observed_run_count": "3"}, {"trial": 1}):
        answer = httpx.post(f"{service.url}/v1/explain", json={"recommendation": decision | wrong}, timeout=30.0)
        assert answer.status_code == 422
        assert next(iter(wrong)) in answer.text
