"""What the service's processes are open to, and what becomes of one that ends."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

from serving.processes import foreground, supervisor
from serving.processes.supervisor import Worker, shared, unix_listener
from sparkwright.errors import ServiceError


def test_nothing_listens_but_the_service_itself(service):
    """Any local user could have had a command run as the service's user through circus' control endpoint."""
    host, port = service.url.removeprefix("http://").split(":")
    tree = [psutil.Process(service.process.pid), *psutil.Process(service.process.pid).children(recursive=True)]
    assert len(tree) >= 3
    listening = {
        tuple(one.laddr)
        for process in tree
        for one in process.net_connections(kind="inet")
        if one.status == psutil.CONN_LISTEN or (one.type == socket.SOCK_DGRAM and not one.raddr)
    }
    assert listening == {(host, int(port))}
    paths = {one.laddr for process in tree for one in process.net_connections(kind="unix") if one.laddr}
    files = [Path(path) for path in paths if path.startswith("/")]
    assert files
    for path in files:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_pinned_bentoml_is_the_locked_one_and_another_is_refused(monkeypatch, home):
    lock = (Path(foreground.__file__).parents[2] / "requirements.lock").read_text().splitlines()
    assert f"bentoml=={foreground.BENTOML}" in lock
    monkeypatch.setattr(foreground, "BENTOML", "1.0.0")
    with pytest.raises(ServiceError, match=r"expected BentoML 1\.0\.0, got"):
        foreground.serve(home, host="127.0.0.1", port=1, workers=1)


def test_a_socket_path_that_is_too_long_is_said(tmp_path):
    with pytest.raises(ServiceError, match="TMPDIR"):
        unix_listener(tmp_path / ("x" * 120))


@pytest.fixture
def worker():
    """A worker that answers each connection with its process id."""
    program = (
        "import socket, sys, os\n"
        "listener = socket.socket(fileno=int(sys.argv[1]))\n"
        "while True:\n"
        "    with listener.accept()[0] as one: one.sendall(str(os.getpid()).encode())\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Worker(
            "w", lambda fd: [sys.executable, "-c", program, str(fd)], shared(listener), dict(os.environ), Path.cwd()
        )
        made.start()
        try:
            yield made, listener.getsockname()
        finally:
            supervisor.stop([[made]], grace_s=5)
            assert made.process.poll() is not None


def ask(address) -> int:
    with socket.create_connection(address, timeout=10) as one:
        return int(one.recv(64))


def test_a_worker_that_ended_is_replaced_and_who_waits_is_answered(worker):
    one, address = worker
    first = ask(address)
    os.kill(first, signal.SIGKILL)
    one.process.wait()
    with socket.create_connection(address, timeout=10) as waiting:  # in the queue of a listener that outlives it
        while one.process is None or one.process.pid == first:
            one.keep()
        second = int(waiting.recv(64))
    assert second == one.process.pid != first


def test_one_that_ends_at_once_is_started_less_and_less_often(worker, capsys):
    one, _ = worker
    waits = []
    for _ in range(3):
        one.process.kill()
        one.process.wait()
        began_s = time.monotonic()
        while one.process is None or one.process.returncode is not None:
            one.keep()
        waits.append(time.monotonic() - began_s)
    assert waits[0] >= supervisor._FIRST_WAIT_S
    assert waits[2] >= 4 * supervisor._FIRST_WAIT_S
    assert "SIGKILL" in capsys.readouterr().err


def test_bentoml_still_makes_a_bento_of_it(tmp_path):
    """Supervised by us or not, the service stays BentoML's: what `bentoml build` makes is whole."""
    repository = Path(foreground.__file__).parents[2]
    words = [sys.executable, "-m", "bentoml", "build", "--output", "tag"]
    made = subprocess.run(
        words,
        env={**os.environ, "BENTOML_HOME": str(tmp_path / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"},
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    tag = re.search(r"__tag__:(\S+)", made.stdout)[1]
    bento = tmp_path / "bentoml" / "bentos" / tag.replace(":", "/")
    described = yaml.safe_load((bento / "bento.yaml").read_text())
    assert {"Sparkwright", "LlmService"} <= {service["name"] for service in described["services"]}
    assert described["entry_service"] == "Sparkwright"
    assert {path.name for path in (bento / "src").iterdir()} >= {"serving", "sparkwright", "data_contracts"}
    assert not list((bento / "src").rglob("*.pyc"))
