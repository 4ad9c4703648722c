"""A recommendation is answered directly where its body is said to be plain JSON, by the route where it says more."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

DIRECT, BY_THE_ROUTE = "application/json", "application/json; charset=utf-8"
KNOWN = {"app_name": "any", "workload": "workload-001", "platform": "yarn", "queue": "direct"}


def post(service, body, media_type):
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    try:
        connection.request("POST", "/v1/recommend", body, {"Content-Type": media_type})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()
    finally:
        connection.close()


def test_both_ways_lead_to_the_same_decision_in_the_same_words(service):
    for number, more in enumerate(({}, {"input_bytes": 2**33}, {"attempt": 2, "max_risk": 0.001})):
        body = json.dumps({**KNOWN, **more, "launch_id": f"direct-{number}"})
        status, headers, answer = post(service, body, DIRECT)
        assert status == 200, answer
        other_status, other_headers, other_answer = post(service, body, BY_THE_ROUTE)
        assert (other_status, other_answer) == (status, answer)
        assert headers.pop("date")
        assert other_headers.pop("date")
        assert other_headers == headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b'{"app_name": NaN}',
        b'{"app_name": "a", "app_name": "b"}',
        b'{"app_name": "a", "surprise": 1}',
        b'{"app_name": "a", "attempt": "1"}',
        b'{"app_name": "a", "attempt": 0}',
        b'{"app_name": "\\ud800"}',
        b'{"app_name": "a", "properties": {"spark.executor.memory": "lots"}}',
        b"[" * 100_000,
    ],
)
def test_what_breaks_the_contract_is_refused_in_the_same_words(service, body):
    status, headers, answer = post(service, body, DIRECT)
    other_status, other_headers, other_answer = post(service, body, BY_THE_ROUTE)
    assert (status, answer) == (other_status, other_answer)
    assert status == 422
    assert headers["content-type"] == other_headers["content-type"] == "application/problem+json"


def test_another_media_type_is_left_to_the_route(service):
    status, _, answer = post(service, json.dumps(KNOWN), "text/plain")
    assert status == 422, answer


def test_both_ways_are_counted(service):
    def counted():
        connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=30)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return sum(float(line.split()[1]) for line in lines if line.startswith("sparkwright_answer_seconds_count"))

    before = counted()
    for media_type in (DIRECT, BY_THE_ROUTE):
        assert post(service, json.dumps(KNOWN), media_type)[0] == 200
    assert counted() == before + 2
