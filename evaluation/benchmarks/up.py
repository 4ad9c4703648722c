"""How long ``sparkwright up`` takes on an empty home, and what each of its components holds in memory.

    python -m evaluation.benchmarks.up

PSS is memory with every shared page divided among those who share it, so that the rows add up; RSS counts a page once
for each process that maps it (psutil's ``memory_full_info``, from ``/proc/PID/smaps_rollup``).
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from sparkwright.errors import ServiceError
from sparkwright.orchestration import LOOPBACK, REPOSITORY

_PATIENCE_S = 300.0
_MIB = 2**20


def started(home: Path, seconds: dict[str, float]) -> "subprocess.Popen[str]":
    """``sparkwright up`` once it says that all is up; ``seconds`` takes the moment of every line that it printed.

    Raises:
        ServiceError: It ended before.
    """
    with socket.socket() as first, socket.socket() as second, socket.socket() as third:
        for probe in (first, second, third):
            probe.bind((LOOPBACK, 0))
        ports = [str(probe.getsockname()[1]) for probe in (first, second, third)]
    names = ("--airflow-port", "--mlflow-port", "--service-port")
    options = [word for name, port in zip(names, ports, strict=True) for word in (name, port)]
    began = time.monotonic()
    up = subprocess.Popen(
        [Path(sys.executable).parent / "sparkwright", "up", *options],
        cwd=REPOSITORY,
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert up.stdout is not None
    for line in up.stdout:
        seconds[line.split("http")[0].strip()] = time.monotonic() - began
        if line.startswith("all is up"):
            return up
    raise ServiceError(f"sparkwright up ended with exit code {up.wait()}, having printed {list(seconds)}")


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SPARKWRIGHT_HOME": str(home), "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def components(up: psutil.Process) -> Iterator[tuple[str, int, int, int]]:
    """Name, processes, PSS and RSS in bytes of ``up`` itself and of each component below it."""
    yield ("up", 1, *_memory(up))
    for child in up.children():
        family = [child, *child.children(recursive=True)]
        held = [_memory(process) for process in family]
        # A title that a program gave itself is one word; the others begin with the interpreter.
        words = [Path(word).name for word in " ".join(child.cmdline()).split()]
        name = " ".join(word for word in words if word not in {"python", "-m"}).split(" -")[0]
        yield (name, len(family), sum(pss for pss, _ in held), sum(rss for _, rss in held))


def _memory(process: psutil.Process) -> tuple[int, int]:
    with suppress(psutil.NoSuchProcess):
        found = process.memory_full_info()
        return found.pss, found.rss
    return 0, 0


def main() -> int:
    """Print the moments of the start and the memory of each component; exit code 0."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--settle", type=float, default=30.0, help="seconds after the start (default: %(default)s)")
    settle_s = parser.parse_args().settle
    console = Console()
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        up = started(Path(folder) / "home", seconds)
        try:
            time.sleep(settle_s)
            rows = list(components(psutil.Process(up.pid)))
        finally:
            up.terminate()
            up.wait(60)
    moments = Table("printed", "s", title="sparkwright up, empty home")
    for line, moment in seconds.items():
        moments.add_row(line, f"{moment:.1f}")
    memory = Table("component", "processes", "PSS MiB", "RSS MiB", title=f"{settle_s:.0f} s later")
    for name, count, pss, rss in rows:
        memory.add_row(name, str(count), f"{pss / _MIB:,.0f}", f"{rss / _MIB:,.0f}")
    count = sum(row[1] for row in rows)
    pss, rss = sum(row[2] for row in rows), sum(row[3] for row in rows)
    memory.add_row("all", str(count), f"{pss / _MIB:,.0f}", f"{rss / _MIB:,.0f}", style="bold")
    console.print(moments, memory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
