"""Submitted by a test: a task tells a secret, then an executor dies of its heap."""

from contextlib import suppress

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def tell(rows: object) -> object:
    raise ValueError("login refused for password=hunter2-never-in-the-lake")


with suppress(Exception):
    spark.sparkContext.parallelize([1], 1).mapPartitions(tell).collect()
# One value larger than the executor's heap.
spark.range(1).selectExpr("length(repeat(concat('x', id), 600000000)) as n").collect()
