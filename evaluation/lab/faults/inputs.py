"""Reads what is not there, is broken, is forbidden, or does not answer.

spark-submit inputs.py VARIANT TPCH_FOLDER
"""

import gzip
import json
import logging
import sys
import tempfile
import urllib.request
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def parquet_gone(session: SparkSession, data: str) -> None:
    """A daily partition that was never written."""
    session.read.parquet(f"{data}/orders_2024_02_30").count()


def csv_gone(session: SparkSession, data: str) -> None:
    """A drop folder that is empty today."""
    session.read.csv(f"{data}/incoming/*/*.csv", header=True).show()


def text_gone(session: SparkSession, data: str) -> None:
    """A text file read through the RDD API."""
    print(session.sparkContext.textFile(f"{data}/access.log").count())


def vanished(session: SparkSession, data: str) -> None:
    """Files that are there when the query is planned and gone when it runs."""
    with tempfile.TemporaryDirectory() as folder:
        session.read.parquet(f"{data}/nation").write.parquet(f"{folder}/nation")
        nations = session.read.parquet(f"{folder}/nation")
        for file in Path(folder, "nation").glob("part-*"):
            file.unlink()
        print(nations.where("n_nationkey > 3").collect())


def not_parquet(session: SparkSession, data: str) -> None:
    """Text under a Parquet name."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "part-0.parquet").write_text("id;name\n1;one\n" * 100, encoding="utf-8")
        session.read.schema("id long, name string").parquet(folder).show()


def damaged_pages(session: SparkSession, data: str) -> None:
    """A Parquet file whose footer is whole and whose pages are not."""
    with tempfile.TemporaryDirectory() as folder:
        source = next(Path(data, "orders").glob("*.parquet"))
        content = bytearray(source.read_bytes())
        content[2000:20000] = b"\x5a" * 18000
        Path(folder, "part-0.parquet").write_bytes(content)
        session.read.parquet(folder).write.format("noop").mode("overwrite").save()


def cut_gzip(session: SparkSession, data: str) -> None:
    """A compressed export that was cut in transfer."""
    with tempfile.TemporaryDirectory() as folder:
        whole = gzip.compress(b"".join(b"%d,name %d\n" % (number, number * 7919) for number in range(200_000)))
        Path(folder, "export.csv.gz").write_bytes(whole[: len(whole) // 2])
        print(session.read.schema("id long, name string").csv(folder).count())


def bad_records(session: SparkSession, data: str) -> None:
    """JSON lines of which one is cut, read in the mode that does not tolerate it."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [json.dumps({"id": number, "name": "n"}) for number in range(100)]
        Path(folder, "part-0.json").write_text("\n".join([*lines, '{"id": 100, "na']), encoding="utf-8")
        session.read.schema("id long, name string").json(folder, mode="FAILFAST").agg(f.sum("id")).show()


def hdfs_down(session: SparkSession, data: str) -> None:
    """A name node that does not listen."""
    session.read.parquet("hdfs://127.0.0.1:9/warehouse/orders").show()


def socket_in_udf(session: SparkSession, data: str) -> None:
    """A UDF that asks a cache which is down."""

    def look_up(key: int) -> str:
        import socket

        with socket.create_connection(("127.0.0.1", 9), timeout=3) as cache:
            cache.sendall(str(key).encode())
            return cache.recv(100).decode()

    session.read.parquet(f"{data}/nation").select(f.udf(look_up)("n_nationkey")).show()


def rest_on_driver(session: SparkSession, data: str) -> None:
    """A driver that fetches its settings from a service which is down."""
    print(session.read.parquet(f"{data}/nation").count())
    with urllib.request.urlopen("http://127.0.0.1:9/settings.json", timeout=3) as answer:
        print(answer.read())


def database_down(session: SparkSession, data: str) -> None:
    """A table of a database that does not listen, joined to one that is there."""
    options = {
        "url": "jdbc:hive2://127.0.0.1:9/shop",
        "dbtable": "regions",
        "driver": "org.apache.hive.jdbc.HiveDriver",
    }
    try:
        regions = session.read.format("jdbc").options(**options).load()
    except Exception:
        logging.exception("no regions")  # while the session can still tell what the JVM said
        raise
    session.read.parquet(f"{data}/nation").join(regions, f.col("n_regionkey") == f.col("r_regionkey")).show()


def missing_format(session: SparkSession, data: str) -> None:
    """A connector that is not on the class path."""
    session.read.format("org.elasticsearch.spark.sql").load("orders/_doc").show()


def missing_driver(session: SparkSession, data: str) -> None:
    """A database without its JDBC driver."""
    options = {"url": "jdbc:mysql://127.0.0.1/shop", "dbtable": "orders", "driver": "com.mysql.cj.jdbc.Driver"}
    session.read.format("jdbc").options(**options).load().show()


def missing_function(session: SparkSession, data: str) -> None:
    """A registered function whose jar is not there."""
    session.sql("create temporary function mask_email as 'com.acme.spark.udf.MaskEmail'")
    session.sql("select mask_email('a@b.c')").show()


VARIANTS = {
    function.__name__: function
    for function in (
        parquet_gone,
        csv_gone,
        text_gone,
        vanished,
        not_parquet,
        damaged_pages,
        cut_gzip,
        bad_records,
        hdfs_down,
        socket_in_udf,
        rest_on_driver,
        database_down,
        missing_format,
        missing_driver,
        missing_function,
    )
}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
