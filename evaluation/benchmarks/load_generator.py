"""Closed-loop load over HTTP/1.1 by one loop over epoll: some 30 us a request beside 25 of wrk, measured together.

Each connection sends its next request as soon as it has its answer. Nothing has to be installed for it.
"""

import re
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from sparkwright.errors import ServiceError

LATE_S = 2.0
"""A launcher waits no longer."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_FALLBACK = b'"answered_by":"fallback"'


@dataclass(slots=True)
class Answers:
    """What came back.

    Attributes:
        took_s: Seconds to each answer that came, whatever it was.
        refused_count: Answers that were not 200.
        fallback_count: Answers that advised nothing.
        lost_count: Connections that broke, and answers that took longer than :data:`LATE_S`.
        seconds: How long it all took.
    """

    took_s: list[float] = field(default_factory=list)
    refused_count: int = 0
    fallback_count: int = 0
    lost_count: int = 0
    seconds: float = 0.0

    @property
    def advice_count(self) -> int:
        """Answers that were 200 and no fallback."""
        return len(self.took_s) - self.refused_count - self.fallback_count

    def quantile_ms(self, level: float) -> float:
        """The latency that a share ``level`` of the answers did not exceed; 0 without any."""
        ordered = sorted(self.took_s)
        return 1000 * ordered[min(len(ordered) - 1, int(level * len(ordered)))] if ordered else 0.0


@dataclass(slots=True)
class _Line:
    connection: socket.socket
    sent_s: float = 0.0
    answer: bytes = b""


def load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, found: Answers | None = None
) -> Answers:
    """Ask on 127.0.0.1 for so many seconds; answers that are open then are waited for, at most two seconds.

    Args:
        port: Who is asked.
        requests: Whole requests, asked in turn.
        connections: How many ask at once.
        seconds: How long.
        found: Filled while it goes on; default a new one.

    Raises:
        ServiceError: Nobody listens there.
    """
    asked, found, lines = cycle(requests), found or Answers(), dict[int, _Line]()
    epoll = select.epoll()
    try:
        for _ in range(connections):
            _begin(port, epoll, lines, asked)
        began_s = time.perf_counter()
        ends_s = began_s + seconds
        while lines and (now_s := time.perf_counter()) < ends_s + LATE_S:
            for number, _ in epoll.poll(0.1, 1024):
                _take(lines, number, epoll, found, asked, is_over=now_s >= ends_s, port=port)
        found.lost_count += len(lines)
        found.seconds = min(time.perf_counter(), ends_s) - began_s
    except OSError as error:
        raise ServiceError(f"expected a service on port {port} of 127.0.0.1: {error}") from error
    finally:
        epoll.close()
        for line in lines.values():
            line.connection.close()
    return found


def _begin(port: int, epoll: select.epoll, lines: dict[int, _Line], asked: Iterator[bytes]) -> None:
    line = _Line(socket.create_connection(("127.0.0.1", port)))
    line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines[line.connection.fileno()] = line
    epoll.register(line.connection, select.EPOLLIN)
    line.sent_s = time.perf_counter()
    line.connection.sendall(next(asked))


def _take(
    lines: dict[int, _Line],
    number: int,
    epoll: select.epoll,
    found: Answers,
    asked: Iterator[bytes],
    *,
    is_over: bool,
    port: int,
) -> None:
    line = lines[number]
    try:
        came = line.connection.recv(65536)
    except OSError:
        came = b""
    if not came:
        found.lost_count += 1
        _end(lines, number, epoll)
        if not is_over:
            _begin(port, epoll, lines, asked)
        return
    line.answer += came
    end = line.answer.find(b"\r\n\r\n")
    length = _LENGTH.search(line.answer, 0, end + 2) if end >= 0 else None
    if length is None or len(line.answer) < end + 4 + int(length[1]):
        return
    now_s = time.perf_counter()
    found.took_s.append(now_s - line.sent_s)
    found.lost_count += now_s - line.sent_s > LATE_S
    ends = b"\r\nconnection: close\r\n" in line.answer[: end + 2].lower()
    if line.answer[9:12] != b"200":
        found.refused_count += 1
    elif _FALLBACK in line.answer:
        found.fallback_count += 1
    if is_over or ends:
        _end(lines, number, epoll)
        if not is_over:
            _begin(port, epoll, lines, asked)
        return
    line.answer, line.sent_s = b"", now_s
    line.connection.sendall(next(asked))


def _end(lines: dict[int, _Line], number: int, epoll: select.epoll) -> None:
    epoll.unregister(number)
    lines.pop(number).connection.close()
