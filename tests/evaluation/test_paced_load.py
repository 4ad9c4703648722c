"""Waits count from when a request was due, also where the service stood still."""

import asyncio
import threading
import time

from evaluation.benchmarks.paced_load import paced

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Server:
    """Answers one request after the other; each takes so long, and every tenth is refused."""

    def __init__(self, takes_s: float) -> None:
        self.port, self._takes_s, self._asked = 0, takes_s, 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        assert self._ready.wait(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            time.sleep(self._takes_s)  # the whole server stands still
            self._asked += 1
            status = b"503 Busy" if self._asked % 10 == 0 else b"200 OK"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")


def test_each_request_is_asked_once_and_refusals_are_counted():
    found = paced(Server(0.0).port, [REQUEST], per_s=200, seconds=1, connections=4)
    asked = len(found.waits_ms) + found.refused_count
    assert 120 < asked < 280
    assert found.refused_count == asked // 10
    assert found.waits_ms == sorted(found.waits_ms)


def test_a_service_that_is_too_slow_lets_its_clients_wait_longer_and_longer():
    # Fifty are due and twenty can be answered: the last one waits a second and a half, though each takes 50 ms.
    found = paced(Server(0.05).port, [REQUEST], per_s=50, seconds=1, connections=100)
    assert found.quantile_ms(0.99) > 500
    assert found.quantile_ms(0.99) > 5 * found.waits_ms[0]
