"""Python code that fails on the workers: exceptions, dead processes, modules that are not there, too much memory.

spark-submit python_worker.py VARIANT CLICKS_FOLDER
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def _clicks(session: SparkSession, data: str) -> DataFrame:
    return session.read.parquet(f"{data}/clicks").limit(20_000)


def _udf(session: SparkSession, data: str, function: Callable[..., object], returns: str = "long") -> None:
    _clicks(session, data).select(f.udf(function, returns)("session")).write.format("noop").mode("overwrite").save()


def value_error(session: SparkSession, data: str) -> None:
    """A parser that meets text it does not expect."""
    _udf(session, data, lambda text: int(text))


def key_error(session: SparkSession, data: str) -> None:
    """A look-up table that lacks a key, in an RDD."""
    names = {number: f"user {number}" for number in range(1000)}
    print(_clicks(session, data).rdd.map(lambda row: names[row["item_id"]]).countByValue())


def _ratio(amounts: pd.Series) -> pd.Series:
    total = int(amounts.sum()) // 10**12
    return amounts / (1 // total)


def zero_division(session: SparkSession, data: str) -> None:
    """A pandas UDF that divides by nothing."""
    _clicks(session, data).select(f.pandas_udf(_ratio, "double")("amount")).agg({"*": "count"}).show()
    _clicks(session, data).select(f.pandas_udf(_ratio, "double")("amount").alias("r")).agg(f.sum("r")).show()


def wrong_columns(session: SparkSession, data: str) -> None:
    """A grouped function that returns other columns than it declared."""
    grouped = _clicks(session, data).groupBy((f.col("user_id") % 5).alias("bucket"))
    grouped.applyInPandas(lambda group: group[["amount"]], "bucket long, total double").show()


def exit_code(session: SparkSession, data: str) -> None:
    """A library that ends the process."""
    _udf(session, data, lambda text: os._exit(3))


def segfault(session: SparkSession, data: str) -> None:
    """Native code that touches memory it must not."""

    def touch(text: str) -> int:
        import ctypes

        return len(ctypes.string_at(0))

    _udf(session, data, touch)


def killed(session: SparkSession, data: str) -> None:
    """A worker killed from outside, in a pandas UDF."""

    def die(amounts: pd.Series) -> pd.Series:
        os.kill(os.getpid(), signal.SIGKILL)
        return amounts

    _clicks(session, data).select(f.pandas_udf(die, "double")("amount").alias("a")).agg(f.sum("a")).show()


def module_in_udf(session: SparkSession, data: str) -> None:
    """A UDF whose library is not on the workers."""

    def geohash(text: str) -> str:
        import geohash_fast

        return geohash_fast.encode(text)

    _udf(session, data, geohash, "string")


def module_in_pandas(session: SparkSession, data: str) -> None:
    """A grouped function whose library is not on the workers."""

    def forecast(group: pd.DataFrame) -> pd.DataFrame:
        from prophet_lite.forecaster import Prophet

        return Prophet().fit(group)

    grouped = _clicks(session, data).groupBy((f.col("user_id") % 5).alias("bucket"))
    grouped.applyInPandas(forecast, "bucket long, amount double").show()


def module_on_driver(session: SparkSession, data: str) -> None:
    """A driver that imports a library late."""
    print(_clicks(session, data).count())
    import company_metrics  # noqa: F401


def byte_array(session: SparkSession, data: str) -> None:
    """A UDF that allocates more than the Python worker may have."""
    size = f.udf(lambda text: len(bytearray(1536 * 1024**2)), "long")
    _clicks(session, data).limit(2).select(size("session").alias("size")).agg(f.max("size")).show()


def growing_list(session: SparkSession, data: str) -> None:
    """A partition gathered into a list of copies."""

    def gather(rows: Iterable[object]) -> list[int]:
        kept = [str(row) * 1000 for row in rows]
        return [len(kept)]

    print(_clicks(session, data).rdd.mapPartitions(gather).collect())


def numpy_matrix(session: SparkSession, data: str) -> None:
    """A grouped function that builds a matrix of every pair."""

    def pairs(group: pd.DataFrame) -> pd.DataFrame:
        import numpy as np

        distances = np.ones((12_000, 12_000))
        return group.assign(amount=distances.sum())

    grouped = _clicks(session, data).groupBy((f.col("user_id") % 2).alias("bucket"))
    grouped.applyInPandas(pairs, _clicks(session, data).schema).show()


def context_captured(session: SparkSession, data: str) -> None:
    """A lambda that drags the SparkContext along."""
    context = session.sparkContext
    print(_clicks(session, data).rdd.map(lambda row: context.applicationId + row["session"]).count())


def lock_captured(session: SparkSession, data: str) -> None:
    """A lambda that drags a lock along."""
    lock = threading.Lock()
    print(_clicks(session, data).count())
    print(_clicks(session, data).rdd.map(lambda row: (lock.locked(), row)).count())


def generator_returned(session: SparkSession, data: str) -> None:
    """Results that cannot be sent back: each row becomes a generator."""
    print(len(_clicks(session, data).rdd.map(lambda row: (value for value in row)).collect()))


VARIANTS = {
    function.__name__: function
    for function in (
        value_error,
        key_error,
        zero_division,
        wrong_columns,
        exit_code,
        segfault,
        killed,
        module_in_udf,
        module_in_pandas,
        module_on_driver,
        byte_array,
        growing_list,
        numpy_matrix,
        context_captured,
        lock_captured,
        generator_returned,
    )
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
