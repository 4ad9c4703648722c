"""Takes executors, or the shuffle files they hold, away from a running job.

spark-submit executor_loss.py VARIANT CLICKS_FOLDER
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pyspark.sql import SparkSession


def executor_pid() -> int:
    """The JVM of the executor that runs the Python worker asking."""
    # A Python worker's grandparent is the executor's JVM: worker, worker daemon, JVM.
    daemon = os.getppid()
    return int(Path(f"/proc/{daemon}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1])


def _job(session: SparkSession, data: str, number: int) -> None:
    def task(rows: Iterable[object]) -> Iterator[int]:
        os.kill(executor_pid(), number)
        yield sum(1 for _ in rows)

    print(session.read.parquet(f"{data}/clicks").rdd.mapPartitions(task).collect())


def sigkill(session: SparkSession, data: str) -> None:
    """Executors killed from outside: what a host's out-of-memory killer does."""
    _job(session, data, signal.SIGKILL)


def sigterm(session: SparkSession, data: str) -> None:
    """Executors asked to end: what preemption does."""
    _job(session, data, signal.SIGTERM)


def sigabrt(session: SparkSession, data: str) -> None:
    """Executors that abort: what a fault in native code does."""
    _job(session, data, signal.SIGABRT)


def _shuffle_files(ending: str) -> list[Path]:
    folders = os.environ["SPARK_LOCAL_DIRS"].split(",")
    return [file for folder in folders for file in Path(folder).rglob(f"shuffle_*.{ending}")]


def _remove(files: list[Path]) -> list[int]:
    for file in files:
        file.unlink(missing_ok=True)
    return [len(files)]


def _overwrite(files: list[Path]) -> list[int]:
    for file in files:
        content = bytearray(file.read_bytes())
        content[len(content) // 4 : len(content) // 2] = os.urandom(len(content) // 2 - len(content) // 4)
        file.write_bytes(content)
    return [len(files)]


def _shuffle_then(session: SparkSession, data: str, harm: Callable[[object], list[int]]) -> None:
    rows = session.read.parquet(f"{data}/clicks").select("user_id", "amount").rdd
    shuffled = rows.map(lambda row: (row[0] % 50, str(row))).groupByKey(4)
    shuffled.count()
    print(session.sparkContext.parallelize(range(2), 2).mapPartitions(harm).collect())
    shuffled.mapValues(len).collect()


def shuffle_files_gone(session: SparkSession, data: str) -> None:
    """Shuffle files removed between map and reduce: what a cleaner of /tmp does."""
    _shuffle_then(session, data, lambda _: _remove(_shuffle_files("data")))


def shuffle_files_corrupt(session: SparkSession, data: str) -> None:
    """Shuffle files overwritten between map and reduce: what a failing disk does."""
    _shuffle_then(session, data, lambda _: _overwrite(_shuffle_files("data")))


def shuffle_index_gone(session: SparkSession, data: str) -> None:
    """Index files removed between map and reduce, the data left: what a clean-up that was stopped leaves."""
    _shuffle_then(session, data, lambda _: _remove(_shuffle_files("index")))


VARIANTS = {
    function.__name__: function
    for function in (
        sigkill,
        sigterm,
        sigabrt,
        shuffle_files_gone,
        shuffle_files_corrupt,
        shuffle_index_gone,
    )
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
