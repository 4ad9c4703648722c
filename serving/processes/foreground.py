"""The service in the foreground: ready when it says so, and no process left behind when it stops."""

import importlib.metadata
import json
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType

from serving.gateway import seats
from serving.processes.children import adopt_orphans, bound_socket, hangup, reap_orphans, stop_descendants
from serving.processes.supervisor import Worker, ended, shared, stop, unix_listener
from serving.processes.tls import own_opener, service_url, tls_options
from sparkwright.errors import ServiceError
from sparkwright.settings import Settings, place_variables

BENTOML = "1.4.39"
"""Its worker is no public interface: each version is read before it is allowed here."""
_TARGET = "serving.service:Sparkwright"
_FRONT, _BEHIND = "Sparkwright", "LlmService"
_REPOSITORY = Path(__file__).resolve().parent.parent
_PATIENCE_S = 180.0
_GRACE_S = 10.0
_REAP_EVERY = 50
_BACKLOG = 8192
"""Connections that may wait to be accepted; the kernel lowers it to its own limit (net.core.somaxconn)."""


def bentoml_environment(where: Settings, *, workers: int) -> dict[str, str]:
    """The environment of the service's processes: everything under our own home, nothing sent home to others."""
    front = {"workers": workers, "runner_probe": {"enabled": False}}  # ready without the language model
    return {
        **os.environ,
        **place_variables(where),
        "BENTOML_HOME": str(where.home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "BENTOML_CONFIG_OVERRIDES": json.dumps({"services": {_FRONT: front}}),
        # One thread per process for numerical libraries: requests are many and small.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }


def serve(where: Settings, *, host: str, port: int, workers: int) -> int:
    """Run the service until it is stopped (Ctrl-C, SIGTERM, SIGHUP unless that is ignored); 0 then.

    Raises:
        ServiceError: The port is taken, the installed BentoML is another one, or the service was not ready in time.
        ConfigError: Certificate and key cannot be used.
    """
    _refuse_other_bentoml()
    tls = tls_options(where)
    _allow_many_connections()
    with bound_socket("the service", host, port) as listener:
        listener.listen(_BACKLOG)
        adopt_orphans()
        # Only its owner may enter: it holds the socket of the process behind.
        folder = Path(tempfile.mkdtemp(prefix="sparkwright-"))
        try:
            environ = bentoml_environment(where, workers=workers)
            return _run(_workers(folder, listener, environ, workers, tls), service_url(where, host, port))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _run(groups: Sequence[Sequence[Worker]], url: str) -> int:
    previous = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM, *hangup())}
    everyone = [worker for group in groups for worker in group]
    try:
        for worker in everyone:
            worker.start()
        _wait_ready(groups[0], url)
        print(f"Sparkwright serves at {url}; Ctrl-C stops it", flush=True)
        turn = 0
        while True:
            for worker in everyone:
                worker.keep()
            if turn % _REAP_EVERY == 0:  # walks through all processes of the machine
                reap_orphans({worker.process.pid for worker in everyone if worker.process is not None})
            turn += 1
            time.sleep(0.1)
    except KeyboardInterrupt:
        return 0
    finally:
        for number in previous:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
        stop(groups, grace_s=_GRACE_S)
        stop_descendants(grace_s=_GRACE_S)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _workers(
    folder: Path, listener: socket.socket, environ: dict[str, str], count: int, tls: Sequence[str]
) -> list[list[Worker]]:
    """The workers in front, and the one behind them."""
    behind = folder / "llm.sock"
    metrics = folder / "metrics"
    metrics.mkdir()
    environ |= {
        "BENTOML_RUNNER_MAP": json.dumps({_BEHIND: behind.as_uri()}),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }

    def words(service: str, number: int, fd: int) -> list[str]:
        worker = [sys.executable, "-m", "_bentoml_impl.worker.service", _TARGET, "--service-name", service]
        # A worker listens again on what it is given, with its own figure.
        options = ["--worker-id", str(number), "--args", "{}", "--backlog", str(_BACKLOG)]
        options += tls if service == _FRONT else ()
        return [*worker, "--fd", str(fd), *options, "--timeout-graceful-shutdown", "5"]

    page = seats.made_page(folder / "seats", count)

    def worker(number: int) -> Worker:
        seat = {seats.VARIABLE: f"{number - 1}:{page}"} if count > 1 else {}
        return Worker(f"worker {number}", partial(words, _FRONT, number), shared(listener), environ | seat, _REPOSITORY)

    front = [worker(number) for number in range(1, count + 1)]
    llm = "the process of the language model"
    return [front, [Worker(llm, partial(words, _BEHIND, 1), unix_listener(behind), environ, _REPOSITORY)]]


def _refuse_other_bentoml() -> None:
    found = importlib.metadata.version("bentoml")
    if found != BENTOML:
        raise ServiceError(f"expected BentoML {BENTOML}, got {found}; install what requirements.lock names")


def _allow_many_connections() -> None:
    """Open as many files as the system allows: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_ready(front: Sequence[Worker], url: str) -> None:
    deadline, opener = time.monotonic() + _PATIENCE_S, own_opener()
    while True:
        for worker in front:
            if worker.process is not None and (code := worker.process.poll()) is not None:
                raise ServiceError(f"{worker.title} {ended(code)}; its messages are above")
        try:
            with opener.open(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise ServiceError(f"expected {url}/readyz to answer within {_PATIENCE_S:.0f} s") from None
            time.sleep(0.2)
