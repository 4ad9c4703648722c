"""A launcher asks again where that may help and changes nothing, and never longer than it may."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from sparkwright.launchers.asking import ask, report
from sparkwright.launchers.environment import LauncherEnvironment, read_environment

ADVICE = {"decision_id": "d-1", "workload_id": "w", "allocation": {"spark.executor.memory": "1g"}}
REFUSED = {"detail": "256 requests are open already"}
NAMED, NAMELESS = {"app_name": "a", "launch_id": "l-1"}, {"app_name": "a"}


@pytest.fixture
def service():
    """A service that refuses as often as it is told, and keeps what it was asked."""
    refusals, asked = [0], []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            refused = refusals[0] > 0
            refusals[0] -= 1
            body = json.dumps(REFUSED if refused else ADVICE).encode()
            self.send_response(503 if refused else 200)
            self.send_header("Content-Length", str(len(body)))
            if refused:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", refusals, asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def where(service, home, monkeypatch) -> LauncherEnvironment:
    monkeypatch.setenv("SPARKWRIGHT_SERVICE_URL", service[0])
    return read_environment()


def test_a_launch_with_an_id_that_was_refused_asks_again_when_it_was_told_to(service, where):
    _, refusals, asked = service
    refusals[0] = 1
    began_s = time.monotonic()
    assert ask(NAMED, where).advice.decision_id == "d-1"
    assert 1 <= time.monotonic() - began_s < 2
    assert asked == [("/v1/recommend", NAMED)] * 2


def test_one_without_an_id_asks_once(service, where):
    _, refusals, asked = service
    refusals[0] = 1
    assert "256 requests" in ask(NAMELESS, where).fault
    assert len(asked) == 1


def test_nobody_waits_longer_than_the_limit(service, where):
    _, refusals, asked = service
    refusals[0] = 99
    began_s = time.monotonic()
    assert "answered 503" in ask(NAMED, where).fault
    assert time.monotonic() - began_s < where.timeout_s
    assert len(asked) == 2
    began_s = time.monotonic()
    assert "answered 503" in ask(NAMED, where, timeout_s=0.9).fault
    assert time.monotonic() - began_s < 0.9
    assert len(asked) == 3


def test_a_report_is_told_again(service, where):
    _, refusals, asked = service
    refusals[0] = 1
    assert report("d-1", "app-1", 0, where) == ""
    assert len(asked) == 2
