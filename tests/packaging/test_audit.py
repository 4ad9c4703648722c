"""``make audit`` really asks about every package, and never passes without an answer."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

INFRA = Path(__file__).resolve().parents[2] / "infra"


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, INFRA / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOLE = {
    "id": "GHSA-xxxx-yyyy-zzzz",
    "summary": "a hole that was made up",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.9"}]}],
        }
    ],
}


class Database(ThreadingHTTPServer):
    """The OSV database's two requests, over loopback, with holes in the packages that it is told of."""

    def __init__(self, holes: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.holes = holes
        self.asked: set[tuple[str, str]] = set()


class _Handler(BaseHTTPRequestHandler):
    server: Database

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        named = [(one["package"]["name"], one["version"]) for one in body["queries"]]
        self.server.asked |= set(named)
        hole = {"vulns": [{"id": HOLE["id"], "modified": HOLE["modified"]}]}
        self._answer({"results": [hole if name in self.server.holes else {} for name, _ in named]})

    def do_GET(self) -> None:
        self._answer(HOLE)

    def _answer(self, value: object) -> None:
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def database() -> Iterator[Database]:
    server = Database(set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_every_package_is_asked_about_and_none_with_a_hole_passes(database, capsys):
    audit = program("audit")
    url = f"http://127.0.0.1:{database.server_port}"
    assert audit.main(url) == 0
    pinned = {tuple(line.split("==")) for line in audit.LOCK.read_text().split()}
    assert database.asked == pinned
    assert f"0 known vulnerabilities in {len(pinned)} packages" in capsys.readouterr().out
    database.holes = {"jinja2"}
    assert audit.main(url) == 3
    shown = capsys.readouterr().out
    assert "GHSA-xxxx-yyyy-zzzz" in shown
    assert "jinja2" in shown


def test_a_database_that_is_not_reached_is_no_pass(database, capsys):
    url = f"http://127.0.0.1:{database.server_port}"
    database.shutdown()
    database.server_close()
    assert program("audit").main(url) == 3
    assert "not audited" in capsys.readouterr().err


def test_the_licence_of_every_package_is_told(capsys):
    licences = program("licences")
    assert licences.main() == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == len(licences.LOCK.read_text().split()) + 1
    assert "Apache" in licences.licence_of("bentoml")
    assert licences.licence_of("no-such-package") == "not installed"
