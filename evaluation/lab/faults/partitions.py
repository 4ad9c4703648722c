"""Work cut into too few pieces, so that cores stand idle, or into so many that starting them is most of the work.

spark-submit partitions.py VARIANT CLICKS_FOLDER
"""

import random
import sys

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f


def _clicks(session: SparkSession, data: str) -> DataFrame:
    return session.read.parquet(f"{data}/clicks")


def _consume(rows: DataFrame) -> None:
    rows.write.format("noop").mode("overwrite").save()


def _digest(column: str, rounds: int) -> Column:
    digest = f.col(column)
    for _ in range(rounds):
        digest = f.sha2(digest, 512)
    return digest


def one_shuffle_partition(session: SparkSession, data: str) -> None:
    """The clicks of each item in their order, behind a shuffle of one partition."""
    order = Window.partitionBy("item_id").orderBy("at_ms")
    before = _clicks(session, data).withColumn("before", f.lag("session").over(order))
    _consume(before.withColumn("digest", _digest("before", 4)))


def one_input_split(session: SparkSession, data: str) -> None:
    """Every file in one split, and much to compute for each row."""
    _consume(_clicks(session, data).select(_digest("session", 5)))


def _inside(seed: int) -> int:
    dice = random.Random(seed)
    return sum(dice.random() ** 2 + dice.random() ** 2 < 1 for _ in range(20_000))


def one_rdd_partition(session: SparkSession, data: str) -> None:
    """A simulation over a list of seeds that was not cut."""
    print(session.sparkContext.parallelize(range(120)).map(_inside).sum())


def very_many_shuffle_partitions(session: SparkSession, data: str) -> None:
    """Clicks per item, with a number of partitions that was right for another cluster."""
    _consume(_clicks(session, data).groupBy("item_id").agg(f.sum("amount"), f.count("*")))


def no_coalescing(session: SparkSession, data: str) -> None:
    """A join and a count over partitions that nothing puts together again."""
    clicks = _clicks(session, data).limit(200_000)
    joined = clicks.join(session.read.parquet(f"{data}/users").hint("merge"), "user_id")
    joined.groupBy("segment").agg(f.sum("amount")).show()


def many_rdd_partitions(session: SparkSession, data: str) -> None:
    """Pairs reduced into hundreds of partitions, each of a few rows."""
    pairs = _clicks(session, data).limit(50_000).rdd.map(lambda row: (row.user_id % 1000, row.amount))
    print(pairs.reduceByKey(max).count())


VARIANTS = {
    function.__name__: function
    for function in (
        one_shuffle_partition,
        one_input_split,
        one_rdd_partition,
        very_many_shuffle_partitions,
        no_coalescing,
        many_rdd_partitions,
    )
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
