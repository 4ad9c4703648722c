"""How fast event logs are read: ours, the whole way to written rows, beside the limits of the machine, in one run.

    python -m evaluation.benchmarks.harvest [--event-log-dir DIR] [--events 200000]

Real logs are too small to time, so the events between a real log's start and end are repeated until there are enough;
two mixes: every event as it came (plans of SQL executions make most of the bytes), and task events only.
Rates of one process are per second of its own processor time, so that a busy machine does not change them much.
"""

import argparse
import importlib.util
import io
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import zstandard
from rich.console import Console
from rich.table import Table

from sparkwright.errors import ConfigError, HistoryError
from sparkwright.history.codecs import decoded
from sparkwright.history.event_log import split_lines
from sparkwright.history.events import STRUCTS
from sparkwright.history.harvest import harvest
from sparkwright.history.log_files import LogSource, find_logs
from sparkwright.lake import Lake

_DEFAULT_LOGS = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "campaign" / "eventlogs"
_ENDS = (b'{"Event":"SparkListenerApplicationEnd"', b'{"Event":"SparkListenerLogStart"')
_STARTS = (b'{"Event":"SparkListenerApplicationStart"', b'{"Event":"SparkListenerEnvironmentUpdate"')
_TASKS = (b'{"Event":"SparkListenerTaskStart"', b'{"Event":"SparkListenerTaskEnd"')


def main() -> None:
    """Print the table of readers and rates."""
    parser = argparse.ArgumentParser(description="speed of reading event logs, beside the limits of this machine")
    parser.add_argument("--event-log-dir", type=Path, default=_DEFAULT_LOGS, help="real logs to take events from")
    parser.add_argument("--events", type=int, default=200_000, help="events of each of the two logs")
    args = parser.parse_args()
    lines = _largest_log(args.event_log_dir)
    console = Console(soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="sparkwright-benchmark-") as folder:
        for name, kept in (("every event as it came", ()), ("task events only", _TASKS)):
            log_dir = Path(folder) / name.split()[0]
            log, raw_bytes = _write_log(lines, kept, args.events, log_dir)
            _print_rates(console, name, log, raw_bytes, Path(folder))
    console.print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _largest_log(folder: Path) -> list[bytes]:
    sources = [found for found in find_logs(folder) if isinstance(found, LogSource)]
    for source in sorted(sources, key=lambda source: -source.size_bytes):
        try:
            lines = []
            for file in source.files:
                with file.open() as stream:
                    lines += b"".join(decoded(stream)).splitlines()
        except HistoryError:
            continue
        if any(line.startswith(_TASKS[1]) for line in lines):
            return lines
    raise ConfigError(f"expected an event log with tasks below {folder}, found none: set --event-log-dir")


def _write_log(lines: list[bytes], kept: tuple[bytes, ...], events: int, folder: Path) -> tuple[Path, int]:
    """A zstd log of ``events`` events, and its size before compression."""
    folder.mkdir()
    framing = (*_ENDS, *_STARTS)
    body = [line for line in lines if not line.startswith(framing) and (not kept or line.startswith(kept))]
    repeats = -(-events // len(body))
    start = [line for line in lines if line.startswith((_ENDS[1], *_STARTS))]
    end = [line for line in lines if line.startswith(_ENDS[0])]
    path = folder / "application"
    raw_bytes = 0
    with path.open("wb") as stream, zstandard.ZstdCompressor(level=1).stream_writer(stream) as writer:
        for part in (start, *[body] * repeats, end):
            raw_bytes += writer.write(b"\n".join(part) + b"\n")
    return path, raw_bytes


def _print_rates(console: Console, name: str, log: Path, raw_bytes: int, folder: Path) -> None:
    second = log.with_name("second")
    shutil.copy(log, second)
    second.rename(folder / "second")
    count, seconds = _timed(lambda: _count(_lines(log)))
    table = Table(
        "reader", "events per core-second", "MB/s", "of raw decode", title=_title(name, count, log, raw_bytes)
    )
    limit = _raw_decode(log)
    rates = {
        "decompress + split lines": count / seconds,
        "raw limit: + decode the events we need": limit,
        "sparkwright harvest: file to written rows": _harvest_rate(log.parent, folder / "lake", 1),
        "+ stdlib json of every line": _rate(log, json.loads),
    }
    if importlib.util.find_spec("orjson"):
        import orjson

        rates["+ orjson of every line"] = _rate(log, orjson.loads)
    (folder / "second").rename(second)
    rates["the same, two logs, two processes: per second of wall"] = _harvest_rate(log.parent, folder / "lake", 2)
    for reader, rate in rates.items():
        table.add_row(reader, f"{rate:,.0f}", f"{rate / count * raw_bytes / 1e6:,.0f}", f"{rate / limit:.2f}")
    console.print(table)


def _title(name: str, count: int, log: Path, raw_bytes: int) -> str:
    return f"{name}: {count:,} events, {raw_bytes / 1e6:,.0f} MB, {log.stat().st_size / 1e6:,.1f} MB as stored (zstd)"


def _lines(log: Path) -> Iterator[bytes]:
    with log.open("rb") as stream:
        for _, batch in split_lines(decoded(io.BufferedReader(stream.raw)), 0, 2**26):
            yield from batch


def _count(lines: Iterator[bytes]) -> int:
    return sum(1 for _ in lines)


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    started = time.process_time()
    count = work()
    return count, time.process_time() - started


def _rate(log: Path, parse: Callable[[bytes], object]) -> float:
    count, seconds = _timed(lambda: sum(1 for line in _lines(log) if parse(line) is not None))
    return count / seconds


def _raw_decode(log: Path) -> float:
    """Events a second of decompression and decoding with the same structs, without adding anything up."""
    import msgspec

    decoders = {name.encode(): msgspec.json.Decoder(struct).decode for name, struct in STRUCTS.items()}

    def work() -> int:
        count = 0
        for line in _lines(log):
            decode = decoders.get(line[10 : line.find(b'"', 10, 200)])
            if decode is not None:
                decode(line)
            count += 1
        return count

    count, seconds = _timed(work)
    return count / seconds


def _harvest_rate(log_dir: Path, lake: Path, processes: int) -> float:
    shutil.rmtree(lake, ignore_errors=True)
    started = time.process_time()
    report = harvest(log_dir, None, Lake(str(lake)), processes=processes)
    # The work of other processes is not in this one's clock: there the wall's counts.
    return report.event_count / (time.process_time() - started) if processes == 1 else report.events_per_s


if __name__ == "__main__":
    main()
