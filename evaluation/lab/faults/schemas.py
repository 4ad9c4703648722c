"""Files whose columns are not what their reader was told.

spark-submit schemas.py VARIANT TPCH_FOLDER
"""

import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def text_for_number(session: SparkSession, data: str) -> None:
    """A key that became text at its source, read as the number it used to be."""
    with tempfile.TemporaryDirectory() as folder:
        orders = session.read.parquet(f"{data}/orders").selectExpr("concat('A', o_orderkey) as key", "o_totalprice")
        orders.write.parquet(f"{folder}/orders")
        session.read.schema("key long, o_totalprice decimal(15,2)").parquet(f"{folder}/orders").agg(f.max("key")).show()


def merged_days(session: SparkSession, data: str) -> None:
    """Two days of a table that do not agree on a column, read with merged schemas."""
    with tempfile.TemporaryDirectory() as folder:
        nations = session.read.parquet(f"{data}/nation")
        nations.selectExpr("n_name", "n_nationkey as code").write.parquet(f"{folder}/day=1")
        nations.selectExpr("n_name", "concat('N', n_nationkey) as code").write.parquet(f"{folder}/day=2")
        session.read.option("mergeSchema", "true").parquet(folder).groupBy("day").count().show()


def date_for_number(session: SparkSession, data: str) -> None:
    """A date that one writer keeps as days since an epoch, behind the schema of the others."""
    with tempfile.TemporaryDirectory() as folder:
        orders = session.read.parquet(f"{data}/orders").selectExpr(
            "o_orderkey", "cast(o_orderkey % 9000 as double) as day"
        )
        orders.write.parquet(f"{folder}/orders")
        read = session.read.schema("o_orderkey long, day date").parquet(f"{folder}/orders")
        read.groupBy("day").count().orderBy("day").show()


def orc_struct(session: SparkSession, data: str) -> None:
    """An ORC column that became a struct at its source."""
    with tempfile.TemporaryDirectory() as folder:
        session.read.parquet(f"{data}/region").selectExpr("struct(r_name) as region").write.orc(f"{folder}/regions")
        session.read.schema("region int").orc(f"{folder}/regions").show()


VARIANTS = {function.__name__: function for function in (text_for_number, merged_days, date_for_number, orc_struct)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
