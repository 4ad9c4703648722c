"""Many open connections: does one that asks still get its answer, and what do all get that ask at once?

    python -m evaluation.benchmarks.open_connections [--url http://127.0.0.1:3000] [--connections 2000 10000]

First all but one are silent, and one asks again and again. Then each asks once, all at the same time: an answer is
advice, or it is 503 or 429 with ``Retry-After``; a launcher waits two seconds for either. The generator is one loop
over epoll, which takes some 20 us an answer: asyncio's streams take ten times as much, so that thousands of answers
are read long after they came, and called late.
"""

import argparse
import re
import resource
import select
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from evaluation.benchmarks.serve_load import request_bytes

_PATIENCE_S = 2.0
_WAIT_S = 8.0
"""How long answers are waited for, to tell late ones from none."""
_ASKED_ALONE = 20
_AT_ONCE = 500
"""Connections that are opened together: more than the kernel's queue of one listener would be dropped."""
_KNOWN = {"app_name": "benchmark", "platform": "standalone", "properties": {"spark.executor.memory": "2g"}}
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Asked:
    """One question, and what came back of it.

    Attributes:
        sent_s: When, of the clock that never goes back.
        came_s: When its answer was whole; 0 while it is not.
        ended: Whether the connection was closed instead.
    """

    connection: socket.socket
    sent_s: float
    answer: bytes = b""
    came_s: float = 0.0
    ended: bool = False

    @property
    def kind(self) -> str:
        """What a launcher makes of it."""
        if self.came_s and self.came_s - self.sent_s > _PATIENCE_S:
            return "late"
        if not self.came_s:
            return "closed" if self.ended else "none"
        status = int(self.answer.split(b" ", 2)[1])
        if status == 200:
            return "fallback" if b'"answered_by":"fallback"' in self.answer else "advice"
        return "refused" if b"retry-after" in self.answer.lower() else f"status {status}"


def ask_all(connections: list[socket.socket], request: bytes) -> list[Asked]:
    """Ask on every connection, one right after the other, and wait for the answers.

    A connection that its answer ends (``Connection: close``) is replaced by a new one, as every client does.
    """
    epoll = select.epoll()
    asked: dict[int, Asked] = {}
    for connection in connections:
        asked[connection.fileno()] = Asked(connection, time.perf_counter())
        connection.send(request)
        epoll.register(connection, select.EPOLLIN)
    left, until_s = len(asked), time.perf_counter() + _WAIT_S
    while left and (now_s := time.perf_counter()) < until_s:
        for number, _ in epoll.poll(until_s - now_s, 1024):
            one = asked[number]
            try:
                came = one.connection.recv(65536)
            except OSError:
                came = b""
            one.answer += came
            one.ended = not came
            if one.ended or _is_whole(one.answer):
                one.came_s = 0.0 if one.ended else time.perf_counter()
                epoll.unregister(number)
                left -= 1
    epoll.close()
    for position, one in enumerate(asked.values()):
        if b"\r\nconnection: close\r\n" in one.answer.lower():
            peer = one.connection.getpeername()
            one.connection.close()
            connections[position] = socket.create_connection(peer)
    return list(asked.values())


def _is_whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    length = _LENGTH.search(answer, 0, end) if end >= 0 else None
    return end >= 0 and len(answer) >= end + 4 + (int(length[1]) if length else 0)


@contextmanager
def opened(host: str, port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, closed at the end."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    made: list[socket.socket] = []
    try:
        while len(made) < count:
            made += [socket.create_connection((host, port)) for _ in range(min(_AT_ONCE, count - len(made)))]
            time.sleep(0.05)  # the listener's queue empties
        yield made
    finally:
        for one in made:
            one.close()


def _measure(host: str, port: int, count: int) -> list[str]:
    request = request_bytes(host, "/v1/recommend", _KNOWN)
    with opened(host, port, count) as connections:
        first, others = connections[:1], connections[1:]
        alone = [ask_all(first, request)[0] for _ in range(_ASKED_ALONE)]
        connections[:] = first + others
        began_s, cpu_s = time.perf_counter(), time.process_time()
        answers = ask_all(connections, request)
        cpu_s = time.process_time() - cpu_s
    last_s = max((one.came_s for one in answers), default=0.0) - began_s
    took_s = sorted(one.came_s - one.sent_s if one.came_s else _WAIT_S for one in answers)
    kinds = Counter(one.kind for one in answers)
    return [
        f"{count:,}",
        f"{1000 * statistics.median(one.came_s - one.sent_s for one in alone):.0f} ms",
        ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items())),
        f"{took_s[len(took_s) // 2]:.2f} s, {took_s[int(0.99 * (len(took_s) - 1))]:.2f} s",
        f"{last_s:.2f} s",
        f"{cpu_s:.2f} s",
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="default: %(default)s")
    parser.add_argument("--connections", type=int, nargs="+", default=[2_000, 10_000], help="default: %(default)s")
    args = parser.parse_args()
    url = urlsplit(args.url)
    table = Table("open", "one asks, p50", "all ask at once", "p50, p99", "last", "generator's processor time")
    for count in args.connections:
        table.add_row(*_measure(url.hostname or "", url.port or 80, count))
    Console(width=140).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
