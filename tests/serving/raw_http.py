"""HTTP as an attacker speaks it: bytes over a socket, with no library that would mend them."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict:
        assert self.headers["content-type"] == "application/problem+json", self
        found = json.loads(self.body)
        assert found["status"] == self.status
        return found


def connect(url: str, timeout_s: float = 20.0) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=timeout_s)


def read_answer(connection: socket.socket) -> Answer:
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError(f"closed after {received!r}")
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Answer(int(line.split()[1]), headers, body)


def send(url: str, *parts: bytes) -> Answer:
    with connect(url) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:  # it has answered already and reads no more
                break
        return read_answer(connection)


def request(
    method: str, path: str, body: bytes = b"", *, host: str | None = "localhost", headers: Iterable[str] = ()
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), *headers]
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def post(url: str, path: str, body: bytes | dict, *, headers: Iterable[str] = ()) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return send(url, request("POST", path, raw, headers=headers))
