"""How fast event logs are read: ours, the whole way to written rows, beside peers and the machine's limit, in one run.

    python -m evaluation.benchmarks.harvest [--event-log-dir DIR] [--megabytes 400] [--repeats 3]

Two logs: few stages with very many tasks, and the events of several applications as they came (plans of SQL executions
make most of the bytes). Each reader runs in a process of its own. Rates are per second of processor time of all its
processes, so that a busy machine changes them little; what two cores gain is measured on the clock.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evaluation.benchmarks import jvm_readers
from evaluation.benchmarks.large_logs import LargeLog, applications, copies, write_log, write_long_line
from evaluation.benchmarks.took import Took
from sparkwright.errors import SparkwrightError

DEFAULT_LOGS = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "campaign" / "eventlogs"
_OURS, _TWO, _LIMIT, _DECODERS = "ours, 1 process", "ours, 2 processes", "raw decode", "our decoders"
_ROWS = {
    _OURS: "compressed files to written rows",
    _TWO: "the same, in processes on both cores",
    _LIMIT: "streamed decompression, and the events that we need to msgspec structs; nothing added up",
    _DECODERS: "the same without the plan that follows an adaptive update, which we skip unread",
    "decompress and split into lines": "no decoding",
    "stdlib json": "every line to a dict",
    "orjson": "every line to a dict",
    "DuckDB": "5 sums of task metrics by stage, 1 thread",
    "Polars": "5 sums of task metrics by stage, 1 thread",
}
_TASK_HEAVY, _MIX = "task-heavy", "real-mix"
_MEGABYTE = 10**6
_COPIES = 8
_MORE_COPIES = 32  # still far fewer than the logs of a cluster: how much of the loss is the start of a process


def main() -> None:
    """Print the tables of readers and rates, and of memory by size."""
    parser = argparse.ArgumentParser(description="speed of reading event logs, beside peers and limits")
    parser.add_argument("--event-log-dir", type=Path, default=DEFAULT_LOGS, help="real logs to take events from")
    parser.add_argument("--megabytes", type=int, default=400, help="size of each of the two logs, uncompressed")
    parser.add_argument("--large-megabytes", type=int, default=1000, help="size of the logs that memory is read for")
    parser.add_argument("--repeats", type=int, default=3, help="how often each reader but the JVMs runs")
    args = parser.parse_args()
    console = Console(soft_wrap=True, width=150)
    logs = applications(args.event_log_dir)
    with tempfile.TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
        folder = Path(name)
        for kind in (_TASK_HEAVY, _MIX):
            raw_bytes = args.megabytes * _MEGABYTE
            log = write_log(folder / kind, logs, raw_bytes=raw_bytes, task_heavy=kind == _TASK_HEAVY)
            console.print(_rates(log, args.repeats))
        console.print(_memory(folder, logs, args.large_megabytes * _MEGABYTE))


def _rates(log: LargeLog, repeats: int) -> Table:
    table = Table("reader", "what it does", "events per core-second", "to ours", "s on the clock", "peak MB")
    table.title, table.title_justify = log.title, "left"
    many = copies(log, _COPIES)
    # The limits read what ours reads: machines change their speed, and a short run meets one moment of it.
    counts = dict.fromkeys((_OURS, _TWO, _LIMIT, _DECODERS), _COPIES * log.event_count)
    took: dict[str, list[Took]] = {}
    for _ in range(repeats):
        for name in _ROWS:
            if name != "orjson" or importlib.util.find_spec("orjson"):
                took.setdefault(name, []).append(_in_a_process(name, many if name in counts else log.path))
    ours = counts[_OURS] / _median(took[_OURS], lambda one: one.cpu_s)
    for name, what in _ROWS.items():
        if name in took:
            _add(table, name, what, counts.get(name, log.event_count), took[name], ours)
        else:
            table.add_row(name, "skipped: not installed")
    more = copies(log, _MORE_COPIES)
    gain_of_more = _gain({name: [_in_a_process(name, more)] for name in (_OURS, _TWO)})
    of_limit, of_decoders = (
        _median(took[name], lambda one: one.cpu_s) / _median(took[_OURS], lambda one: one.cpu_s)
        for name in (_LIMIT, _DECODERS)
    )
    table.caption = (
        f"ours and both decodes read {_COPIES} such logs; ours is {of_limit:.2f} of the raw decode, {of_decoders:.2f} "
        f"of our decoders; 2 processes gain {_gain(took):.2f}, with {_MORE_COPIES} logs {gain_of_more:.2f} (one run)"
    )
    jvms: dict[str, tuple[str, Callable[[], Took]]] = {
        "History Server": (
            "replay into its memory store: builds its whole UI",
            lambda: jvm_readers.history_server(log.path, log.app_id),
        ),
        "spark.read.json": (
            "5 sums of task metrics by stage, local[1], warm",
            lambda: _in_a_process("spark.read.json", log.path),
        ),
        "spark-rapids-user-tools": ("qualification, with JVM start", lambda: jvm_readers.qualification(log.path)),
    }
    for name, (what, run) in jvms.items():
        try:
            _add(table, name, what, log.event_count, [run()], ours)
        except SparkwrightError as error:
            table.add_row(name, f"skipped: {error}")
    return table


def _add(table: Table, name: str, what: str, event_count: int, took: list[Took], ours: float) -> None:
    rates = sorted(event_count / one.cpu_s for one in took)
    rate = statistics.median(rates)
    spread = f" ±{(rates[-1] - rates[0]) / 2 / rate:.0%}" if len(rates) > 1 else ""
    wall, peak = _median(took, lambda one: one.wall_s), max(one.peak_bytes for one in took)
    table.add_row(name, what, f"{rate:,.0f}{spread}", f"{rate / ours:.2f}", f"{wall:.1f}", f"{peak / 1e6:,.0f}")


def _gain(took: dict[str, list[Took]]) -> float:
    """How much sooner two processes are done; of the clock the least, since other work only adds to it."""
    return min(one.wall_s for one in took[_OURS]) / min(one.wall_s for one in took[_TWO])


def _median(took: list[Took], of: Callable[[Took], float]) -> float:
    return statistics.median(map(of, took))


def _memory(folder: Path, logs: list[list[bytes]], large_bytes: int) -> Table:
    table = Table("log", "MB", "peak MB of ours", "s of processor", title="memory by size", title_justify="left")
    for kind in (_TASK_HEAVY, _MIX):
        for raw_bytes in (large_bytes // 10, large_bytes):
            target = folder / f"{kind}-{raw_bytes}"
            log = write_log(target, logs, raw_bytes=raw_bytes, task_heavy=kind == _TASK_HEAVY)
            took = _in_a_process(_OURS, log.path)
            table.add_row(kind, f"{log.raw_bytes / 1e6:,.0f}", f"{took.peak_bytes / 1e6:,.0f}", f"{took.cpu_s:.1f}")
            log.path.unlink()
    took = _in_a_process("ours, one long line", write_long_line(folder / "line", large_bytes))
    table.add_row("one line", f"{large_bytes / 1e6:,.0f}", f"{took.peak_bytes / 1e6:,.0f}", f"{took.cpu_s:.1f}")
    return table


def _in_a_process(name: str, log: Path) -> Took:
    words = [sys.executable, "-m", "evaluation.benchmarks.log_readers", name, str(log)]
    done = subprocess.run(words, capture_output=True, text=True, env=jvm_readers.environment())
    if done.returncode:
        raise SystemExit(f"expected {name} to read {log}, it failed:\n{done.stderr[-2000:]}")
    return Took(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
