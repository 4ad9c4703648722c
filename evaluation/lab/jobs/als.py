"""Recommends items with alternating least squares: factors travel between blocks of users and of items each round.

spark-submit als.py CLICKS_FOLDER
"""

import sys

from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of items that have factors."""
    clicks = spark.read.parquet(f"{data}/clicks")
    users, items = (f.col("user_id") % 20_000).cast("int"), (f.col("item_id") % 5_000).cast("int")
    ratings = clicks.groupBy(users.alias("user"), items.alias("item")).agg(f.log1p(f.sum("amount")).alias("rating"))
    als = ALS(userCol="user", itemCol="item", ratingCol="rating", rank=8, maxIter=2, seed=7)
    return als.setNumUserBlocks(4).setNumItemBlocks(4).fit(ratings).itemFactors.count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
