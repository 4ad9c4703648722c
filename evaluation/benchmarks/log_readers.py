"""The readers that are timed: each takes one event log and runs in a process of its own, so that its memory is its own.

    python -m evaluation.benchmarks.log_readers NAME LOG     prints what it took as JSON

Every reader but ours and the History Server does less than we do: json libraries build the event and drop it, the query
engines add up the tasks' run time by stage.
"""

import importlib
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from evaluation.benchmarks.took import TASK_FIELDS, Took, cpu_s, peak_bytes


def _lines(log: Path) -> Iterator[bytes]:
    from sparkwright.history.sources.codecs import decoded
    from sparkwright.history.sources.lines import split_lines

    with log.open("rb") as stream:
        for _, batch in split_lines(decoded(stream), 0, 2**26):
            yield from batch


def _split(log: Path) -> None:
    for _ in _lines(log):
        pass


def _raw_decode(log: Path) -> None:
    """Decompress and decode what we need into structs, without adding anything up."""
    import msgspec

    from sparkwright.history.events.events import STRUCTS

    _decode(log, {name: msgspec.json.Decoder(struct).decode for name, struct in STRUCTS.items()})


def _our_decoders(log: Path) -> None:
    """The same as we do it: of an adaptive update, most of whose line is a plan, only the first bytes are looked at."""
    from sparkwright.history.event_log import DECODERS

    _decode(log, DECODERS)


def _decode(log: Path, by_name: Mapping[str, Callable[[bytes], object]]) -> None:
    decoders = {name.encode(): decode for name, decode in by_name.items()}
    for file in sorted(log.iterdir()) if log.is_dir() else [log]:
        for line in _lines(file):
            decode = decoders.get(line[10 : line.find(b'"', 10, 200)])
            if decode is not None:
                decode(line)


def _every_line(parse: Callable[[bytes], object]) -> Callable[[Path], None]:
    def read(log: Path) -> None:
        for line in _lines(log):
            parse(line)

    return read


def _orjson(log: Path) -> None:
    import orjson

    _every_line(orjson.loads)(log)


def _harvest(processes: int) -> Callable[[Path], None]:
    def read(log: Path) -> None:
        from sparkwright.history.harvest.incremental import harvest
        from sparkwright.history.harvest.local_engine import LocalEngine
        from sparkwright.lake import Lake

        with tempfile.TemporaryDirectory() as lake:
            report = harvest(log if log.is_dir() else log.parent, None, Lake(lake), engine=LocalEngine(processes))
        for reader in multiprocessing.active_children():
            reader.join()  # only then its processor time is counted
        # The run's own row is set aside: tasks of several applications do not fit into the time of one.
        if report.unreadable or report.duplicates or not report.applications:
            raise SystemExit(f"expected logs that can be read, got {report}")

    return read


def _long_line(log: Path) -> None:
    from sparkwright.history.harvest.incremental import harvest
    from sparkwright.lake import Lake

    with tempfile.TemporaryDirectory() as lake:
        report = harvest(log.parent, None, Lake(lake))
    if len(report.unreadable) + len(report.foreign) != 1:
        raise SystemExit(f"expected the line to be set aside, got {report}")


def _duckdb(log: Path) -> None:
    import duckdb

    struct = ", ".join(f'"{name}" BIGINT' for name in TASK_FIELDS)
    columns = {"Event": "VARCHAR", "Stage ID": "BIGINT", "Task Metrics": f"STRUCT({struct})"}
    connection = duckdb.connect(config={"threads": 1})
    source = connection.read_json(
        str(log), columns=columns, format="newline_delimited", compression="zstd", maximum_object_size=2**26
    )
    sums = ", ".join(f'sum("Task Metrics"."{name}")' for name in TASK_FIELDS)
    source.filter("Event = 'SparkListenerTaskEnd'").aggregate(f'"Stage ID", {sums}').fetchall()


def _polars(log: Path) -> None:
    import polars as pl

    metrics = pl.Struct(dict.fromkeys(TASK_FIELDS, pl.Int64))
    schema = {"Event": pl.String, "Stage ID": pl.Int64, "Task Metrics": metrics}
    events = pl.scan_ndjson(log, schema=schema).filter(pl.col("Event") == "SparkListenerTaskEnd")
    fields = [pl.col("Task Metrics").struct.field(name).sum() for name in TASK_FIELDS]
    events.group_by("Stage ID").agg(fields).collect(engine="streaming")


def _spark(log: Path) -> Took:
    from evaluation.benchmarks.jvm_readers import spark_json

    return spark_json(log)


_HARVEST = (
    "sparkwright.history.harvest.incremental",
    "sparkwright.lake",
    "pandas",
)  # which pyarrow imports with its first array
_DECODED = ("sparkwright.history.event_log",)

READERS: dict[str, tuple[Callable[[Path], Took | None], tuple[str, ...]]] = {
    "ours, 1 process": (_harvest(1), _HARVEST),
    "ours, 2 processes": (_harvest(2), _HARVEST),
    "ours, one long line": (_long_line, _HARVEST),
    "decompress and split into lines": (_split, _DECODED),
    "raw decode": (_raw_decode, _DECODED),
    "our decoders": (_our_decoders, _DECODED),
    "stdlib json": (_every_line(json.loads), _DECODED),
    "orjson": (_orjson, (*_DECODED, "orjson")),
    "DuckDB": (_duckdb, ("duckdb",)),
    "Polars": (_polars, ("polars",)),
    "spark.read.json": (_spark, ()),
}
"""Each with the modules it needs, which are imported before the clock starts."""


def main() -> None:
    """Run one reader and print what it took."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    name, log = sys.argv[1:]
    read, modules = READERS[name]
    for module in modules:
        importlib.import_module(module)
    before, started = cpu_s(), time.monotonic()
    took = read(Path(log))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    readers = 1 if name == "ours, 2 processes" else 0  # beside this process, which reads, too
    here = Took(cpu_s() - before, time.monotonic() - started, peak_bytes() + readers * children)
    print(json.dumps(asdict(took or here)))


if __name__ == "__main__":
    main()
