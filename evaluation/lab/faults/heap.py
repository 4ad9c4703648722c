"""Runs executors out of heap.

spark-submit heap.py VARIANT CLICKS_FOLDER
"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def collect_list(clicks: DataFrame) -> None:
    """All sessions of all users gathered into one row."""
    clicks.groupBy(f.lit(1)).agg(f.collect_list(f.concat("session", f.repeat("session", 20)))).foreach(print)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        {"collect_list": collect_list}[sys.argv[1]](session.read.parquet(f"{sys.argv[2]}/clicks"))
