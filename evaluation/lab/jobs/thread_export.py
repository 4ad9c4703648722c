"""Exports groups of threads as one JSON document each: the messages, and then their text, are held at once.

spark-submit thread_export.py MESSAGES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The length of the longest document."""
    messages = spark.read.parquet(f"{data}/messages").withColumn("part", f.col("thread_id") % 2)
    message = f.struct("message_id", "at_ms", "author", "body")
    documents = messages.groupBy("part").agg(f.to_json(f.collect_list(message)).alias("document"))
    return documents.agg(f.max(f.octet_length("document"))).first()[0]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
