"""Builds a map from message to text for groups of threads, to look up what a reply quotes: one value holds a whole map.

spark-submit thread_maps.py MESSAGES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of messages in the largest map."""
    messages = spark.read.parquet(f"{data}/messages").withColumn("part", f.col("thread_id") % 2)
    entries = f.collect_list(f.struct("message_id", "body"))
    maps = messages.groupBy("part").agg(f.map_from_entries(entries).alias("texts"), f.max("message_id").alias("last"))
    found = maps.select(
        f.size("texts").alias("size"), f.octet_length(f.element_at("texts", f.col("last"))).alias("text")
    )
    return found.agg(f.max("size"), f.max("text")).first()[0]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
