"""The limit at the head of a request, through uvicorn on a real socket."""

import asyncio
import socket
import time
from contextlib import suppress

import pytest
import uvicorn

from serving.gateway import timed_protocol
from serving.gateway.limited_protocol import LimitedProtocol
from serving.gateway.overload import Pace

BODY = b"{}"
HEAD = b"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


async def read(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
    return head


@pytest.fixture
def run(monkeypatch):
    """Run a scenario against a server that answers work when it is told to."""
    monkeypatch.setattr(Pace, "places", 2)
    monkeypatch.setattr(LimitedProtocol, "open_count", 0)

    def run_it(scenario) -> None:
        async def main() -> None:
            go_on = asyncio.Event()

            async def app(scope, receive, send) -> None:
                if scope["path"].startswith("/v1/recommend"):
                    while (await receive()).get("more_body"):
                        pass
                    await go_on.wait()
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body"})

            with socket.create_server(("127.0.0.1", 0)) as listener:
                config = uvicorn.Config(app, http=LimitedProtocol, lifespan="off", log_config=None)
                server = uvicorn.Server(config)
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                try:
                    port = listener.getsockname()[1]
                    await asyncio.wait_for(scenario(lambda: asyncio.open_connection("127.0.0.1", port), go_on), 20)
                finally:
                    go_on.set()
                    server.should_exit = True
                    await serving
            assert LimitedProtocol.open_count == 0

        asyncio.run(main())

    return run_it


def test_the_third_of_two_is_refused_at_once_and_later_answered(run):
    async def scenario(connect, go_on):
        waiting = [await connect() for _ in range(2)]
        for _, writer in waiting:
            writer.write(HEAD + BODY)
        while LimitedProtocol.open_count < 2:
            await asyncio.sleep(0.01)
        reader, writer = await connect()
        for _ in range(2):
            writer.write(HEAD + BODY)
            refused = await read(reader)
            assert refused.startswith(b"http/1.1 503")
            assert b"retry-after: 1" in refused
        writer.write(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in await read(reader)
        go_on.set()
        for one, _ in waiting:
            assert b" 200 " in await read(one)
        writer.write(HEAD + BODY)
        assert b" 200 " in await read(reader)

    run(scenario)


def test_who_sends_half_a_request_or_goes_away_takes_nobodys_place(run):
    async def scenario(connect, go_on):
        half = [await connect() for _ in range(5)]
        for _, writer in half:
            writer.write(HEAD)
        gone = [await connect() for _ in range(2)]
        for _, writer in gone:
            writer.write(HEAD + BODY)
        while LimitedProtocol.open_count < 2:
            await asyncio.sleep(0.01)
        for _, writer in gone:
            writer.close()
        while LimitedProtocol.open_count:
            await asyncio.sleep(0.01)
        reader, writer = await connect()
        writer.write(HEAD + BODY)
        go_on.set()
        assert b" 200 " in await read(reader)

    run(scenario)


@pytest.mark.parametrize("sent_later", [b"\r\n", HEAD[:-2], HEAD + BODY + HEAD[:-2]])
def test_what_comes_during_an_answer_does_not_end_it_and_may_not_dawdle_afterwards(run, monkeypatch, sent_later):
    monkeypatch.setattr(timed_protocol, "REQUEST_TIMEOUT_S", 0.3)
    monkeypatch.setattr(timed_protocol, "_LOOK_EVERY_S", 0.05)

    async def scenario(connect, go_on):
        reader, writer = await connect()
        writer.write(HEAD + BODY)
        while not LimitedProtocol.open_count:
            await asyncio.sleep(0.01)
        writer.write(sent_later)
        await asyncio.sleep(0.6)
        go_on.set()
        for _ in range(1 + sent_later.count(BODY)):
            assert b" 200 " in await read(reader)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""

    run(scenario)


def test_a_body_that_does_not_come_ends_its_connection(run, monkeypatch):
    monkeypatch.setattr(timed_protocol, "REQUEST_TIMEOUT_S", 0.3)
    monkeypatch.setattr(timed_protocol, "_LOOK_EVERY_S", 0.05)

    async def scenario(connect, go_on):
        reader, writer = await connect()
        writer.write(HEAD)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""

    run(scenario)


def fill(run_scenario):
    """A scenario in which every place is taken before it begins."""

    async def scenario(connect, go_on):
        waiting = [await connect() for _ in range(2)]
        for _, writer in waiting:
            writer.write(HEAD + BODY)
        while LimitedProtocol.open_count < 2:
            await asyncio.sleep(0.01)
        await run_scenario(connect)
        go_on.set()
        for one, _ in waiting:
            assert b" 200 " in await read(one)

    return scenario


def spy(monkeypatch) -> list[bytes]:
    """The paths of requests that are refused without parsing them."""
    seen = []
    refuse = LimitedProtocol._refuse_unparsed

    def told(self, path):
        seen.append(path)
        refuse(self, path)

    monkeypatch.setattr(LimitedProtocol, "_refuse_unparsed", told)
    return seen


ODD = {
    "in two pieces": (HEAD, BODY),
    "in the middle of the head": (HEAD[:20], HEAD[20:] + BODY),
    "two at once": (HEAD + BODY + HEAD + BODY,),
    "a chunked body": (HEAD.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n",),
    "a connection that ends": (HEAD.replace(b"Host: x", b"Host: x\r\nConnection: close") + BODY,),
    "HTTP 1.0": (HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + BODY,),
    "no length": (HEAD.replace(b"Content-Length: 2\r\n", b""),),
    "a length that goes on": (HEAD.replace(b"Content-Length: 2", b"Content-Length: 4") + BODY, BODY),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_is_not_plain_is_parsed_and_refused_all_the_same(run, monkeypatch, odd):
    seen = spy(monkeypatch)

    async def scenario(connect):
        reader, writer = await connect()
        for part in ODD[odd]:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.05)
        for _ in range(2 if odd == "two at once" else 1):
            assert (await read(reader)).startswith(b"http/1.1 503")
        writer.close()

    run(fill(scenario))
    assert seen == []


def test_two_lengths_are_no_request_whatever_is_open(run, monkeypatch):
    seen = spy(monkeypatch)

    async def scenario(connect):
        reader, writer = await connect()
        writer.write(HEAD.replace(b"\r\n\r\n", b"\r\nX: y\r\ncontent-length: 30\r\n\r\n") + BODY)
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")

    run(fill(scenario))
    assert seen == []


def test_a_plain_request_is_refused_unparsed_and_its_connection_goes_on(run, monkeypatch):
    seen = spy(monkeypatch)

    async def scenario(connect):
        reader, writer = await connect()
        for path in (b"/v1/recommend", b"/v1/recommend:batch", b"/v1/diagnose", b"/v1/diagnoses"):
            writer.write(HEAD.replace(b"/v1/recommend", path) + BODY)
            head = await read(reader)
            assert head.startswith(b"http/1.1 503")
            assert b"retry-after: 1\r\n" in head
        # Parsed and unparsed ones take turns on one connection.
        writer.write(HEAD)
        assert (await read(reader)).startswith(b"http/1.1 503")
        writer.write(BODY)
        await asyncio.sleep(0.2)  # what comes with the next request would be no plain one
        writer.write(HEAD + BODY)
        assert (await read(reader)).startswith(b"http/1.1 503")
        writer.write(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in await read(reader)

    run(fill(scenario))
    assert seen == [b"/v1/recommend", b"/v1/recommend:batch", b"/v1/diagnose", b"/v1/diagnoses", b"/v1/recommend"]


def test_a_refused_connection_that_stays_silent_ends_as_any_other(run, monkeypatch):
    spy(monkeypatch)
    monkeypatch.setattr(uvicorn.Config, "__init__", _impatient(uvicorn.Config.__init__))

    async def scenario(connect):
        reader, writer = await connect()
        writer.write(HEAD + BODY)
        assert (await read(reader)).startswith(b"http/1.1 503")
        began_s = time.monotonic()
        assert await reader.read() == b""
        assert time.monotonic() - began_s < 5

    run(fill(scenario))


def _impatient(init):
    def made(self, *args, **options):
        init(self, *args, **options, timeout_keep_alive=1)

    return made
