"""Gathers the clicks of groups of users into one list each: a group must fit into one executor's heap.

spark-submit user_histories.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of clicks in the longest history."""
    clicks = spark.read.parquet(f"{data}/clicks")
    click = f.struct("at_ms", "item_id", "amount", "session")
    histories = clicks.groupBy((f.col("item_id") % 4).alias("group")).agg(f.collect_list(click).alias("clicks"))
    return histories.agg(f.max(f.size("clicks"))).first()[0]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
