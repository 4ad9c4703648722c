"""Streaming queries that were changed and then started again over the checkpoint of what they used to be.

spark-submit streaming.py VARIANT TPCH_FOLDER
"""

import sys
import tempfile

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def _read(session: SparkSession, folder: str) -> DataFrame:
    return session.readStream.schema("key long, name string, amount double").parquet(folder)


def _write_batch(session: SparkSession, folder: str) -> None:
    rows = session.range(2000).selectExpr("id as key", "concat('name ', id % 50) as name", "id / 7 as amount")
    rows.coalesce(1).write.mode("append").parquet(folder)


def _until_done(rows: DataFrame, checkpoint: str, mode: str = "update") -> None:
    writer = rows.writeStream.format("noop").outputMode(mode).option("checkpointLocation", checkpoint)
    writer.trigger(availableNow=True).start().awaitTermination()


def _before_and_after(session: SparkSession, before: DataFrame, after: DataFrame, inputs: str, checkpoint: str) -> None:
    _until_done(before, checkpoint)
    _write_batch(session, inputs)
    _until_done(after, checkpoint)


def other_key(session: SparkSession, data: str) -> None:
    """Totals by name that became totals by key."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, checkpoint = f"{folder}/in", f"{folder}/checkpoint"
        _write_batch(session, inputs)
        rows = _read(session, inputs)
        by_name, by_key = rows.groupBy("name").count(), rows.groupBy("key", "name").count()
        _before_and_after(session, by_name, by_key, inputs, checkpoint)


def other_aggregates(session: SparkSession, data: str) -> None:
    """Totals that got one more column."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, checkpoint = f"{folder}/in", f"{folder}/checkpoint"
        _write_batch(session, inputs)
        groups = _read(session, inputs).groupBy("name")
        before, after = groups.agg(f.count("*")), groups.agg(f.count("*"), f.max("name"), f.sum("amount"))
        _before_and_after(session, before, after, inputs, checkpoint)


def one_more_source(session: SparkSession, data: str) -> None:
    """A stream that was joined by another one."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, checkpoint = f"{folder}/in", f"{folder}/checkpoint"
        _write_batch(session, inputs)
        _write_batch(session, f"{folder}/more")
        rows = _read(session, inputs)
        _before_and_after(session, rows, rows.union(_read(session, f"{folder}/more")), inputs, checkpoint)


VARIANTS = {function.__name__: function for function in (other_key, other_aggregates, one_more_source)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
