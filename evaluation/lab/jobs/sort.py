"""Sorts all line items by date and price and writes them as Parquet, as a nightly export does.

spark-submit sort.py TPCH_FOLDER
"""

import sys
import tempfile

from pyspark.sql import SparkSession


def run(spark: SparkSession, data: str) -> int:
    """The number of files written."""
    with tempfile.TemporaryDirectory() as folder:
        sorted_items = spark.read.parquet(f"{data}/lineitem").orderBy("l_shipdate", "l_extendedprice")
        sorted_items.write.parquet(f"{folder}/sorted")
        return len(spark.read.parquet(f"{folder}/sorted").inputFiles())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
