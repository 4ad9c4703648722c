"""Fills memory outside the heap: Python workers that hold much, beside a heap that is small.

spark-submit container.py VARIANT CLICKS_FOLDER
"""

import sys
import time
from collections.abc import Iterable, Iterator

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

HELD_BYTES = 900 * 1024**2
HELD_S = 2.0


def model(session: SparkSession, data: str) -> None:
    """A model that each Python worker loads before it scores batches."""

    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        import numpy as np

        weights = np.ones(HELD_BYTES // 8)
        time.sleep(HELD_S)
        for batch in batches:
            yield batch.assign(amount=batch["amount"] * weights[0])

    clicks = session.read.parquet(f"{data}/clicks").select("user_id", "amount")
    clicks.mapInPandas(score, clicks.schema).agg(f.sum("amount")).show()


def partition_in_a_list(session: SparkSession, data: str) -> None:
    """A partition turned into a list of Python objects before the first result leaves."""

    def gather(rows: Iterable[object]) -> Iterator[int]:
        kept: list[bytes] = []
        while len(kept) < HELD_BYTES // 1024**2:
            kept.append(bytes([len(kept) % 255 + 1]) * 1024**2)
        time.sleep(HELD_S)
        yield len(kept) + sum(1 for _ in rows)

    print(session.read.parquet(f"{data}/clicks").rdd.mapPartitions(gather).sum())


def wide_groups(session: SparkSession, data: str) -> None:
    """Groups to which a function adds hundreds of columns."""

    def widen(group: pd.DataFrame) -> pd.DataFrame:
        import numpy as np

        features = np.repeat(group[["amount"]].to_numpy(), HELD_BYTES // 8 // len(group), axis=1)
        time.sleep(HELD_S)
        return pd.DataFrame({"best": [float(features.max())]})

    clicks = session.read.parquet(f"{data}/clicks").limit(20_000)
    clicks.groupBy((f.col("item_id") % 2).alias("bucket")).applyInPandas(widen, "best double").show()


VARIANTS = {function.__name__: function for function in (model, partition_in_a_list, wide_groups)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
