"""Who gets past the gate: in memory, and before a real MLflow server."""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from serving.processes.owner_gate import OwnerGate
from sparkwright.orchestration import REPOSITORY
from sparkwright.owner_files import ADMIN, admin_password, password_file
from sparkwright.registry import releases, tracking
from sparkwright.settings import Settings
from tests.support.free_ports import free_ports

OWNER = ("admin", "secret")
OURS = {"Host": "127.0.0.1:5000"}


async def _answer(_request: object) -> PlainTextResponse:
    return PlainTextResponse("inside")


@pytest.mark.parametrize(
    ("method", "path", "headers", "auth", "status"),
    [
        ("GET", "/", OURS, OWNER, 200),
        ("GET", "/", {"Host": "LOCALHOST:5000"}, OWNER, 200),
        ("POST", "/", {**OURS, "Origin": "http://127.0.0.1:5000"}, OWNER, 200),
        ("GET", "/", OURS, None, 401),
        ("GET", "/", OURS, ("admin", "Secret"), 401),
        ("GET", "/", OURS, ("", ""), 401),
        ("GET", "/", {**OURS, "Authorization": "Bearer YWRtaW46c2VjcmV0"}, None, 401),
        ("GET", "/health", OURS, None, 200),
        ("POST", "/health", OURS, None, 401),
        ("GET", "/health/", OURS, None, 401),
        ("GET", "/", {"Host": "rebound.example:5000"}, OWNER, 403),
        ("GET", "/health", {"Host": "rebound.example:5000"}, None, 403),
        ("GET", "/", {"Host": "127.0.0.1:5001"}, OWNER, 403),
        ("POST", "/", {**OURS, "Origin": "http://evil.example"}, OWNER, 403),
        # Another user's server on this machine is another page, too.
        ("POST", "/", {**OURS, "Origin": "http://localhost:9999"}, OWNER, 403),
        ("POST", "/", {**OURS, "Origin": "null"}, OWNER, 403),
    ],
)
def test_the_gate(method: str, path: str, headers: dict[str, str], auth: tuple[str, str] | None, status: int) -> None:
    import asyncio

    paths = [Route(each, _answer, methods=["GET", "POST"]) for each in ("/", "/health", "/health/")]
    hosts = frozenset({"127.0.0.1:5000", "localhost:5000"})
    gate = OwnerGate(Starlette(routes=paths), user=OWNER[0], password=OWNER[1], hosts=hosts)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://127.0.0.1:5000") as client:
            return await client.request(method, path, headers=headers, auth=auth)

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.text == "inside") == (status, status == 200)


def test_the_password_is_made_once_and_only_its_owner_may_read_it(home: Settings) -> None:
    before = os.umask(0)
    try:
        password = admin_password(home.home)
    finally:
        os.umask(before)
    assert len(password) >= 32
    assert password_file(home.home).stat().st_mode & 0o777 == 0o600
    password_file(home.home).chmod(0o644)  # as `cp` may leave it
    assert admin_password(home.home) == password
    assert password_file(home.home).stat().st_mode & 0o777 == 0o600


@dataclass
class Mlflow:
    """A real server, asked as a program would."""

    url: str
    password: str

    def ask(self, path: str, body: dict[str, str] | None, *, password: str, **headers: str) -> int:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
        if password:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{ADMIN}:{password}".encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def mlflow_server(registry_home: Settings) -> Iterator[Mlflow]:
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "serving.processes.mlflow_server", "--port", str(port)]
    process = subprocess.Popen(words, cwd=REPOSITORY, env=os.environ)
    try:
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=2):
                    break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.3)
        yield Mlflow(url, admin_password(registry_home.home))
    finally:
        process.terminate()
        process.wait(30)


def test_nobody_but_the_owner_moves_champion_in_a_real_mlflow(
    mlflow_server: Mlflow, registry_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = tracking.connect(registry_home)
    first, second = (releases.propose(client, forecaster_version=version) for version in ("1", "2"))
    releases.promote(client, first)
    path = "/api/2.0/mlflow/registered-models/alias"
    body = {"name": "release", "alias": "champion", "version": second.version}
    for attack in (
        {"password": ""},
        {"password": "admin"},
        {"password": mlflow_server.password, "Host": "rebound.example"},
        {"password": mlflow_server.password, "Origin": "http://localhost:9999"},
    ):
        assert mlflow_server.ask(path, body, **attack) in {401, 403}
    for read in ("/", "/api/2.0/mlflow/registered-models/search", "/graphql", "/get-artifact", "/docs"):
        assert mlflow_server.ask(read, None, password="") == 401
    assert releases.by_alias(client, "champion") == first
    assert mlflow_server.ask("/", None, password=mlflow_server.password) == 200
    # MLflow's own client knows the way in.
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", ADMIN)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", mlflow_server.password)
    mlflow.MlflowClient(mlflow_server.url).set_registered_model_alias("release", "champion", second.version)
    assert releases.by_alias(client, "champion") == second
