"""How long `sparkwright report` takes, and how much memory: the whole command in a process of its own.

    python -m evaluation.benchmarks.report [LOGS ...] [--applications 1000] [--repeats 3]

Without LOGS: the recorded campaign, the public logs beside the checkout where they are, and that many applications of
the simulated fleet. Each run starts from an empty temporary lake and writes JSON and the page. Seconds are on the clock
and of the processor, over all its processes; memory is the largest resident size of any one of them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).resolve().parents[2]
_CAMPAIGN = _ROOT / "tests" / "fixtures" / "campaign" / "eventlogs"
_PUBLIC = _ROOT.parent / "shared" / "data" / "eventlogs"


@dataclass(frozen=True, slots=True)
class Took:
    """One run of the command."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    applications: int


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="speed of the report")
    parser.add_argument("logs", nargs="*", type=Path, help="folders of event logs (default: see above)")
    parser.add_argument("--applications", type=int, default=1000, help="simulated applications; 0: none")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is reported")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
        folders = args.logs or [folder for folder in (_CAMPAIGN, _PUBLIC) if folder.is_dir()]
        if args.applications and not args.logs:
            folders.append(_simulated(Path(name) / "simulated", args.applications))
        table = Table("logs", "applications", "seconds", "processor seconds", "peak MB of one process")
        for folder in folders:
            took = [_report(folder, Path(name)) for _ in range(args.repeats)]
            table.add_row(
                "/".join(folder.parts[-3:]),
                f"{took[0].applications:,}",
                _spread([one.wall_s for one in took]),
                _spread([one.cpu_s for one in took]),
                f"{max(one.peak_bytes for one in took) / 1e6:,.0f}",
            )
    console = Console(width=130)
    console.print(table)
    console.print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the end", highlight=False)


def _simulated(folder: Path, count: int) -> Path:
    command = [sys.executable, "-m", "sparkwright.cli", "lab", "simulate", "--event-logs", str(folder)]
    subprocess.run([*command, "--limit", str(count)], check=True, cwd=_ROOT, stdout=subprocess.DEVNULL)
    return folder


def _report(folder: Path, scratch: Path) -> Took:
    """Run the command once."""
    command = [sys.executable, "-m", "sparkwright.cli", "report", str(folder), "--json"]
    started = time.monotonic()
    with (scratch / "report.json").open("w") as out:
        words = [*command, "--html", str(scratch / "report.html")]
        process = subprocess.Popen(words, cwd=_ROOT, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started
    if status:
        code = os.waitstatus_to_exitcode(status)
        raise SystemExit(f"expected the report on {folder} to end with 0, it ended with {code}")
    report = json.loads((scratch / "report.json").read_text())
    # With those of its own children that it waited for; ru_maxrss is in KiB, of the largest of them.
    return Took(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, report["summary"]["applications"])


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
