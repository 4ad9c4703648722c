"""Jobs whose executors the cluster never grants, because no worker is large enough for what was asked.

spark-submit starved.py VARIANT TPCH_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def count(session: SparkSession, data: str) -> None:
    """Orders by priority."""
    session.read.parquet(f"{data}/orders").groupBy("o_orderpriority").count().show()


def join(session: SparkSession, data: str) -> None:
    """Customers and what they ordered."""
    orders = session.read.parquet(f"{data}/orders")
    customers = session.read.parquet(f"{data}/customer").withColumnRenamed("c_custkey", "o_custkey")
    orders.join(customers, "o_custkey").groupBy("c_mktsegment").agg(f.sum("o_totalprice")).show()


def words(session: SparkSession, data: str) -> None:
    """The words of all comments."""
    rows = session.read.parquet(f"{data}/orders").select("o_comment").rdd
    print(rows.flatMap(lambda row: row[0].split()).map(lambda word: (word, 1)).reduceByKey(int.__add__, 4).count())


VARIANTS = {function.__name__: function for function in (count, join, words)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
