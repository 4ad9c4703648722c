"""``bentoml serve`` in the foreground: ready when it says so, and no process left behind when it stops."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from serving.processes import adopt_orphans, die_with_parent, reap_orphans, refuse_taken_port, stop_descendants
from sparkwright.errors import ServiceError
from sparkwright.settings import Settings

_TARGET = "serving.service:Sparkwright"
_REPOSITORY = Path(__file__).resolve().parent.parent
_PATIENCE_S = 180.0
_GRACE_S = 10.0


def bentoml_environment(where: Settings, *, workers: int) -> dict[str, str]:
    """The environment of the service's processes: everything under our own home, nothing sent home to others."""
    return {
        **os.environ,
        "SPARKWRIGHT_HOME": str(where.home),
        "BENTOML_HOME": str(where.home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_CONFIG_OVERRIDES": json.dumps({"services": {"Sparkwright": {"workers": workers}}}),
        # One thread per process for numerical libraries: requests are many and small.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }


def serve(where: Settings, *, host: str, port: int, workers: int) -> int:
    """Run the service until it is stopped (Ctrl-C, SIGTERM, SIGHUP); 0 then.

    Raises:
        ServiceError: The port is taken, or the service ended by itself or was not ready in time.
    """
    refuse_taken_port("the service", host, port)
    adopt_orphans()
    words = [sys.executable, "-m", "bentoml", "serve", _TARGET, "--host", host, "--port", str(port)]
    previous = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        service = subprocess.Popen(
            [*words, "--timeout-graceful-shutdown", "5"],
            cwd=_REPOSITORY,
            env=bentoml_environment(where, workers=workers),
            stdin=subprocess.DEVNULL,
            # Ctrl-C of the terminal reaches only us; we stop the processes in order.
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        url = f"http://{host}:{port}"
        _wait_ready(service, url)
        print(f"Sparkwright serves at {url}; Ctrl-C stops it", flush=True)
        while service.poll() is None:
            reap_orphans({service.pid})
            time.sleep(1)
        raise ServiceError(f"the service ended by itself with exit code {service.returncode}; its messages are above")
    except KeyboardInterrupt:
        return 0
    finally:
        for number in previous:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
        stop_descendants(grace_s=_GRACE_S)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_ready(service: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        if service.poll() is not None:
            raise ServiceError(f"the service ended with exit code {service.returncode}; its messages are above")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise ServiceError(f"expected {url}/readyz to answer within {_PATIENCE_S:.0f} s") from None
            time.sleep(0.2)
