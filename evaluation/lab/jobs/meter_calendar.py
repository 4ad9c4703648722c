"""Lists the seconds in which a reading of a meter is due: all seconds of its service are spread into one array first.

spark-submit meter_calendar.py METERS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def run(spark: SparkSession, data: str) -> int:
    """The number of seconds in which a reading is due."""
    meters = spark.read.parquet(f"{data}/meters")
    seconds = meters.select("every_s", f.explode(f.sequence("from_s", "to_s")).alias("second"))
    return seconds.where(f.col("second") % f.col("every_s") == 0).count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
