"""Profiles a table of 200 columns: every column of every row is decoded, and one row of statistics comes out.

spark-submit wide_scan.py WIDE_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of statistics."""
    wide = spark.read.parquet(f"{data}/wide")
    statistics = [of(name) for name in wide.columns for of in (f.min, f.max, f.count)]
    return len(wide.agg(*statistics).first())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
