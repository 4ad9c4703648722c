"""Writes a table of 200 columns by region: a task keeps an open Parquet writer, with its buffers, for every region.

spark-submit wide_export.py WIDE_FOLDER
"""

import sys
import tempfile

from pyspark.sql import SparkSession

REGIONS = 16


def run(spark: SparkSession, data: str) -> int:
    """The number of files written."""
    spark.conf.set("spark.sql.maxConcurrentOutputFileWriters", str(REGIONS))
    wide = spark.read.parquet(f"{data}/wide").withColumnRenamed("i000", "region").coalesce(1)
    with tempfile.TemporaryDirectory() as folder:
        wide.write.partitionBy("region").parquet(f"{folder}/wide")
        return len(spark.read.parquet(f"{folder}/wide").inputFiles())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
