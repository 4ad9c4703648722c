"""Writes one long report per bucket of items: each is a single string in one executor's heap.

spark-submit bucket_reports.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The length of the longest report."""
    clicks = spark.read.parquet(f"{data}/clicks").withColumn("bucket", f.col("item_id") % 4)
    lines = f.collect_list(f.repeat("session", 6))
    reports = clicks.groupBy("bucket").agg(f.concat_ws("\n", lines).alias("report"))
    return reports.agg(f.max(f.length("report"))).first()[0]


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
