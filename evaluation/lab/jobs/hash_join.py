"""Joins clicks with their own payloads by hash: one executor holds the whole build side.

spark-submit hash_join.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of joined clicks."""
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    clicks = spark.read.parquet(f"{data}/clicks")
    payloads = clicks.select("session", f.repeat("session", 12).alias("payload")).hint("shuffle_hash")
    joined = clicks.join(payloads, "session")
    return joined.agg(f.sum(f.length("payload")), f.count("*")).first()[1]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
