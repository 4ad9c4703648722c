"""What it saves to read a log in progress on from where the last harvest stopped, beside reading it whole.

    python -m evaluation.benchmarks.reading_on [--event-log-dir DIR] [--megabytes 1000]

One log, plain and as a rolling log of zstd files of 128 MiB each, of which the last hundredth came after the first
harvest.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import zstandard
from rich.console import Console
from rich.table import Table

from evaluation.benchmarks.harvest import DEFAULT_LOGS
from evaluation.benchmarks.large_logs import applications, write_log
from sparkwright.history.harvest.checkpoint import Checkpoints
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.local_engine import LocalEngine
from sparkwright.history.sources.codecs import decoded
from sparkwright.lake import Lake

_SEGMENT_BYTES = 128 * 1024**2  # spark.eventLog.rolling.maxFileSize


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="reading on beside reading whole")
    parser.add_argument("--event-log-dir", type=Path, default=DEFAULT_LOGS, help="real logs to take events from")
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the log, uncompressed")
    args = parser.parse_args()
    table = Table("log in progress", "MB", "first harvest", "read on", "read whole", title="seconds of processor")
    logs = applications(args.event_log_dir)
    for shape in ("task-heavy", "real mix"):
        with tempfile.TemporaryDirectory(prefix="sparkwright-benchmark-") as name:
            folder = Path(name)
            size = args.megabytes * 10**6
            log = write_log(folder / "made", logs, raw_bytes=size, task_heavy=shape == "task-heavy")
            with log.path.open("rb") as stream:
                content = b"".join(decoded(stream))
            cut = content.rindex(b"\n", 0, len(content) * 99 // 100) + 1
            for layout, write in (("plain", _write_plain), ("rolling, zstd", _write_rolling)):
                first, on, whole = _seconds(folder / layout, content, cut, write)
                megabytes = f"{len(content) / 1e6:,.0f}"
                table.add_row(f"{shape}, {layout}", megabytes, f"{first:.2f}", f"{on:.2f}", f"{whole:.2f}")
    Console(width=120).print(table)


def _seconds(
    folder: Path, content: bytes, cut: int, write: Callable[[Path, bytes], None]
) -> tuple[float, float, float]:
    logs, checkpoints = folder / "logs", Checkpoints(folder / "checkpoints")
    logs.mkdir(parents=True)

    def timed(engine: LocalEngine, *, again: bool = False) -> float:
        started = time.process_time()
        report = harvest(logs, None, Lake(str(folder / "lake")), engine=engine, again=again)
        if report.applications != 1:
            raise SystemExit(f"expected one application, got {report}")
        return time.process_time() - started

    write(logs, content[:cut])
    first = timed(LocalEngine(1, checkpoints))
    write(logs, content)
    return first, timed(LocalEngine(1, checkpoints)), timed(LocalEngine(1), again=True)


def _write_plain(logs: Path, content: bytes) -> None:
    (logs / "application.inprogress").write_bytes(content)


def _write_rolling(logs: Path, content: bytes) -> None:
    folder = logs / "eventlog_v2_application"
    folder.mkdir(exist_ok=True)
    (folder / "appstatus_application.inprogress").touch()
    start = number = 0
    while start < len(content):
        number += 1
        end = content.find(b"\n", start + _SEGMENT_BYTES) + 1 or len(content)
        compressor = zstandard.ZstdCompressor(level=1).compressobj()
        stored = compressor.compress(content[start:end])
        # The newest file has no end yet.
        last = zstandard.COMPRESSOBJ_FLUSH_BLOCK if end == len(content) else zstandard.COMPRESSOBJ_FLUSH_FINISH
        (folder / f"events_{number}_application.zstd").write_bytes(stored + compressor.flush(last))
        start = end


if __name__ == "__main__":
    main()
