"""Brings more to the driver than it takes: results, broadcasts, its own heap.

spark-submit driver_memory.py VARIANT CLICKS_FOLDER
"""

import sys

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f


def _clicks(session: SparkSession, data: str) -> DataFrame:
    return session.read.parquet(f"{data}/clicks")


def collect(session: SparkSession, data: str) -> None:
    """Every click as a Python row."""
    print(len(_clicks(session, data).collect()))


def to_pandas(session: SparkSession, data: str) -> None:
    """Every click as a pandas frame."""
    print(_clicks(session, data).toPandas().describe())


def sorted_rdd(session: SparkSession, data: str) -> None:
    """Every session id, sorted, as a Python list."""
    print(len(_clicks(session, data).select("session").rdd.map(lambda row: row[0]).sortBy(str).collect()))


def broadcast_hint(session: SparkSession, data: str) -> None:
    """A large table broadcast because somebody asked for it."""
    clicks = _clicks(session, data)
    clicks.join(f.broadcast(clicks.select("session", "amount")), "session").agg(f.count("*")).show()


def broadcast_nested_loop(session: SparkSession, data: str) -> None:
    """A join without an equality, whose smaller side is broadcast."""
    clicks = _clicks(session, data)
    few = session.range(10).withColumnRenamed("id", "bound")
    clicks.hint("broadcast").join(few, clicks["item_id"] < few["bound"]).agg(f.count("*")).show()


def broadcast_automatic(session: SparkSession, data: str) -> None:
    """A table broadcast because its size on disk looked small."""
    clicks = _clicks(session, data)
    clicks.join(clicks.selectExpr("session", "repeat(session, 30) as payload"), "session").agg(f.max("payload")).show()


def _with_executors(session: SparkSession) -> None:
    """Returns when there are executors to work: else the first broadcast would wait for them, whatever it holds."""
    session.range(2).repartition(2).foreach(lambda _: None)


def slow_dimension(session: SparkSession, data: str) -> None:
    """A broadcast whose table takes longer to compute than the join waits."""
    _with_executors(session)
    slow = session.range(4).withColumn("name", f.udf(_slowly)("id"))
    session.range(1000).join(f.broadcast(slow), "id").agg(f.max("name")).show()


def slow_aggregate(session: SparkSession, data: str) -> None:
    """A broadcast of an aggregate over a slow column."""
    _with_executors(session)
    slow = session.range(4).repartition(2).groupBy((f.col("id") % 2).alias("id"))
    latest = slow.agg(f.max(f.udf(_slowly)("id")).alias("latest"))
    session.range(1000).join(f.broadcast(latest), "id").agg(f.max("latest")).show()


def slow_window(session: SparkSession, data: str) -> None:
    """A broadcast of the newest of each group, whose rows come slowly."""
    _with_executors(session)
    slow = session.range(4).withColumn("at", f.udf(_slowly)("id").cast("long"))
    newest = slow.withColumn("rank", f.row_number().over(Window.partitionBy("id").orderBy(f.desc("at"))))
    session.range(1000).join(f.broadcast(newest.where("rank = 1")), "id").agg(f.max("at")).show()


def wide_rows(session: SparkSession, data: str) -> None:
    """Few rows a person would think, and each of them long."""
    texts = _clicks(session, data).select(f.repeat("session", 24).alias("text"))
    print(max(len(row.text) for row in texts.collect()))


def _slowly(value: int) -> str:
    import time

    time.sleep(4)
    return str(value)


VARIANTS = {
    function.__name__: function
    for function in (
        collect,
        to_pandas,
        sorted_rdd,
        broadcast_hint,
        broadcast_nested_loop,
        broadcast_automatic,
        slow_dimension,
        slow_aggregate,
        slow_window,
        wide_rows,
    )
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
