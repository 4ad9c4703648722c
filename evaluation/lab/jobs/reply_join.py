"""Joins messages with what they reply to by hash: one executor holds every message that may have been replied to.

spark-submit reply_join.py MESSAGES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of replies."""
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    messages = spark.read.parquet(f"{data}/messages")
    originals = messages.select(f.col("message_id").alias("reply_to"), f.col("body").alias("quoted"))
    replies = messages.select("reply_to", "at_ms").join(originals.hint("shuffle_hash"), "reply_to")
    return replies.agg(f.sum(f.octet_length("quoted")), f.count("*")).first()[1]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
