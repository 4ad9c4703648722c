"""Services side by side for a benchmark: ours, and the platform without its work, each over one inherited listener."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from sparkwright.errors import ServiceError
from sparkwright.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its port on 127.0.0.1 and its processes."""

    port: int
    processes: list[psutil.Process]

    def cpu_s(self) -> float:
        """Processor time of its processes so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self.processes)


@contextmanager
def ours(where: Settings, workers: int, folder: Path) -> Iterator[Service]:
    """``sparkwright serve`` with its champion served."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "sparkwright.cli", "serve", "--port", str(port), "--workers", str(workers)]
    environ = {**os.environ, "SPARKWRIGHT_LLM_ENGINE": "none", "SPARKWRIGHT_HOME": str(where.home)}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=_ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/v1/status", process, b'"forecaster_version":"1"', folder / "serve.log")
        time.sleep(5)  # the other worker follows the champion by itself
        main = psutil.Process(process.pid)
        yield Service(port, [main, *main.children(recursive=True)])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@contextmanager
def inheriting(words: Sequence[str], workers: int, where: Settings) -> Iterator[Service]:
    """Workers that inherit one listener."""
    environ = {**os.environ, "BENTOML_HOME": str(where.home / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    with socket.create_server(("127.0.0.1", 0), backlog=8192) as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]
        numbered = [["--worker-id", str(number + 1)] if "--service-name" in words else [] for number in range(workers)]
        started = [
            subprocess.Popen([sys.executable, *words, "--fd", str(fd), *more], cwd=_ROOT, env=environ, pass_fds=[fd])
            for more in numbered
        ]
        try:
            _wait(f"http://127.0.0.1:{port}/openapi.json", started[0], b"openapi", None)
            time.sleep(3)
            yield Service(port, [psutil.Process(one.pid) for one in started])
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=60)


def _wait(url: str, process: subprocess.Popen[bytes], wanted: bytes, log: Path | None) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if wanted in (found := answer.read()):
                    return
        except (urllib.error.URLError, OSError) as error:
            found = str(error).encode()
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServiceError(
                f"expected {wanted!r} from {url}, got {found!r}; {log.read_text()[-2000:] if log else ''}"
            )
        time.sleep(0.3)
