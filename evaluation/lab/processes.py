"""Child processes that end with the lab, however it ends."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import IO

from sparkwright.errors import MissingProgramError

_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    # A lab killed with -9 cannot stop its children, so ask the kernel to: prctl(2), Linux only.
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    folder: Path,
    output: IO[bytes],
    stdin: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in its own group that writes stdout and stderr to ``output`` and ends when the lab ends."""
    return subprocess.Popen(
        command,
        env=dict(env),
        cwd=folder,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=_end_with_parent,
    )


def stop(process: subprocess.Popen[bytes], *, patience_s: float = 10.0) -> int:
    """Stop the whole group of ``process`` with SIGTERM and, if need be, SIGKILL; return its exit code."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            break
    # The leader is gone; end the rest of its group, too.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the lab like Ctrl-C inside the block, so that every ``finally`` runs."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def spark_home() -> Path:
    """Return the home of the Spark that came with the installed pyspark.

    Raises:
        MissingProgramError: pyspark is not installed.
    """
    spec = find_spec("pyspark")
    if spec is None or not spec.submodule_search_locations:
        raise MissingProgramError("expected the package pyspark in this environment; run make install")
    return Path(spec.submodule_search_locations[0])


def spark_environment(conf_dir: Path) -> dict[str, str]:
    """Return the environment of all Spark processes: our Spark and Python, 127.0.0.1, no settings of the machine.

    Raises:
        MissingProgramError: Java is not installed.
    """
    java_home = os.environ.get("JAVA_HOME")
    if not (java_home and Path(java_home, "bin", "java").exists()) and shutil.which("java") is None:
        raise MissingProgramError(
            "expected Java 17 or newer, found no java; install it: sudo apt-get install openjdk-17-jre-headless"
        )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_", "HADOOP_"))}
    return kept | {
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(conf_dir),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_USER": "lab",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
    }
