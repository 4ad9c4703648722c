"""Reads tables that were written as hundreds of small files, a task for each.

spark-submit small_files.py VARIANT TPCH_FOLDER
"""

import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

FILES_COUNT = 220
ROWS_COUNT = 100


def _rows(number: int) -> list[tuple[int, str]]:
    return [(number * ROWS_COUNT + row, f"name {row * 7919}") for row in range(ROWS_COUNT)]


def parquet(session: SparkSession, data: str) -> None:
    """A table that a stream wrote, minute by minute."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES_COUNT):
            ids, names = zip(*_rows(number), strict=True)
            pq.write_table(pa.table({"id": ids, "name": names}), Path(folder, f"part-{number}.parquet"))
        session.read.parquet(folder).groupBy("name").agg(f.sum("id")).collect()


def csv(session: SparkSession, data: str) -> None:
    """A drop folder with a file for each sender."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES_COUNT):
            lines = "".join(f"{key},{name}\n" for key, name in _rows(number))
            Path(folder, f"sender-{number}.csv").write_text(lines, encoding="utf-8")
        session.read.schema("id long, name string").csv(folder).orderBy("id").write.format("noop").mode(
            "overwrite"
        ).save()


def text(session: SparkSession, data: str) -> None:
    """Logs read through the RDD API, which makes a task of each file whatever is set."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES_COUNT):
            lines = "".join(f"{key} {name}\n" for key, name in _rows(number))
            Path(folder, f"log-{number}.txt").write_text(lines, encoding="utf-8")
        print(session.sparkContext.textFile(folder).filter(lambda line: line.endswith("9")).count())


VARIANTS = {function.__name__: function for function in (parquet, csv, text)}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
