"""Splits log files into records after reading each file as one text, so that records which span lines stay together.

spark-submit log_lines.py LOGS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of warnings."""
    files = spark.read.text(f"{data}/logs", wholetext=True)
    records = files.select(f.explode(f.split("value", "\n==")).alias("record"))
    return records.where(f.startswith("record", f.lit("WARN"))).count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
