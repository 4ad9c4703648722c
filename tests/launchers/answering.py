"""A service that gives one answer to every question, for launchers that are run as processes."""

import json
from socket import socket


class OneAnswer:
    """Answers ``/v1/recommend`` with one allocation, anything else as ``/v1/feedback`` does, and keeps questions.

    Attributes:
        answer: What is answered.
        asked: Path and body of every question.
    """

    def __init__(self, allocation: dict[str, str], **further: object) -> None:
        reasons = [{"property": "spark.executor.memory", "text": "held in 5 runs"}]
        self.answer: object = {
            "decision_id": "d1",
            "workload_id": "etl/nightly",
            "allocation": allocation,
            "reasons": reasons,
            **further,
        }
        self.asked: list[tuple[str, dict[str, object]]] = []

    def __call__(self, connection: socket) -> None:
        received = connection.makefile("rb")
        path = received.readline().split()[1].decode()
        length = 0
        while line := received.readline().strip():
            if line.lower().startswith(b"content-length"):
                length = int(line.split(b":")[1])
        self.asked.append((path, json.loads(received.read(length))))
        body = json.dumps(self.answer if path == "/v1/recommend" else {"decision_id": "d1", "recorded": True})
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
