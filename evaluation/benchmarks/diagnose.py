"""How long `sparkwright diagnose` takes, and how much memory: the whole command in a process of its own.

    python -m evaluation.benchmarks.diagnose [--megabytes 100] [--driver-megabytes 100 1000] [--repeats 3]

Raw event logs of one failed application (few stages with very many tasks, and events as they came), made of the lab's
recorded failures; driver's logs, of which one line in two thousand is an error and the last one says why; and evidence
that a lake holds. Answers come from the rules. Seconds are on the clock and of the processor; what Python needs to
start is in them. Memory is the largest resident size.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import struct_rusage

from rich.console import Console
from rich.table import Table

from evaluation.benchmarks.large_logs import applications, write_log
from evaluation.benchmarks.took import Took, peak_bytes
from sparkwright.advisor.known_application import look_up
from sparkwright.advisor.local import diagnose_application
from sparkwright.advisor.targets import read_attempt
from sparkwright.lake import Lake

_ROOT = Path(__file__).resolve().parents[2]
_FAULTS = _ROOT / "tests" / "fixtures" / "faults"
_MEGABYTE = 10**6
_TALK = (
    "26/01/02 03:04:05 INFO TaskSetManager: Starting task {n}.0 in stage 12.0 (TID {n}) (10.0.0.{host}, executor "
    "{host}, partition {n}, PROCESS_LOCAL, 8123 bytes)\n"
)
_ERROR = (
    "26/01/02 03:04:05 ERROR Utils: Uncaught exception in thread pool-{host}\njava.io.IOException: attempt {n} failed\n"
    "\tat com.acme.Etl.load(Etl.scala:7)\n"
)
_END = (
    'Exception in thread "main" org.apache.spark.SparkException: Job aborted due to stage failure: Task 3 in stage '
    "12.0 failed 4 times, most recent failure: Lost task 3.3 in stage 12.0 (TID 9) (10.0.0.4 executor 4): "
    "java.lang.OutOfMemoryError: Java heap space\n"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="speed of a diagnosis")
    parser.add_argument("--megabytes", type=int, default=100, help="size of an event log, uncompressed")
    parser.add_argument("--driver-megabytes", type=int, nargs="*", default=[100, 1000], help="sizes of driver's logs")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is diagnosed")
    args = parser.parse_args()
    table = Table("target", "seconds", "processor seconds", "peak MB", "in the answer")
    with tempfile.TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
        folder = Path(name)
        logs = applications(_failed(folder / "failed"))
        for kind in ("task-heavy", "real-mix"):
            log = write_log(folder / kind, logs, raw_bytes=args.megabytes * _MEGABYTE, task_heavy=kind == "task-heavy")
            _add(table, f"event log, {log.title}", [str(log.path)], folder, args.repeats)
        app_id = _harvest(folder)
        _add(table, f"{app_id}, harvested", [app_id], folder, args.repeats)
        table.add_row(f"{app_id}, harvested, in a process that runs", _here(folder, app_id, args.repeats), "", "", "")
        for megabytes in args.driver_megabytes:
            path = _driver_log(folder / "stderr", megabytes * _MEGABYTE)
            _add(table, f"driver's log, {megabytes:,} MB", [str(path)], folder, args.repeats)
    console = Console(width=150)
    console.print(table)
    console.print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the end", highlight=False)


def _failed(folder: Path) -> Path:
    """A folder with the recorded event logs of failed applications."""
    folder.mkdir()
    for path in sorted((_FAULTS / "eventlogs").iterdir()):
        read = read_attempt(path)
        if read is not None and read.application.status == "failed":
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)
    return folder


def _add(table: Table, name: str, words: list[str], folder: Path, repeats: int) -> None:
    took = [_diagnose(words, folder) for _ in range(repeats)]
    answer = (folder / "answer.json").read_text()
    table.add_row(
        name,
        _spread([one.wall_s for one in took]),
        _spread([one.cpu_s for one in took]),
        f"{max(one.peak_bytes for one in took) / 1e6:,.0f}",
        answer.partition('"root_cause": "')[2].partition('"')[0],
    )


def _diagnose(words: list[str], folder: Path) -> Took:
    """Run the command once."""
    command = [sys.executable, "-m", "sparkwright.cli", "diagnose", *words, "--local", "--json"]
    started, peak = time.monotonic(), 0
    with (folder / "answer.json").open("w") as out:
        process = subprocess.Popen(command, cwd=_ROOT, env=_environment(folder), stdout=out)
        found: tuple[int, int, struct_rusage | None] = (0, 0, None)
        while not found[0]:
            time.sleep(0.01)
            peak = max(peak, peak_bytes(process.pid))
            found = os.wait4(process.pid, os.WNOHANG)
    _, status, usage = found
    if status or usage is None:
        raise SystemExit(f"expected a diagnosis of {words[0]}, the command exited with {status}")
    return Took(usage.ru_utime + usage.ru_stime, time.monotonic() - started, peak)


def _here(folder: Path, app_id: str, repeats: int) -> str:
    """What it takes where Python and the rules are there already, as in the service."""
    lake = Lake(str(folder / "lake"))
    took = []
    for _ in range(repeats + 1):
        started = time.monotonic()
        diagnose_application(look_up(lake, app_id, None))
        took.append(time.monotonic() - started)
    return _spread(took[1:])


def _harvest(folder: Path) -> str:
    """A failed application of the recorded faults, in a lake of its own."""
    log = max((_FAULTS / "eventlogs").iterdir(), key=lambda path: path.stat().st_size)
    command = [sys.executable, "-m", "sparkwright.cli", "harvest", "--event-log-dir", str(_FAULTS / "eventlogs")]
    subprocess.run(command, check=True, cwd=_ROOT, env=_environment(folder), stdout=subprocess.DEVNULL)
    return log.name.removeprefix("eventlog_v2_").partition(".")[0]


def _environment(folder: Path) -> dict[str, str]:
    settings = {"SPARKWRIGHT_HOME": str(folder / "home"), "SPARKWRIGHT_LAKE_URI": str(folder / "lake")}
    return {name: value for name, value in os.environ.items() if name != "SPARKWRIGHT_SERVICE_URL"} | settings


def _driver_log(path: Path, size_bytes: int) -> Path:
    written = number = 0
    with path.open("w") as stream:
        while written < size_bytes:
            number += 1
            written += stream.write((_TALK if number % 2000 else _ERROR).format(n=number, host=number % 250))
        stream.write(_END)
    return path


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
