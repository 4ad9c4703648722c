"""Joins and windows in which one key has most rows, so that one task does most of the work.

spark-submit skew.py VARIANT CLICKS_FOLDER
"""

import sys

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f


def _clicks(session: SparkSession, data: str) -> DataFrame:
    return session.read.parquet(f"{data}/clicks")


def _consume(rows: DataFrame) -> None:
    rows.write.format("noop").mode("overwrite").save()


def _popular(key: str, tenths: int) -> Column:
    """The key, but one and the same for so many tenths of the rows."""
    return f.when(f.pmod(f.hash("session"), f.lit(10)) < tenths, f.lit(7)).otherwise(f.col(key))


def busy_users(session: SparkSession, data: str) -> None:
    """Clicks and users: a few people click most."""
    _consume(_clicks(session, data).join(session.read.parquet(f"{data}/users").hint("merge"), "user_id"))


def unknown_customer(session: SparkSession, data: str) -> None:
    """Rows without a customer, who all got the same number instead."""
    clicks = _clicks(session, data).withColumn("item_id", _popular("item_id", 4))
    names = session.range(100_000).select(f.col("id").alias("item_id"), f.sha2(f.col("id").cast("string"), 256))
    _consume(clicks.join(names.hint("merge"), "item_id", "left"))


def best_seller(session: SparkSession, data: str) -> None:
    """An item that everybody bought, compared with its list price."""
    clicks = _clicks(session, data).select(_popular("item_id", 3).alias("item_id"), "amount", "session")
    prices = session.range(100_000).selectExpr("id as item_id", "id % 97 as price")
    dearer = clicks.join(prices.hint("merge"), "item_id").where("amount > price")
    _consume(dearer.withColumn("digest", f.sha2("session", 256)))


def one_long_history(session: SparkSession, data: str) -> None:
    """The clicks of each user numbered in their order: no join, so nothing splits the longest history."""
    order = Window.partitionBy("user_id").orderBy("at_ms")
    _consume(_clicks(session, data).withColumn("number", f.row_number().over(order)))


VARIANTS = {function.__name__: function for function in (busy_users, unknown_customer, best_seller, one_long_history)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
