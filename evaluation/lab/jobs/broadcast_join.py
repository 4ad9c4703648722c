"""Joins line items with orders that are broadcast on request, however large they have become.

spark-submit broadcast_join.py TPCH_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of order priorities."""
    items = spark.read.parquet(f"{data}/lineitem")
    orders = f.broadcast(spark.read.parquet(f"{data}/orders"))
    joined = items.join(orders, items.l_orderkey == orders.o_orderkey)
    return len(joined.groupBy("o_orderpriority").agg(f.sum("l_extendedprice"), f.max("o_comment")).collect())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
