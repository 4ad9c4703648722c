"""A server of answers that a test writes, in the shapes of public API documentation."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.read import Harvested, harvest_source
from sparkwright.history.sources.log_files import LogSource, find_logs

Answer = tuple[int, bytes]


class Served:
    """A server on this machine.

    Attributes:
        answers: By path: status and body, or what makes them from the query.
        asked: Path, query and headers of every request.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[dict[str, str]], Answer]] = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                served.asked.append((url.path, query, {name.lower(): value for name, value in self.headers.items()}))
                answer = served.answers.get(url.path, (404, b'{"RemoteException": {}}'))
                status, body = answer(query) if callable(answer) else answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def says(self, path: str, document: object, status: int = 200) -> None:
        self.answers[path] = (status, json.dumps(document).encode())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


@pytest.fixture
def read() -> Callable[[Path, ContextConfig], Harvested]:
    """Reads the event logs of a folder and what lies around them; gives what came of the last."""

    def harvested(folder: Path, config: ContextConfig) -> Harvested:
        with LogContext(config) as context:
            for source in find_logs(folder):
                assert isinstance(source, LogSource)
                found = harvest_source(source, context, datetime.now(UTC))
        return found

    return harvested


@pytest.fixture
def write_lines() -> Callable[[Path, str], Path]:
    """Writes a text to a file whose folders are made."""

    def write(path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write
