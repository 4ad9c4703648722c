"""A nightly job that starts its own Spark session, with the resources that its earlier runs needed.

Run it with ``SPARKWRIGHT_SERVICE_URL`` set, by itself, in a notebook or under ``spark-submit``. Where the service does
not answer, the session starts with what is written here.
"""

import sys

from pyspark.sql import SparkSession

import sparkwright


def main(rows: int) -> int:
    """How many of the numbers below ``rows`` are left once they are counted by their remainder."""
    own = {"spark.app.name": "nightly orders", "spark.sql.adaptive.enabled": True}
    advised = sparkwright.advise("nightly_orders", own)
    spark = SparkSession.builder.config(map=advised).getOrCreate()
    try:
        counts = spark.range(rows).selectExpr("id % 10 AS remainder").groupBy("remainder").count()
        return counts.count()
    finally:
        spark.stop()


if __name__ == "__main__":
    print(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
