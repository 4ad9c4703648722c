"""The server that gives way, through uvicorn on a real socket, in this process."""

import asyncio
import os
import resource
import socket
import ssl
import time
from collections.abc import Callable, Coroutine

import pytest
import uvicorn

from serving.gateway import fair_accept
from serving.gateway.fair_accept import FairLoop
from serving.gateway.limited_protocol import LimitedProtocol
from serving.gateway.overload import Pace
from serving.gateway.seats import VARIABLE, Seats, made_page
from tests.serving.processes.test_tls import make_pair

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a scenario, called with the port, the number of open connections and the seat of another worker."""
    page = made_page(tmp_path / "seats", 2)
    monkeypatch.setenv(VARIABLE, f"0:{page}")

    def run_it(scenario: Callable[..., Coroutine[None, None, None]], **options: str) -> None:
        async def main() -> None:
            mine, other = Seats(page, 0), Seats(page, 1)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                config = uvicorn.Config(app, http=LimitedProtocol, lifespan="off", log_config=None, **options)
                server = uvicorn.Server(config)
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                try:
                    port = listener.getsockname()[1]
                    await asyncio.wait_for(scenario(port, lambda: int(mine._numbers[0]), other), 20)
                finally:
                    server.should_exit = True
                    await serving
                assert other.limit() == float("inf")  # the one that ended is not waited for

        with asyncio.Runner(loop_factory=FairLoop) as runner:
            runner.run(main())

    return run_it


async def becomes(count: Callable[[], int], wanted: int) -> None:
    until = time.monotonic() + 5
    while count() != wanted:
        assert time.monotonic() < until, count()
        await asyncio.sleep(0.01)


async def answer_to(port: int, tls: ssl.SSLContext | None = None) -> tuple[bytes, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(ASK)
    return await reader.readline(), writer


def test_it_counts_what_is_open(run):
    async def scenario(port, count, other) -> None:
        line, writer = await answer_to(port)
        assert line == b"HTTP/1.1 200 OK\r\n"
        assert count() == 1
        writer.close()
        await becomes(count, 0)

    run(scenario)


def test_above_its_share_it_gives_way_and_then_takes_what_nobody_took(run, monkeypatch):
    monkeypatch.setattr(fair_accept, "_PATIENCE_S", 0.2)

    async def scenario(port, count, other) -> None:
        began_s = time.monotonic()
        other.beat(0)
        answers = await asyncio.gather(*(answer_to(port) for _ in range(6)))
        assert [line for line, _ in answers] == 6 * [b"HTTP/1.1 200 OK\r\n"]
        assert 0.4 <= time.monotonic() - began_s < 2  # four at once, and two that it waited with
        other.leave()
        began_s = time.monotonic()
        more = await asyncio.gather(*(answer_to(port) for _ in range(20)))
        assert time.monotonic() - began_s < 20 * 0.2
        await becomes(count, 4 + len(more))  # the answers to those two were the last of their connections

    run(scenario)


def test_it_goes_on_as_soon_as_the_other_has_as_many(run, monkeypatch):
    monkeypatch.setattr(fair_accept, "_PATIENCE_S", 0.5)

    async def scenario(port, count, other) -> None:
        other.beat(0)
        kept = await asyncio.gather(*(answer_to(port) for _ in range(4)))
        other.beat(4)
        kept += await asyncio.gather(*(answer_to(port) for _ in range(6)))
        assert count() == len(kept) == 10
        other.beat(7)
        began_s = time.monotonic()
        kept += await asyncio.gather(*(answer_to(port) for _ in range(4)))
        assert count() == len(kept) == 14
        assert time.monotonic() - began_s < 4 * 0.5  # without giving way it is milliseconds

    run(scenario)


def test_what_a_worker_has_too_much_it_gives_back_with_an_answer_until_it_is_even(run):
    """After the restart of the other one, which had as many: all clients are here, and would stay."""

    async def scenario(port, count, other) -> None:
        other.leave()
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for reader, writer in clients:
            writer.write(ASK)
            assert b"connection: close" not in await reader.readuntil(b"\r\n\r\n")
        for told in range(20):
            reader, writer = clients[told]
            other.beat(min(told, 7))  # whoever was sent on comes anew, and is taken there
            writer.write(ASK)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert (b"connection: close" in head) == (told < 7), told
            if told < 7:
                assert await reader.read() == b""
                await becomes(count, 19 - told)
        assert count() == 13  # less than 1.5 x 7 + 4: as many as it would accept

    run(scenario)


def test_a_request_behind_another_is_answered_before_its_connection_ends(run):
    async def scenario(port, count, other) -> None:
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        for reader, writer in clients:
            writer.write(ASK)
            await reader.readuntil(b"\r\n\r\n")
        other.beat(0)
        reader, writer = clients[0]
        writer.write(3 * ASK)
        heads = [await reader.readuntil(b"\r\n\r\n") for _ in range(3)]
        assert [head.partition(b"\r\n")[0] for head in heads] == 3 * [b"HTTP/1.1 200 OK"]

    run(scenario)


def test_who_is_refused_by_a_full_worker_that_has_too_many_may_ask_another(run, monkeypatch):
    monkeypatch.setattr(Pace, "places", 0)
    body = b"POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    async def scenario(port, count, other) -> None:
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
        await becomes(count, 6)
        reader, writer = clients[0]
        writer.write(body)
        assert b"connection: close" not in await reader.readuntil(b"again")
        other.beat(0)
        writer.write(body)
        refused = await reader.read()
        assert refused.count(b"HTTP/1.1 503") == 1
        assert b"retry-after: 1\r\nconnection: close\r\n" in refused
        await becomes(count, 5)

    run(scenario)


def test_over_tls_a_failed_handshake_leaves_no_place_taken(run, tmp_path):
    certificate, key = make_pair(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate))
    trust.check_hostname = False

    async def scenario(port, count, other) -> None:
        line, writer = await answer_to(port, trust)
        assert line == b"HTTP/1.1 200 OK\r\n"
        _, plain = await answer_to(port)
        plain.close()
        await becomes(count, 1)
        writer.close()
        await becomes(count, 0)

    run(scenario, ssl_certfile=str(certificate), ssl_keyfile=str(key))


def test_without_file_descriptors_it_tries_again(run):
    async def scenario(port, count, other) -> None:
        limits, taken = resource.getrlimit(resource.RLIMIT_NOFILE), list[int]()
        with socket.socket() as client:
            client.setblocking(False)
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (os.dup(client.fileno()) + 8, limits[1]))
                with pytest.raises(OSError, match="Too many open files"):
                    while True:
                        taken.append(os.dup(client.fileno()))
                await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
                await asyncio.sleep(0.2)
                assert count() == 0
            finally:
                for one in taken:
                    os.close(one)
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            await becomes(count, 1)

    run(scenario)
