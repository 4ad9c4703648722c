"""Work in equal pieces, some of which land on a node that is slow.

spark-submit slow_node.py VARIANT CLICKS_FOLDER
"""

import random
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

PIECES_COUNT = 12


def simulation(session: SparkSession, data: str) -> None:
    """A Monte-Carlo estimate in Python."""

    def inside(seed: int) -> int:
        dice = random.Random(seed)
        return sum(dice.random() ** 2 + dice.random() ** 2 < 1 for _ in range(2_500_000))

    print(session.sparkContext.parallelize(range(PIECES_COUNT), PIECES_COUNT).map(inside).sum())


def digests(session: SparkSession, data: str) -> None:
    """Digests of a range of numbers, added up."""
    digest = f.col("id").cast("string")
    for _ in range(8):
        digest = f.sha2(digest, 512)
    session.range(0, 700_000, 1, PIECES_COUNT).agg(f.max(digest)).show()


def scoring(session: SparkSession, data: str) -> None:
    """Rows spread evenly and scored by a function of one row."""

    def score(session_id: str) -> float:
        total = 0.0
        for character in session_id * 40:
            total = (total * 31 + ord(character)) % 1_000_003
        return total

    rows = session.read.parquet(f"{data}/clicks").limit(40_000).repartition(PIECES_COUNT)
    rows.select(f.udf(score, "double")("session").alias("score")).agg(f.max("score")).show()


VARIANTS = {function.__name__: function for function in (simulation, digests, scoring)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
