"""Everything on one machine: Airflow's components, the MLflow UI and the service, all on 127.0.0.1.

Airflow's own ``standalone`` is not used: stopped by SIGTERM it leaves dozens of processes behind, and its log servers
bind every interface (Airflow 3.3).
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from serving.processes.children import (
    adopt_orphans,
    die_with_parent,
    hangup,
    reap_orphans,
    refuse_taken_port,
    stop_descendants,
)
from serving.processes.tls import own_opener, service_url
from sparkwright.errors import ServiceError
from sparkwright.orchestration import LOOPBACK, REPOSITORY, airflow_environment
from sparkwright.owner_files import ADMIN, password_file
from sparkwright.settings import Settings

_API_SERVER = "airflow-api-server"


@dataclass(frozen=True, slots=True)
class Component:
    """One process to run.

    Attributes:
        name: Name of its log file.
        words: Program in the environment's ``bin`` folder and its arguments.
        url: Address that answers below 400 once it is healthy; empty where it serves none.
        title: What a person finds at ``url``.
        env: Over the environment of this process.
        after: Name of a component that must be healthy before this one starts.
        prepare: Program that ends before this one starts, as ``words``.
    """

    name: str
    words: Sequence[str]
    url: str = ""
    title: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    prepare: Sequence[str] = ()


def components(where: Settings, *, airflow_port: int, mlflow_port: int, service_port: int) -> list[Component]:
    """What ``sparkwright up`` runs, in the order of its start.

    A registry at an address of its own (``SPARKWRIGHT_TRACKING_URI``) has its pages there: none are served here.
    """
    airflow = airflow_environment(where, api_port=airflow_port)
    mlflow, service = f"http://{LOOPBACK}:{mlflow_port}", service_url(where, LOOPBACK, service_port)
    registry = Component(
        "mlflow",
        ["python", "-m", "serving.processes.mlflow_server", "--port", str(mlflow_port)],
        f"{mlflow}/health",
        f"MLflow             {mlflow}",
    )
    return [
        *([] if where.tracking_uri.startswith(("http://", "https://")) else [registry]),
        Component(
            "service",
            ["sparkwright", "serve", "--host", LOOPBACK, "--port", str(service_port)],
            f"{service}/readyz",
            f"Recommendations    {service}",
        ),
        Component(
            _API_SERVER,
            ["airflow", "api-server", "--workers", "1"],
            f"http://{LOOPBACK}:{airflow_port}/api/v2/version",
            f"Airflow            http://{LOOPBACK}:{airflow_port}",
            airflow,
            prepare=["airflow", "db", "migrate"],
        ),
        # Both report to the API server, and a task that cannot counts as failed. No triggerer: no task is deferred.
        # The log servers bind every interface and serve nobody here: the API server reads the files itself.
        Component("airflow-scheduler", ["airflow", "scheduler", "--skip-serve-logs"], env=airflow, after=_API_SERVER),
        Component("airflow-dag-processor", ["airflow", "dag-processor"], env=airflow, after=_API_SERVER),
    ]


def run(where: Settings, parts: Sequence[Component], *, patience_s: float) -> int:
    """Run all components until one ends or the user stops them; no process outlives this call.

    Raises:
        ServiceError: A port is taken, or a component ended or was not healthy within ``patience_s``.
    """
    logs = where.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    by_name = {part.name: part for part in parts}
    for part in parts:
        if part.url:
            refuse_taken_port(part.name, LOOPBACK, int(part.url.split(":")[2].split("/")[0]))
    adopt_orphans()  # Airflow's workers start sessions of their own
    previous = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, *hangup())}
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for part in parts:
            if part.after:
                _wait_healthy(by_name[part.after], started, logs, patience_s=patience_s)
            if part.prepare:
                _prepare(part, logs)
            started[part.name] = _start(part, logs)
        for part in parts:
            _wait_healthy(part, started, logs, patience_s=patience_s)
            if part.title:
                print(f"  {part.title}", flush=True)
        print(f"  Airflow and MLflow: user {ADMIN}, password in {password_file(where.home)}", flush=True)
        print(f"all is up; logs in {logs}; Ctrl-C stops everything", flush=True)
        while True:
            _refuse_ended(started, logs)
            reap_orphans({process.pid for process in started.values()})
            time.sleep(1)
    except KeyboardInterrupt:
        print("stopping ...", flush=True)
        return 0
    finally:
        # A second Ctrl-C must not leave processes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop_descendants(grace_s=15)
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _prepare(part: Component, logs: Path) -> None:
    name = f"{part.name}-prepare"
    print(f"preparing {part.name} ...", flush=True)
    if code := _start(Component(name, part.prepare, env=part.env), logs).wait():
        raise ServiceError(f"`{' '.join(part.prepare)}` ended with exit code {code}; see {logs / name}.log")


def _start(part: Component, logs: Path) -> subprocess.Popen[bytes]:
    program, *arguments = part.words
    with (logs / f"{part.name}.log").open("ab") as log:
        return subprocess.Popen(
            [str(Path(sys.executable).parent / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env={**os.environ, **part.env},
            # Ctrl-C of the terminal reaches only us; we stop the others in order.
            start_new_session=True,
            preexec_fn=die_with_parent,
        )


def _wait_healthy(
    part: Component, started: Mapping[str, subprocess.Popen[bytes]], logs: Path, *, patience_s: float
) -> None:
    deadline, opener = time.monotonic() + patience_s, own_opener()
    while part.url:
        _refuse_ended(started, logs)
        try:
            with opener.open(part.url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"expected {part.name} at {part.url} within {patience_s:.0f} s; see {logs / part.name}.log"
                ) from None
            time.sleep(0.5)


def _refuse_ended(started: Mapping[str, subprocess.Popen[bytes]], logs: Path) -> None:
    for name, process in started.items():
        if process.poll() is not None:
            raise ServiceError(f"{name} ended with exit code {process.returncode}; see {logs / name}.log")
