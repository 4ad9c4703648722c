"""Puts the messages of groups of threads in order of time, as arrays in memory instead of by a sort that can spill.

spark-submit sorted_threads.py MESSAGES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of messages in the longest array."""
    messages = spark.read.parquet(f"{data}/messages").withColumn("part", f.col("thread_id") % 2)
    ordered = f.sort_array(f.collect_list(f.struct("at_ms", "author", "body")))
    threads = messages.groupBy("part").agg(ordered.alias("messages"))
    return threads.agg(f.max(f.size("messages")), f.max(f.element_at("messages", -1))).first()[0]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
