"""Fills the disk that Spark works on.

spark-submit disk.py VARIANT CLICKS_FOLDER
"""

import sys

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def _clicks(session: SparkSession, data: str) -> DataFrame:
    return session.read.parquet(f"{data}/clicks")


def shuffle(session: SparkSession, data: str) -> None:
    """Shuffle files of all clicks."""
    _clicks(session, data).repartition(8).write.format("noop").mode("overwrite").save()


def cache(session: SparkSession, data: str) -> None:
    """All clicks cached on disk, as serialized rows."""
    rows = _clicks(session, data).rdd.map(tuple).persist(StorageLevel.DISK_ONLY)
    print(rows.count())


def sort(session: SparkSession, data: str) -> None:
    """A sort that spills what its memory does not hold."""
    clicks = _clicks(session, data).withColumn("payload", f.sha2("session", 512)).coalesce(1)
    clicks.sortWithinPartitions("session").write.format("noop").mode("overwrite").save()


VARIANTS = {function.__name__: function for function in (shuffle, cache, sort)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
