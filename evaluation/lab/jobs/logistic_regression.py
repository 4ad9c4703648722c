"""Learns which line items come back: hashed features, cached, and a pass over them for every step of the optimiser.

spark-submit logistic_regression.py TPCH_FOLDER
"""

import sys

from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import FeatureHasher
from pyspark.sql import SparkSession

COLUMNS = ("l_shipmode", "l_shipinstruct", "l_linestatus", "quantity", "price", "discount")


def run(spark: SparkSession, data: str) -> int:
    """The number of steps the optimiser took."""
    items = spark.read.parquet(f"{data}/lineitem").selectExpr(
        "l_shipmode",
        "l_shipinstruct",
        "l_linestatus",
        "double(l_quantity) as quantity",
        "double(l_extendedprice) / 1e5 as price",
        "double(l_discount) as discount",
        "double(l_returnflag = 'R') as label",
    )
    features = FeatureHasher(inputCols=list(COLUMNS), outputCol="features", numFeatures=1 << 12).transform(items)
    model = LogisticRegression(maxIter=6, regParam=0.01).fit(features.select("features", "label"))
    return model.summary.totalIterations


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
