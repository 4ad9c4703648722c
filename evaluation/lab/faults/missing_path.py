"""Reads what is not there.

spark-submit missing_path.py VARIANT DATA_FOLDER
"""

import sys

from pyspark.sql import SparkSession


def parquet(session: SparkSession, data: str) -> None:
    """A daily partition that was never written."""
    session.read.parquet(f"{data}/orders_2024_02_30").count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        {"parquet": parquet}[sys.argv[1]](session, sys.argv[2])
