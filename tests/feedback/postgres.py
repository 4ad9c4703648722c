"""A PostgreSQL server for a test, where its programs and a driver are installed."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_DRIVERS = ("psycopg", "psycopg2", "pg8000")
_PATIENCE_S = 60.0


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of an empty database; skips where PostgreSQL or a driver for it is missing."""
    driver = next((name for name in _DRIVERS if importlib.util.find_spec(name)), None)
    if driver is None:
        pytest.skip(f"no driver for PostgreSQL is installed: {', '.join(_DRIVERS)}")
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        pytest.skip("PostgreSQL is not installed: no initdb and postgres on the PATH")
    # The server refuses to run as root.
    user = ("postgres" if _is_user("postgres") else "nobody") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    try:
        if user:
            shutil.chown(folder, user)
        data, port = folder / "data", _free_port()
        subprocess.run(
            ["initdb", "--pgdata", data, "--username", "sparkwright", "--auth", "trust", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
        )
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                ["postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"],
                stdout=log,
                stderr=subprocess.STDOUT,
                user=user,
                cwd=folder,
            )
        try:
            _wait_for(port, server)
            yield f"postgresql+{driver}://sparkwright@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and server.poll() is None:
        # It listens a little before it answers questions.
        if subprocess.run(["pg_isready", "-h", "127.0.0.1", "-p", str(port)], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"expected PostgreSQL to answer on port {port}; exit code {server.poll()}")
