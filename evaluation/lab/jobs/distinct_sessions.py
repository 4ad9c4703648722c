"""Aggregates clicks by session id: about as many groups as rows.

spark-submit distinct_sessions.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of sessions."""
    clicks = spark.read.parquet(f"{data}/clicks")
    sessions = clicks.groupBy("session").agg(f.sum("amount").alias("amount"), f.max("at_ms").alias("last_at_ms"))
    return sessions.where("amount > 0").count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
