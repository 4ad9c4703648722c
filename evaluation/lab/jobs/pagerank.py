"""Ranks items by who clicked what else: three rounds of PageRank as joins, each round cut off from the last one's plan.

spark-submit pagerank.py CLICKS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

ROUNDS = 3
DAMPING = 0.85  # Brin and Page 1998


def run(spark: SparkSession, data: str) -> int:
    """The number of ranked items."""
    clicks = spark.read.parquet(f"{data}/clicks").where("at_ms % 5 = 0")
    edges = clicks.selectExpr("item_id as source", "(item_id * 31 + user_id) % 5000 as target").distinct().cache()
    degrees = edges.groupBy("source").agg(f.count("*").alias("degree"))
    ranks = edges.select("source").distinct().withColumn("rank", f.lit(1.0))
    for _ in range(ROUNDS):
        given = edges.join(degrees, "source").join(ranks, "source")
        ranks = (
            given.groupBy("target")
            .agg((f.sum(f.col("rank") / f.col("degree")) * DAMPING + (1 - DAMPING)).alias("rank"))
            .withColumnRenamed("target", "source")
            .localCheckpoint()
        )
    return ranks.count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
