"""Takes checksums of archives that Spark reads whole, each as one value of one row.

spark-submit archive_checksums.py ARCHIVES_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of archives."""
    archives = spark.read.format("binaryFile").load(f"{data}/archives")
    return len(archives.select("path", f.crc32("content")).collect())


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
