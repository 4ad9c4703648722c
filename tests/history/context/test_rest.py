import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data_contracts.tables import Application
from sparkwright.errors import ContextError
from sparkwright.history.context import rest
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.context.rest import Rest
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake


class Thing(msgspec.Struct):
    name: str = ""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, b"<html>Sign in</html>"), "expected the JSON of /thing, got b'<html>Sign in"),
        ((200, b'{"name": ["x"]}'), "expected the JSON of /thing, got Expected `str`"),
        ((200, b"\xff\xfe\x00"), "expected the JSON of /thing"),
        ((200, b""), "expected the JSON of /thing"),
        ((200, b'{"x":' + 200_000 * b"["), "expected the JSON of /thing"),
        ((401, b""), "got 401 Unauthorized: check the credentials"),
        ((403, b""), "got 403 Forbidden: check the credentials"),
        ((500, b"oops"), "got 500"),
        ((302, b""), "got 302"),
    ],
)
def test_an_answer_that_is_none_is_a_fault_that_says_so(server: Any, answer: tuple[int, bytes], expected: str) -> None:
    server.answers["/thing"] = answer
    client = Rest("the server", server.url)
    with pytest.raises(ContextError) as caught:
        client.json("/thing", Thing)
    client.close()
    assert expected in str(caught.value)
    assert caught.value.place == "the server"


def test_a_server_that_is_busy_is_asked_again(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "_PAUSE_S", 0.01)
    answers = iter([(503, b""), (429, b""), (200, b'{"name": "x"}')])
    server.answers["/thing"] = lambda query: next(answers)
    client = Rest("the server", server.url)
    assert client.json("/thing", Thing) == Thing("x")
    assert client.json("/nothing", Thing) is None
    client.close()


def test_a_server_that_cannot_be_reached_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "_PAUSE_S", 0.01)
    client = Rest("the server", f"http://user:hunter2@127.0.0.1:{free_port()}")
    for _ in range(2):
        with pytest.raises(ContextError, match="got none") as caught:
            client.json("/thing", Thing)
        assert "hunter2" not in str(caught.value)
    monkeypatch.setattr(rest, "_PAUSE_S", 30.0)
    started = time.monotonic()
    with pytest.raises(ContextError):
        client.json("/thing", Thing)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("address", ["rm:8088", "http://[", "ftp://rm", "http://rm:port", "not an address"])
def test_an_invalid_address_is_a_fault(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(rest, "_PAUSE_S", 0.0)
    with pytest.raises(ContextError, match="expected"):
        Rest("the server", address).json("/thing", Thing)


def test_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "_ANSWER_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b" ")
                        time.sleep(0.02)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        client = Rest("the server", f"http://127.0.0.1:{listening.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ContextError, match=r"within 0.3 s"):
            client.json("/thing", Thing)
        client.close()
        assert time.monotonic() - started < 5


def test_of_a_huge_log_the_end_is_kept(server: Any) -> None:
    server.answers["/log"] = (200, b"".join(b"line %06d\n" % number for number in range(50_000)))
    client = Rest("the server", server.url)
    lines = list(client.lines("/log", {}, 100_000, from_start=False))
    client.close()
    assert lines[-1] == (-1, "line 049999")
    assert len(lines) < 20_000


def test_a_server_that_is_down_is_reported_once_and_the_harvest_goes_on(
    write_log: Callable[..., Path], lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "_PAUSE_S", 0.01)
    for number in range(5):
        folder = write_log(f"application_1_{number}", properties={"spark.master": "yarn"}).parent
    config = ContextConfig(yarn_rm_url=f"http://127.0.0.1:{free_port()}")
    report = harvest(folder, config, lake)
    ((place, (reason, count)),) = report.around.items()
    assert (place, count) == ("YARN ResourceManager", 5)
    assert "expected an answer from http://127.0.0.1" in reason
    assert set(lake.read(Application)["status"].to_pylist()) == {"succeeded"}
    # The server may come back within a day.
    assert harvest(folder, config, lake).unchanged == 0
