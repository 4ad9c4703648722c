"""Loads more classes than the JVM has room for.

spark-submit metaspace.py VARIANT TPCH_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

QUERIES_COUNT = 12


def many_plans(session: SparkSession, data: str) -> None:
    """Report after report, each with code generated for it alone."""
    items = session.read.parquet(f"{data}/lineitem").limit(1000).cache()
    for number in range(QUERIES_COUNT):
        price = f.col("l_extendedprice") * (1 + number) + f.lit(number)
        wide = [f.when(price > column, price).otherwise(column).alias(f"c{column}") for column in range(40)]
        items.select(*wide).agg(*[f.sum(f"c{column}") for column in range(40)]).collect()


def wide_schema(session: SparkSession, data: str) -> None:
    """A frame with hundreds of computed columns, sorted and grouped again and again."""
    rows = session.range(500).select("id", *[(f.col("id") * n + f.lit(n)).alias(f"v{n}") for n in range(120)])
    for number in range(QUERIES_COUNT // 2):
        totals = [f.sum(f.col(f"v{n}") + number) for n in range(120)]
        rows.groupBy((f.col("id") % (number + 2)).alias("bucket")).agg(*totals).orderBy("bucket").collect()


def tpch_reports(session: SparkSession, data: str) -> None:
    """Joins and windows over the same tables, one for each customer segment and year."""
    orders, customers = session.read.parquet(f"{data}/orders"), session.read.parquet(f"{data}/customer")
    joined = orders.join(customers, f.col("o_custkey") == f.col("c_custkey"))
    for number in range(QUERIES_COUNT):
        year = joined.where(f"year(o_orderdate) = {1992 + number % 7} and c_custkey % {number + 2} = 1")
        year.groupBy("c_mktsegment").agg(f.sum(f.col("o_totalprice") * (number + 1)), f.max("o_comment")).collect()


VARIANTS = {function.__name__: function for function in (many_plans, wide_schema, tpch_reports)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
