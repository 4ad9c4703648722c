"""Counts the words of a folder of text files, with Python lambdas over an RDD as in Spark's own example.

spark-submit word_count.py TEXT_FOLDER
"""

import sys
from operator import add

from pyspark.sql import SparkSession


def run(spark: SparkSession, data: str) -> int:
    """The number of distinct words."""
    lines = spark.read.text(f"{data}/orders").rdd.map(lambda row: row[0])
    words = lines.flatMap(lambda line: line.replace("|", " ").split())
    return words.map(lambda word: (word, 1)).reduceByKey(add).count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
