"""The order in which ``sparkwright up`` starts its components, with small real programs in their place."""

import os
import re
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from serving.processes import foreground, up
from serving.processes.supervisor import Worker
from serving.processes.up import Component, components, run
from sparkwright.cli import main
from sparkwright.errors import ServiceError
from sparkwright.orchestration import LOOPBACK
from sparkwright.settings import Settings, settings
from tests.support.answering_server import answering
from tests.support.free_ports import free_ports

_SLOW_SERVER = """
import http.server, sys, time
time.sleep(1)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
_CLIENT = "import sys, urllib.request; open(sys.argv[2], 'w').write(str(urllib.request.urlopen(sys.argv[1]).status))"


def apart(function: Callable[..., object], *args: object, **kwargs: object) -> object:
    """What a function says in a process of its own: it stops everything below it, other tests' services, too."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def test_a_component_starts_when_what_it_needs_answers(home: Settings, tmp_path: Path) -> None:
    [port], said = free_ports(1), tmp_path / "said"
    url = f"http://{LOOPBACK}:{port}/"
    parts = [
        Component("server", ["python", "-c", _SLOW_SERVER, str(port)], url),
        Component("client", ["python", "-c", _CLIENT, url, str(said)], after="server"),
    ]
    # The client ends by itself, which ends the whole.
    with pytest.raises(ServiceError, match="client ended with exit code 0"):
        apart(run, home, parts, patience_s=30)
    assert said.read_text() == "200"


def test_no_proxy_stands_between_us_and_our_own_processes(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [nobody] = free_ports(1)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", f"http://{LOOPBACK}:{nobody}")
    monkeypatch.setattr(foreground, "_PATIENCE_S", 1.0)
    with answering((200, b"")) as (url, asked):
        up._wait_healthy(Component("server", [], f"{url}/healthy"), {}, tmp_path, patience_s=1)
        foreground._wait_ready([], url)
    assert asked == ["/healthy", "/readyz"]


_HANG_UP = "import os, signal, time; os.kill(os.getppid(), signal.SIGHUP); time.sleep(1); raise SystemExit(7)"


def _up_without_terminal(home: Settings) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup leaves it
    run(home, [Component("terminal", ["python", "-c", _HANG_UP])], patience_s=30)


def _serve_without_terminal(port: int) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    words = [sys.executable, "-c", _HANG_UP]
    with socket.create_server((LOOPBACK, 0)) as listener:
        worker = Worker("terminal", lambda _: words, lambda: (listener, False), dict(os.environ), Path())
        foreground._run([[worker]], f"http://{LOOPBACK}:{port}")


def test_what_nohup_started_outlives_its_terminal(home: Settings) -> None:
    with pytest.raises(ServiceError, match="terminal ended with exit code 7"):
        apart(_up_without_terminal, home)
    with pytest.raises(ServiceError, match="terminal ended with exit code 7"):
        apart(_serve_without_terminal, free_ports(1)[0])


def test_what_prepares_a_component_must_succeed(home: Settings) -> None:
    part = Component("server", ["python", "-c", ""], prepare=["python", "-c", "raise SystemExit(7)"])
    with pytest.raises(ServiceError, match=r"ended with exit code 7; see .*server-prepare\.log"):
        apart(run, home, [part], patience_s=5)


def test_tasks_can_report_to_the_api_server_from_the_start(home: Settings) -> None:
    parts = components(home, airflow_port=1, mlflow_port=2, service_port=3)
    order = [part.name for part in parts]
    [needed] = {part.after for part in parts} - {""}
    assert {part.name for part in parts if part.after} == {"airflow-scheduler", "airflow-dag-processor"}
    assert order.index(needed) < order.index("airflow-scheduler")


def test_what_is_started_in_another_folder_finds_the_places(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.chdir(home.home)
    settings.cache_clear()
    Path("my.env").write_text("SPARKWRIGHT_LAKE_URI=our-lake\n")
    monkeypatch.setattr(up, "run", lambda *_, **__: 0)
    assert main(["--env-file", "my.env", "up"]) == 0
    where = settings()
    assert os.environ["SPARKWRIGHT_LAKE_URI"] == where.lake_uri == str(home.home / "our-lake")
    del os.environ["SPARKWRIGHT_LAKE_URI"]
    assert foreground.bentoml_environment(where, workers=1)["SPARKWRIGHT_LAKE_URI"] == where.lake_uri


def test_no_secret_is_in_a_command_line(home: Settings) -> None:
    from sparkwright.owner_files import admin_password

    parts = components(home, airflow_port=1, mlflow_port=2, service_port=3)
    words = " ".join(word for part in parts for word in (*part.words, *part.env.values()))
    assert admin_password(home.home) not in words
    assert not re.search("jwt_secret|fernet_key", words)


def test_a_registry_elsewhere_has_its_pages_there(home: Settings) -> None:
    elsewhere = home.model_copy(update={"tracking_uri": "https://mlflow.example"})
    parts = components(elsewhere, airflow_port=1, mlflow_port=2, service_port=3)
    assert "mlflow" not in [part.name for part in parts]
