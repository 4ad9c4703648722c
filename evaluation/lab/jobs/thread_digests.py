"""Glues the messages of groups of threads into one digest each, for a search index that takes whole documents.

spark-submit thread_digests.py MESSAGES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The length of the longest digest."""
    messages = spark.read.parquet(f"{data}/messages").withColumn("part", f.col("thread_id") % 2)
    digests = messages.groupBy("part").agg(f.concat_ws("\n", f.collect_list("body")).alias("digest"))
    return digests.agg(f.max(f.octet_length("digest"))).first()[0]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
