"""Fills the heap of executors.

spark-submit heap.py VARIANT CLICKS_FOLDER
"""

import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.storagelevel import StorageLevel


def collect_list(session: SparkSession, data: str) -> None:
    """All sessions of all users gathered into one row."""
    clicks = session.read.parquet(f"{data}/clicks")
    clicks.groupBy(f.lit(1)).agg(f.collect_list(f.repeat("session", 20)).alias("all")).select(f.size("all")).show()


def long_strings(session: SparkSession, data: str) -> None:
    """One report per bucket, glued together from every session in it."""
    clicks = session.read.parquet(f"{data}/clicks").withColumn("bucket", f.col("item_id") % 2)
    reports = clicks.groupBy("bucket").agg(f.concat_ws("\n", f.collect_list(f.repeat("session", 12))).alias("report"))
    reports.select(f.length("report")).show()


def hash_join(session: SparkSession, data: str) -> None:
    """A hash join whose build side is a whole partition of clicks."""
    clicks = session.read.parquet(f"{data}/clicks").withColumn("payload", f.repeat("session", 12))
    session.conf.set("spark.sql.adaptive.enabled", "false")
    session.conf.set("spark.sql.shuffle.partitions", "1")
    clicks.join(clicks.select("session", "payload").hint("shuffle_hash"), "session").write.format("noop").mode(
        "overwrite"
    ).save()


def binary_file(session: SparkSession, data: str) -> None:
    """Archives read whole, each as one value of one row."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):
            with Path(folder, f"archive-{number}.bin").open("wb") as file:
                file.truncate(320 * 1024**2)
        session.read.format("binaryFile").load(folder).select(f.md5("content")).show()


def cached_archives(session: SparkSession, data: str) -> None:
    """Archives kept in memory: Spark asks for a cache's memory after every 16th piece, and these pieces are large."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(40):
            with Path(folder, f"archive-{number}.bin").open("wb") as file:
                file.truncate(16 * 1024**2)
        archives = session.read.format("binaryFile").load(folder).coalesce(1).persist(StorageLevel.MEMORY_ONLY)
        archives.select(f.sum(f.length("content"))).show()


def many_small_groups(session: SparkSession, data: str) -> None:
    """A list for each of a million sessions, all of them in one hash table."""
    clicks = session.read.parquet(f"{data}/clicks").coalesce(1)
    lists = clicks.groupBy("session").agg(
        f.collect_list("amount").alias("amounts"), f.collect_set("item_id").alias("items")
    )
    lists.agg(f.max(f.size("amounts"))).show()


def percentiles(session: SparkSession, data: str) -> None:
    """Exact percentiles, which keep a counter for every different value."""
    clicks = session.read.parquet(f"{data}/clicks").coalesce(1)
    clicks.agg(f.percentile(f.col("at_ms") + f.col("amount"), 0.5), f.percentile("at_ms", 0.9)).show()


VARIANTS = {
    function.__name__: function
    for function in (
        collect_list,
        long_strings,
        hash_join,
        binary_file,
        cached_archives,
        many_small_groups,
        percentiles,
    )
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
