"""Joins clicks with users by sort and merge; a few users made most clicks, so a few tasks get most rows.

spark-submit skewed_join.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of segments."""
    clicks = spark.read.parquet(f"{data}/clicks")
    users = spark.read.parquet(f"{data}/users").hint("merge")
    return len(clicks.join(users, "user_id").groupBy("segment").agg(f.sum("amount"), f.count("*")).collect())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
