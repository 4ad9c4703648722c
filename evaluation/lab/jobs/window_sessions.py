"""Cuts each user's clicks into visits with window functions: a user's clicks pass through one task in order of time.

spark-submit window_sessions.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as f

PAUSE_MS = 1_800_000  # half an hour without a click ends a visit


def run(spark: SparkSession, data: str) -> int:
    """The number of visits."""
    by_time = Window.partitionBy("user_id").orderBy("at_ms")
    clicks = spark.read.parquet(f"{data}/clicks").select("user_id", "at_ms", "amount")
    paused = clicks.withColumn(
        "begins", f.coalesce(f.col("at_ms") - f.lag("at_ms").over(by_time) > PAUSE_MS, f.lit(True))
    )
    visits = paused.withColumn("visit", f.sum(f.col("begins").cast("long")).over(by_time))
    return visits.groupBy("user_id", "visit").agg(f.sum("amount")).count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
