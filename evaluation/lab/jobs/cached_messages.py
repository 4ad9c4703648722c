"""Asks several questions of sealed messages that are kept in memory: what does not fit is sealed again each time.

spark-submit cached_messages.py MESSAGES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.storagelevel import StorageLevel

QUESTIONS = 4


def run(spark: SparkSession, data: str) -> int:
    """The number of answers."""
    messages = spark.read.parquet(f"{data}/messages")
    sealed = messages.withColumn("seal", f.sha2(f.col("body"), 512)).persist(StorageLevel.MEMORY_ONLY)
    answers = [
        sealed.where(f.substring("seal", 1, 1) > str(number)).agg(f.sum(f.octet_length("body"))).first()
        for number in range(QUESTIONS)
    ]
    sealed.unpersist()
    return len(answers)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
