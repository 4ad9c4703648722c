"""Clusters line items by price, quantity and discount with k-means: several passes over cached vectors.

spark-submit kmeans.py TPCH_FOLDER
"""

import sys

from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession


def run(spark: SparkSession, data: str) -> int:
    """The number of clusters."""
    columns = ["l_quantity", "l_extendedprice", "l_discount", "l_tax"]
    items = spark.read.parquet(f"{data}/lineitem").selectExpr(*[f"double({name}) as {name}" for name in columns])
    vectors = VectorAssembler(inputCols=columns, outputCol="features").transform(items).select("features")
    model = KMeans(k=4, seed=7, maxIter=4, initMode="random").fit(vectors)
    return len(model.clusterCenters())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
