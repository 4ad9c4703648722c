"""What both clients do with services that answer, refuse, and misbehave."""

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparkwright.client import AsyncClient, Client
from sparkwright.errors import CircuitOpenError, ConfigError, FieldFault, NoAnswerError, ProblemError, ServiceError
from tests.client.conftest import give

STATUS = {
    "release_version": "7",
    "forecaster_version": "3",
    "troubleshooter_version": "none",
    "troubleshooter_engine": "none",
    "contract_hash": "x",
    "decision_count": 1,
}
PROBLEM = {"title": "T", "status": 422, "detail": "wrong", "errors": [{"pointer": "#/app_name", "detail": "too short"}]}
OK = b"HTTP/1.1 200 OK\r\n"


def decided(name: str) -> dict[str, object]:
    texts = {"decision_id": f"d-{name}", "workload_id": name, "release_version": "1", "forecaster_version": "1"}
    flags = {"cold": False, "trial": False, "extrapolated": False}
    return {**texts, **flags, "allocation": {}, "observed_run_count": 1, "reasons": []}


def echo(handler, body):
    if handler.path == "/v1/recommend":
        give(handler, 200, json.dumps(decided(json.loads(body)["app_name"])).encode())
    else:
        give(handler, 200, json.dumps(STATUS).encode())


def raw(text: bytes):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(text)

    return answer


def drip(head: bytes):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(head)
        while True:
            connection.sendall(b"1")
            time.sleep(0.02)

    return answer


def flood(connection):
    connection.recv(65536)
    connection.sendall(OK + b"Content-Length: 10485760\r\n\r\n" + b"[" + b" " * 10485759)


def reset(connection):
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def html(status: bytes):
    page = b"<html><body>Please sign in</body></html>"
    return raw(b"HTTP/1.1 " + status + b"\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page) + page)


def test_an_answer_is_the_json_of_the_service(make_client, web_service):
    client = make_client(web_service(echo))
    assert client.status() == STATUS
    assert client.recommend(app_name="a")["decision_id"] == "d-a"


NO_ANSWER = [
    pytest.param(lambda connection: time.sleep(5), id="hangs"),
    pytest.param(drip(OK + b"Content-Length: 100000\r\n\r\n"), id="drips its body"),
    pytest.param(drip(OK + b"X-Long:"), id="drips its headers"),
    pytest.param(drip(OK + b"Transfer-Encoding: chunked\r\n\r\n"), id="drips a chunk's length"),
    pytest.param(raw(OK + b"Content-Length: 99\r\n\r\n{}"), id="sends less than it says"),
    pytest.param(raw(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}"), id="ends in a chunk"),
    pytest.param(raw(b"SSH-2.0-OpenSSH_9\r\n"), id="speaks something else"),
    pytest.param(raw(b""), id="says nothing"),
    pytest.param(reset, id="resets"),
]
NO_JSON = [
    pytest.param(html(b"200 OK"), id="answers HTML"),
    pytest.param(flood, id="sends 10 MB"),
    pytest.param(raw(OK + b"Content-Length: 2\r\n\r\n[]"), id="answers a list"),
    pytest.param(raw(OK + b"Content-Length: 2\r\n\r\n{}"), id="answers something else"),
    pytest.param(raw(OK + b"Content-Length: 1\r\n\r\n{}{}"), id="sends more than it says"),
    pytest.param(raw(OK + b"Content-Length: 100000\r\n\r\n" + b"[" * 100000), id="nests without end"),
    pytest.param(raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"), id="packs its answer"),
]


@pytest.mark.parametrize("behave", NO_ANSWER)
def test_who_gives_no_whole_answer_is_left_at_the_deadline(make_client, misbehaving_service, behave):
    client = make_client(misbehaving_service(behave), timeout_s=0.6)
    started_s = time.monotonic()
    with pytest.raises(NoAnswerError):
        client.status()
    assert time.monotonic() - started_s < 2.5


@pytest.mark.parametrize("behave", NO_JSON)
def test_an_answer_that_is_none_is_an_error_at_once(make_client, misbehaving_service, behave):
    with pytest.raises(ServiceError) as failed:
        make_client(misbehaving_service(behave), timeout_s=5.0).status()
    assert not isinstance(failed.value, NoAnswerError | ProblemError)


@pytest.mark.parametrize("status", [b"302 Found\r\nLocation: http://127.0.0.1:1/", b"500 Oh", b"404 Not Found"])
def test_a_refusal_that_is_no_problem_still_tells_its_status(make_client, misbehaving_service, status):
    with pytest.raises(ProblemError, match="sign in") as refused:
        make_client(misbehaving_service(html(status))).status()
    assert refused.value.status == int(status[:3])


def test_a_problem_tells_status_and_fields(make_client, web_service):
    client = make_client(web_service(lambda handler, _: give(handler, 422, json.dumps(PROBLEM).encode())))
    with pytest.raises(ProblemError, match="answered 422: wrong") as refused:
        client.recommend(app_name="")
    assert (refused.value.status, refused.value.detail) == (422, "wrong")
    assert refused.value.faults == (FieldFault("#/app_name", "too short"),)


@pytest.mark.parametrize("errors", [None, 7, [7], [{}], [{"pointer": 5, "detail": ["x"] * 1000}] * 100])
def test_a_problem_may_hold_anything(make_client, web_service, errors):
    body = json.dumps({"detail": "x" * 10000, "errors": errors}).encode()
    with pytest.raises(ProblemError) as refused:
        make_client(web_service(lambda handler, _: give(handler, 422, body))).status()
    assert len(str(refused.value)) < 2200
    assert len(refused.value.faults) <= 20


class Recovers:
    """Refuses so often, then answers."""

    def __init__(self, times: int, status: int, **headers: str) -> None:
        self.times, self.status, self.headers, self.asked = times, status, headers, 0

    def __call__(self, handler, body) -> None:
        self.asked += 1
        if self.asked <= self.times:
            give(handler, self.status, b"{}", **self.headers)
        else:
            echo(handler, body)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_be_repeated_is(make_client, web_service, status):
    service = Recovers(2, status)
    client = make_client(web_service(service))
    assert client.status() == STATUS
    assert service.asked == 3


def test_a_launch_without_an_id_is_asked_for_once(make_client, web_service):
    service = Recovers(1, 503)
    client = make_client(web_service(service))
    with pytest.raises(ProblemError):
        client.recommend(app_name="a")
    assert service.asked == 1
    service.asked = 0
    assert client.recommend(app_name="a", launch_id="l-1")["decision_id"] == "d-a"
    assert service.asked == 2


def test_the_service_is_asked_again_when_it_says(make_client, web_service):
    service = Recovers(1, 503, Retry_After="1")
    client = make_client(web_service(service), timeout_s=5.0)
    started_s = time.monotonic()
    assert client.status() == STATUS
    assert time.monotonic() - started_s >= 1.0
    late = Recovers(1, 429, Retry_After="60")
    started_s = time.monotonic()
    with pytest.raises(ProblemError) as refused:
        make_client(web_service(late)).status()
    assert refused.value.retry_after_s == 60.0
    assert (late.asked, time.monotonic() - started_s < 1.0) == (1, True)


def test_a_service_that_is_down_is_left_alone_and_found_again(make_client, web_service):
    service = Recovers(2, 500)
    client = make_client(web_service(service), failures_until_open=2, rest_s=0.3)
    for _ in range(2):
        with pytest.raises(ProblemError):
            client.status()
    with pytest.raises(CircuitOpenError, match="2 times in a row"):
        client.status()
    assert service.asked == 2
    assert client.recommend(app_name="a")["workload_id"] == "a"  # another call, which has not failed
    time.sleep(0.3)
    assert client.status() == STATUS


def test_a_clock_that_jumps_changes_nothing(make_client, web_service, monkeypatch):
    jumping = iter(range(10**9, 10**12, 10**8))
    monkeypatch.setattr(time, "time", lambda: float(next(jumping)))
    service = Recovers(1, 503)
    assert make_client(web_service(service)).status() == STATUS
    with pytest.raises(NoAnswerError):
        make_client(web_service(lambda *_: threading.Event().wait(3)), timeout_s=0.3).status()


def test_the_key_is_shown_to_the_service_and_to_nobody_else(make_client, web_service):
    shown = []

    def behave(handler, _):
        shown.append(handler.headers["Authorization"])
        give(handler, 403, b"{}")

    client = make_client(web_service(behave), api_key="spw_secret-key")
    with pytest.raises(ProblemError) as refused:
        client.status()
    assert shown == ["Bearer spw_secret-key"]
    assert "secret-key" not in f"{refused.value!r} {vars(refused.value)} {client!r}"


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_address_and_key_come_from_the_environment(make, monkeypatch, tmp_path):
    (tmp_path / "key").write_text("spw_from-file\n")
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", "https://sparkwright.internal/")
    monkeypatch.setenv("SPARKWRIGHT_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("SPARKWRIGHT_API_KEY", raising=False)
    assert repr(make()) == f"{make.__name__}('https://sparkwright.internal')"
    assert make()._api_key == "spw_from-file"
    assert make("http://h")._api_key == "spw_from-file"


@pytest.mark.parametrize(
    "options",
    [
        *[
            {"url": url}
            for url in (
                "",
                "ftp://x",
                "h:3000",
                "http://",
                "http://u:hunter2@h",
                "http://h?a=b",
                "http://h:x",
                "http://u:hunter2@h:x",
            )
        ],
        *[{"api_key": key} for key in ("short", "with\nnewline-in-it", "hunter2 with blank")],
        *[{"timeout_s": seconds} for seconds in (0, -1, float("inf"), float("nan"))],
        *[{"attempts": 0}, {"failures_until_open": 0}, {"rest_s": 0}],
        *[{"url": "https://h", "ca_file": path} for path in ("/nowhere.pem", __file__)],
    ],
)
@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_what_cannot_be_used_is_refused_when_it_is_given(make, options):
    with pytest.raises(ConfigError) as refused:
        make(**{"url": "http://h", "api_key": "", **options})
    assert "hunter2" not in str(refused.value)


def test_a_closed_port_says_what_to_do(make_client, closed_port):
    with pytest.raises(NoAnswerError, match="connection refused: start the service"):
        make_client(closed_port).status()


def test_what_holds_anything_reaches_the_service_as_it_is(make_client, web_service):
    paths = []

    def behave(handler, _):
        paths.append(handler.path)
        give(handler, 404, b"{}")

    client = make_client(web_service(behave))
    for identity in ("etl/daily orders?x#y", "ä%2F", "a\r\nHost: evil"):
        with pytest.raises(ProblemError):
            client.workload(identity, limit=3)
    assert paths == [
        "/v1/workloads/etl%2Fdaily%20orders%3Fx%23y?limit=3",
        "/v1/workloads/%C3%A4%252F?limit=3",
        "/v1/workloads/a%0D%0AHost%3A%20evil?limit=3",
    ]


def test_threads_that_share_a_client_get_their_own_answers(make_client, web_service):
    client = make_client(web_service(echo), timeout_s=20.0)
    with ThreadPoolExecutor(8) as pool:
        names = [f"app-{number}" for number in range(64)]
        found = list(pool.map(lambda name: client.recommend(app_name=name)["decision_id"], names))
    assert found == [f"d-{name}" for name in names]


def test_tasks_that_share_a_client_get_their_own_answers(web_service):
    async def ask() -> list[str]:
        async with AsyncClient(web_service(echo), api_key="", timeout_s=20.0) as client:
            found = await asyncio.gather(*(client.recommend(app_name=f"{number}") for number in range(64)))
            return [one["decision_id"] for one in found]

    assert asyncio.run(ask()) == [f"d-{number}" for number in range(64)]


def test_a_forked_process_asks_by_itself(make_client, web_service):
    client = make_client(web_service(echo), timeout_s=10.0)
    client.status()
    child = os.fork()
    if child == 0:
        threading.Timer(20, os._exit, [1]).start()
        os._exit(0 if client.recommend(app_name="child")["decision_id"] == "d-child" else 2)
    assert client.recommend(app_name="parent")["decision_id"] == "d-parent"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_nothing_goes_on_after_the_deadline(misbehaving_service):
    client = Client(misbehaving_service(drip(OK + b"X-Long:")), api_key="", timeout_s=0.2, attempts=1)
    with pytest.raises(NoAnswerError):
        client.status()
    until_s = time.monotonic() + 2.0
    while any(thread.name == "sparkwright-exchange" for thread in threading.enumerate()):
        assert time.monotonic() < until_s, "a thread still reads"
        time.sleep(0.01)


def test_who_is_cancelled_asks_no_more(misbehaving_service):
    async def ask() -> None:
        async with AsyncClient(misbehaving_service(lambda connection: time.sleep(5)), api_key="") as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.status(), 0.2)

    asyncio.run(ask())


def test_the_blocking_client_needs_the_standard_library_only(web_service):
    code = (
        "import sys; from sparkwright.client import Client; "
        f"Client({web_service(echo)!r}, api_key='').status(); "
        "print([name for name in ('httpx', 'pydantic', 'numpy', 'yaml') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
