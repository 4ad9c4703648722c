"""Exact percentiles of click times: every distinct value is held in one executor's heap until the end.

spark-submit exact_percentiles.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of percentiles."""
    clicks = spark.read.parquet(f"{data}/clicks")
    wanted = f.array(*map(f.lit, (0.05, 0.5, 0.95)))
    return len(clicks.agg(f.percentile(f.col("at_ms") * 7 + f.col("item_id"), wanted)).first()[0])


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
