"""Runs one TPC-H query over a folder of Parquet tables.

spark-submit tpch.py TPCH_FOLDER q03
"""

import sys
from pathlib import Path

from pyspark.sql import SparkSession

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")


def run(spark: SparkSession, data: str, query: str) -> int:
    """The number of rows the query returns."""
    text = Path(__file__).with_name("tpch_sql").joinpath(f"{query}.sql").read_text(encoding="utf-8")
    for table in TABLES:
        if table in text:
            spark.read.parquet(f"{data}/{table}").createOrReplaceTempView(table)
    return len(spark.sql(text).collect())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
