"""Sorts, windows and groups that do not fit into the memory of a task and go by way of the disk.

spark-submit spill.py VARIANT CLICKS_FOLDER
"""

import sys

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f


def _clicks(session: SparkSession, data: str) -> DataFrame:
    return session.read.parquet(f"{data}/clicks")


def _consume(rows: DataFrame) -> None:
    rows.write.format("noop").mode("overwrite").save()


def sort(session: SparkSession, data: str) -> None:
    """All clicks in the order of their sessions, with a payload."""
    clicks = _clicks(session, data).withColumn("payload", f.repeat("session", 4))
    _consume(clicks.repartition(1).sortWithinPartitions("session"))


def window(session: SparkSession, data: str) -> None:
    """The running total of each item."""
    order = Window.partitionBy("item_id").orderBy("at_ms")
    clicks = _clicks(session, data).withColumn("payload", f.repeat("session", 4))
    _consume(clicks.withColumn("total", f.sum("amount").over(order)))


def distinct(session: SparkSession, data: str) -> None:
    """Every different session with what it spent: a hash table of all of them."""
    _consume(_clicks(session, data).groupBy("session").agg(f.sum("amount"), f.max("at_ms"), f.count("*")))


def merge_join(session: SparkSession, data: str) -> None:
    """Clicks joined with what they carried, both sides sorted."""
    clicks = _clicks(session, data)
    payloads = clicks.select("session", f.repeat("session", 6).alias("payload"))
    _consume(clicks.join(payloads.hint("merge"), "session"))


VARIANTS = {function.__name__: function for function in (sort, window, distinct, merge_join)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
