"""Real services for tests: an installation of its own, ``sparkwright serve`` on a free port, a small registry."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparkwright.allocation.need_prior import NeedPrior, save_prior
from sparkwright.registry import models, releases, tracking
from sparkwright.registry.releases import Release
from sparkwright.settings import Settings, settings
from tests.support.simulated_runs import as_table, simulated_runs


@dataclass
class Service:
    """A running service and what it runs over."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def ask(self, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer: to a POST of ``body``, or to a GET."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else {"text": text.decode()}

    def wait_for_status(self, holds: Callable[[dict[str, Any]], bool], timeout_s: float = 40.0) -> dict[str, Any]:
        """The status once it holds."""
        until = time.monotonic() + timeout_s
        while not holds(status := self.ask("/v1/status")[1]):
            assert time.monotonic() < until, status
            time.sleep(0.2)
        return status


@contextmanager
def installation(home: Path) -> Iterator[Settings]:
    """Settings of an installation at ``home``, in this process."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SPARKWRIGHT_")}
    os.environ["SPARKWRIGHT_HOME"] = str(home)
    settings.cache_clear()
    try:
        yield settings()
    finally:
        del os.environ["SPARKWRIGHT_HOME"]
        os.environ.update(before)
        settings.cache_clear()


@contextmanager
def serving(
    home: Path, *options: str, engine: str = "none", environ: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """``sparkwright serve`` on a free port, ready; nothing of our own settings but what ``environ`` says."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    others = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    words = [sys.executable, "-m", "sparkwright.cli", "serve", "--port", str(port), *options]
    log = home.parent / f"{home.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**others, "SPARKWRIGHT_HOME": str(home), "SPARKWRIGHT_LLM_ENGINE": engine, **(environ or {})},
        )
    try:
        until = time.monotonic() + 120
        while b"serves at" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield Service(f"http://127.0.0.1:{port}", home, process)
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def register_forecaster(where: Settings, *, contract_hash: str | None = None, prior: NeedPrior | None = None) -> str:
    """The version of a new forecaster: the real network with the statistics of the runs, not trained."""
    from sparkwright.features.columns import current_contract_hash
    from sparkwright.features.windows import HistoryIndex
    from tests.support.random_forecaster import random_forecaster

    runs = simulated_runs(5, 20)
    forecaster = random_forecaster(
        HistoryIndex(as_table(runs)),
        (0.1, 0.5, 0.9),
        noise=0.0,
        cold_offsets=[[0.5] * 5],
        contract_hash=contract_hash or current_contract_hash(),
        heap_support_bytes=(1, 2**40),
        trained_until=max(run.started_at for run in runs),
    )
    folder = where.home / "work" / f"forecaster-{time.monotonic_ns()}"
    forecaster.save(folder)
    if prior is not None:
        save_prior(prior, folder)
    client = tracking.connect(where)
    with tracking.training_run(client, "temporal", {}, {}) as run:
        return models.register_folder(client, models.FORECASTER, run.run_id, folder, {})


def promote(where: Settings, forecaster_version: str) -> Release:
    """A new champion with this forecaster."""
    client = tracking.connect(where)
    release = releases.propose(client, forecaster_version=forecaster_version)
    releases.promote(client, release)
    return release
