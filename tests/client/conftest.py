"""Both clients, asked in the same way, and services that behave and that do not."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sparkwright.client import AsyncClient, Client
from tests.support.misbehaving_service import closed_port, misbehaving_service

__all__ = ["closed_port", "misbehaving_service"]

Behave = Callable[[BaseHTTPRequestHandler, bytes], None]


class Awaited:
    """An asynchronous client, each of whose answers is waited for in an event loop of its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._client = AsyncClient(*args, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def ask(*args: Any, **query: Any) -> Any:
            async with self._client as client:
                return await getattr(client, name)(*args, **query)

        return lambda *args, **query: asyncio.run(ask(*args, **query))


@pytest.fixture(params=[Client, Awaited], ids=["blocking", "async"])
def make_client(request) -> Callable[..., Any]:
    """Makes a client that shows no key of this machine."""
    return lambda url, **options: request.param(url, **{"api_key": "", "timeout_s": 10.0, **options})


@pytest.fixture
def web_service() -> Iterator[Callable[[Behave], str]]:
    """A function that starts a web server, which answers every request as it is told, and returns its address."""
    servers = []

    def start(behave: Behave) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                behave(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            do_POST = do_GET  # noqa: N815 - as http.server calls it

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        server = Server(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def give(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """Answer one request."""
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
