"""Scores clicks against their group's spread in pandas: JVM rows go to Python workers and back through Arrow.

spark-submit pandas_outliers.py CLICKS_FOLDER
"""

import sys

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def _score(group: pd.DataFrame) -> pd.DataFrame:
    spread = group["amount"].std(ddof=0) or 1.0
    return group.assign(score=(group["amount"] - group["amount"].mean()) / spread)


def run(spark: SparkSession, data: str) -> int:
    """The number of outliers."""
    clicks = spark.read.parquet(f"{data}/clicks").select((f.col("user_id") % 40).alias("bucket"), "amount")
    scored = clicks.groupBy("bucket").applyInPandas(_score, "bucket long, amount double, score double")
    return scored.where("score > 4").count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
