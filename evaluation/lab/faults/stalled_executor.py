"""Executors that stop answering for a while: what a swapping machine, a frozen virtual machine or a long pause does.

spark-submit stalled_executor.py VARIANT CLICKS_FOLDER
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator

import pandas as pd
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from evaluation.lab.faults.executor_loss import executor_pid

STALL_S = 9


def _stall() -> None:
    # A process of its own lets the JVM go on, because a stopped one cannot.
    jvm = executor_pid()
    command = f"kill -STOP {jvm}; sleep {STALL_S}; kill -CONT {jvm}"
    subprocess.run(["sh", "-c", command], check=False, start_new_session=True)


def _once(partition: int) -> None:
    if partition == 0:
        _stall()


def rdd(session: SparkSession, data: str) -> None:
    """Rows counted in Python."""

    def count(partition: int, rows: Iterable[object]) -> Iterator[int]:
        _once(partition)
        yield sum(1 for _ in rows)

    print(session.read.parquet(f"{data}/clicks").rdd.mapPartitionsWithIndex(count).collect())


def frames(session: SparkSession, data: str) -> None:
    """Columns turned into pandas frames and back."""

    def halve(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        _once(TaskContext.get().partitionId())
        for batch in batches:
            yield batch.assign(amount=batch["amount"] / 2)

    clicks = session.read.parquet(f"{data}/clicks").select("user_id", "amount")
    clicks.mapInPandas(halve, clicks.schema).agg(f.sum("amount")).show()


def groups(session: SparkSession, data: str) -> None:
    """Groups behind a shuffle, each handed to Python whole."""

    def total(group: pd.DataFrame) -> pd.DataFrame:
        _once(TaskContext.get().partitionId())
        return pd.DataFrame({"amount": [group["amount"].sum()]})

    clicks = session.read.parquet(f"{data}/clicks").limit(100_000)
    clicks.groupBy((f.col("user_id") % 2).alias("bucket")).applyInPandas(total, "amount double").show()


VARIANTS = {function.__name__: function for function in (rdd, frames, groups)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
