"""What somebody who means harm sends to the running service, and what it must not do about it."""

import json
import re
import time
import urllib.request

import pytest

from data_contracts.api.limits import MAX_BODY_BYTES, MAX_PROPERTIES
from tests.serving.raw_http import connect, post, read_answer, request, send

EVERY_PATH = [
    *["/", "/livez", "/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/status"],
    *["/schema.json", "/docs.json", "/static_content/index.css", "/assets/x", "/elsewhere"],
]


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_name_that_was_pointed_here_reaches_nothing(service, path):
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:3000", "", "[::1].evil"):
        answer = send(service.url, request("GET", path, host=host))
        assert answer.status == 421, (path, host)
        assert "SPARKWRIGHT_ALLOWED_HOSTS" in answer.problem["detail"]


def test_no_host_and_two_hosts_are_refused(service):
    assert send(service.url, request("GET", "/v1/status", host="localhost", headers=["Host: evil"])).status == 400
    assert send(service.url, b"GET /v1/status HTTP/1.0\r\n\r\n").status == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:3000", "127.0.0.1", "127.0.0.1:80", "[::1]:3000"])
def test_this_machine_s_own_names_are_answered(service, host):
    assert send(service.url, request("GET", "/v1/status", host=host)).status == 200


def test_no_page_of_elsewhere_may_read_or_write(service):
    foreign = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"]
    answers = [send(service.url, request(m, "/v1/recommend", headers=foreign)) for m in ("OPTIONS", "GET")]
    answers.append(send(service.url, request("GET", "/v1/status", headers=foreign)))
    # What a form or a script may send without asking first: a body that says that it is no JSON.
    plain = b"POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 16\r\n\r\n"
    answers.append(send(service.url, plain + b'{"app_name":"x"}'))
    assert [answer.status for answer in answers] == [405, 405, 200, 422]
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", EVERY_PATH)
def test_no_page_loads_anything_from_elsewhere_and_none_is_sniffed_or_framed(service, path):
    answer = send(service.url, request("GET", path))
    assert "html" not in answer.headers["content-type"]
    addresses = set(re.findall(rb"https?://[^\s\"'<>)]+", answer.body))
    assert addresses == set(), path
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.status in {200, 404}


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(service):
    for size in (MAX_BODY_BYTES + 1, 10**12, 10**30):
        head = f"POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
        with connect(service.url) as connection:
            connection.sendall(head)
            try:
                answer = read_answer(connection)
            except ConnectionError:
                pytest.fail("closed without a word")
            assert answer.status in {400, 413}
            assert answer.headers["connection"] == "close"


def test_a_body_without_a_length_is_counted_while_it_comes(service):
    head = b"POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = send(service.url, head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 64)
    assert answer.status == 413
    assert str(MAX_BODY_BYTES) in answer.problem["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"app_name": "x", "app_name": "y"}', "twice"),
        (b'{"app_name": "x", "max_risk": NaN}', "NaN"),
        (b'{"app_name": "x", "max_risk": -Infinity}', "Infinity"),
        (b'{"app_name": "x", "max_risk": 1e999}', "finite"),
        (b'{"app_name": "x", "input_bytes": ' + b"9" * 5000 + b"}", "digits"),
        (b'{"app_name": "x", "input_bytes": 9223372036854775808}', "less than"),
        (b'{"app_name": "x", "attempt": "1"}', "integer"),
        (b'{"app_name": "x\\ud800"}', "unicode"),
        (b'{"app_name": "x\xff"}', "UTF-8"),
        (b'{"app_name": "x", "properties": {"a\\udfff": "b"}}', "unicode"),
        (b'{"app_name": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "brackets"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "brackets"),
        (b'{"app_name": "x", "properties": {"spark.executor.cores": "' + b"1" * 400 + b'"}}', "whole number"),
        (b'{"app_name": "x", "properties": {"spark.executor.memory": "9999999p"}}', "size"),
        (b'{"app_name": "x", "properties": {"spark.executor.memory": " ' + b" " * 100_000 + b'0m"}}', "size"),
        (b'{"app_name": "x", "properties": {"' + b"n" * 100_000 + b'": ""}}', "names of at most"),
        (b'{"app_name": "x", "properties": {"spark.x": "' + b"v" * 300_000 + b'"}}', "characters of properties"),
        (
            json.dumps({"app_name": "x", "properties": {f"p{n}": "" for n in range(MAX_PROPERTIES + 1)}}).encode(),
            "at most",
        ),
        (b'{"app_name": "' + b"x" * 500_000 + b'"}', "at most 1024"),
        (b"no json", "Expecting value"),
        (b"", "required"),
        (b"[1]", "dictionary"),
    ],
)
def test_a_body_that_breaks_the_contract_is_422_and_is_not_sent_back(service, body, told):
    answer = post(service.url, "/v1/recommend", body)
    assert answer.status == 422
    assert told in str(answer.problem)
    assert len(answer.body) < 4096


@pytest.mark.parametrize("exit_code", ["9223372036854775808", "-9223372036854775809", "1e400", "NaN", '"1"'])
def test_an_exit_code_that_no_process_has_is_422(service, exit_code):
    body = f'{{"decision_id": "x", "exit_code": {exit_code}}}'.encode()
    assert post(service.url, "/v1/feedback", body).status == 422


def test_many_faults_are_told_in_few_words(service):
    wrong = {f"wrong-{number}-{'x' * 900}": number for number in range(900)}
    answer = post(service.url, "/v1/recommend", wrong)
    assert answer.status == 422
    assert len(answer.problem["errors"]) == 20
    assert len(answer.body) < 8192
    assert "more faults" in answer.problem["detail"]


def test_half_sent_requests_end_and_disturb_nobody(service):
    """Slowloris: connections that send nothing, half a head, or half a body, and then now and then a byte."""
    head = b"POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    begun = [b"", b"GET /v1/sta", head + b"X-A: ", head + b"Content-Length: 100\r\n\r\n{"]
    sockets = [connect(service.url) for _ in range(200)]
    started_s = time.monotonic()
    for number, connection in enumerate(sockets):
        connection.sendall(begun[number % len(begun)])
        connection.setblocking(False)
    gone: set[int] = set()
    took: list[float] = []
    while len(gone) < len(sockets) and time.monotonic() - started_s < 40:
        before_s = time.monotonic()
        assert service.ask("/v1/status")[0] == 200
        took.append(time.monotonic() - before_s)
        for number, connection in enumerate(sockets):
            if number in gone:
                continue
            try:
                if number % len(begun):
                    connection.send(b"a")
                if connection.recv(4096) == b"":
                    gone.add(number)
            except BlockingIOError:
                pass
            except OSError:
                gone.add(number)
        time.sleep(1.0)
    for connection in sockets:
        connection.close()
    assert len(gone) == len(sockets), f"{len(sockets) - len(gone)} are still open"
    assert max(took) < 5


def test_a_head_without_an_end_is_refused(service):
    with connect(service.url) as connection:
        connection.sendall(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n")
        try:
            for number in range(200):
                connection.sendall(f"X-{number}: {'a' * 1000}\r\n".encode())
            answer = read_answer(connection)
        except OSError:
            return  # reset while we were still sending
        assert answer.status == 431


def test_an_answer_is_never_a_page_of_the_framework(service):
    problems = [
        send(service.url, request("GET", "/v1/nothing")),
        send(service.url, request("PATCH", "/v1/recommend")),
        send(service.url, request("GET", "/nothing")),
    ]
    assert [answer.problem["status"] for answer in problems] == [404, 405, 404]
    assert problems[1].headers["allow"] == "POST"
    with urllib.request.urlopen(f"{service.url}/openapi.json") as answer:
        document = json.load(answer)
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, told in operation["responses"].items():
                if status == "431":  # refused by the parser, before anything that could write a problem
                    assert "content" not in told
                    continue
                media = set(told["content"])
                if status.startswith("2"):
                    assert "application/json" in media
                    assert media <= {"application/json", "application/x-ndjson"}
                else:
                    assert media == {"application/problem+json"}
