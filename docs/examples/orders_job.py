"""A Spark job that knows nothing of Sparkwright: how many remainders the numbers below its argument have."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
rows = int(sys.argv[1])
print(spark.range(rows).selectExpr("id % 10 AS remainder").distinct().count(), "remainders")
spark.stop()
