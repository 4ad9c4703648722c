"""Reads and writes what the user it runs as may not.

spark-submit rights.py VARIANT CLICKS_FOLDER
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


@contextmanager
def _forbidden(path: Path) -> Iterator[None]:
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        yield
    finally:
        path.chmod(mode)


def forbidden_file(session: SparkSession, data: str) -> None:
    """A table of which one file belongs to somebody else."""
    with tempfile.TemporaryDirectory() as folder:
        session.range(1000).repartition(2).write.parquet(f"{folder}/orders")
        with _forbidden(sorted(Path(folder, "orders").glob("part-*"))[0]):
            print(session.read.schema("id long").parquet(f"{folder}/orders").agg(f.sum("id")).collect())


def forbidden_folder(session: SparkSession, data: str) -> None:
    """A folder that may not be listed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "drop").mkdir()
        Path(folder, "drop", "a.csv").write_text("1,one\n", encoding="utf-8")
        with _forbidden(Path(folder, "drop")):
            session.read.csv(f"{folder}/drop").show()


def forbidden_target(session: SparkSession, data: str) -> None:
    """A result written where nobody may write."""
    with tempfile.TemporaryDirectory() as folder, _forbidden(Path(folder)):
        session.range(1000).write.json(f"{folder}/result/today")


def forbidden_in_udf(session: SparkSession, data: str) -> None:
    """A function that opens a key file it may not read."""
    with tempfile.NamedTemporaryFile() as key, _forbidden(Path(key.name)):
        name = key.name

        def sign(value: int) -> int:
            return len(Path(name).read_bytes()) + value

        session.range(10).select(f.udf(sign, "long")("id")).show()


VARIANTS = {
    function.__name__: function for function in (forbidden_file, forbidden_folder, forbidden_target, forbidden_in_udf)
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
