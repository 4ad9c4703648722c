"""Takes a month of clicks in six batches, as a stream would, and folds each into running totals that are kept on disk.

spark-submit micro_batches.py CLICKS_FOLDER
"""

import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

BATCHES = 6
BATCH_MS = 5 * 86_400_000


def run(spark: SparkSession, data: str) -> int:
    """The number of users with totals."""
    clicks = spark.read.parquet(f"{data}/clicks")
    with tempfile.TemporaryDirectory() as folder:
        totals = spark.createDataFrame([], "user_id long, amount double, click_count long")
        for number in range(BATCHES):
            begin_ms = number * BATCH_MS
            batch = clicks.where((f.col("at_ms") >= begin_ms) & (f.col("at_ms") < begin_ms + BATCH_MS))
            new = batch.select("user_id", "amount", f.lit(1).cast("long").alias("click_count"))
            folded = (
                totals.unionByName(new)
                .groupBy("user_id")
                .agg(f.sum("amount").alias("amount"), f.sum("click_count").alias("click_count"))
            )
            folded.write.parquet(f"{folder}/{number}")
            totals = spark.read.parquet(f"{folder}/{number}")
        return totals.count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
