"""Run by a fixture: real Spark writes one event log per codec, and one of a failed application, below argv[1]."""

import sys
from pathlib import Path

from pyspark import SparkConf
from pyspark.sql import SparkSession

CODECS = ("none", "zstd", "lz4", "snappy", "lzf")


def session(folder: Path, codec: str, *, rolling: bool, launch_id: str) -> SparkSession:
    (folder / "eventlogs").mkdir(parents=True, exist_ok=True)
    conf = SparkConf(loadDefaults=False).setAll(
        [
            ("spark.master", "local[2]"),
            ("spark.app.name", f"nightly {launch_id} 2026-01-02"),
            ("spark.ui.enabled", "false"),
            ("spark.driver.bindAddress", "127.0.0.1"),
            ("spark.driver.host", "127.0.0.1"),
            ("spark.sql.shuffle.partitions", "3"),
            ("spark.sql.warehouse.dir", str(folder / "warehouse")),
            ("spark.eventLog.enabled", "true"),
            ("spark.eventLog.dir", f"file://{folder / 'eventlogs'}"),
            ("spark.eventLog.compress", str(codec != "none").lower()),
            ("spark.eventLog.compression.codec", codec if codec != "none" else "zstd"),
            ("spark.eventLog.rolling.enabled", str(rolling).lower()),
            ("spark.eventLog.rolling.maxFileSize", "10m"),
            ("spark.eventLog.logStageExecutorMetrics", "true"),
            ("spark.executor.metrics.pollingInterval", "50ms"),
            ("spark.hadoop.fs.s3a.secret.key", "hunter2-never-in-the-lake"),
            ("spark.sparkwright.launchId", launch_id),
        ]
    )
    return SparkSession.builder.config(conf=conf).getOrCreate()


def work(spark: SparkSession) -> None:
    spark.range(0, 20_000, 1, 4).selectExpr("id % 7 as k", "id as v").groupBy("k").sum("v").collect()


def main(folder: Path) -> None:
    drivers = folder / "drivers"
    drivers.mkdir(parents=True)
    for codec in CODECS:
        launch_id = f"good-{codec}"
        spark = session(folder, codec, rolling=codec == "zstd", launch_id=launch_id)
        work(spark)
        spark.stop()
        (drivers / f"{launch_id}.exit").write_text("0\n")
    spark = session(folder, "zstd", rolling=True, launch_id="bad")
    work(spark)
    try:
        spark.sql("select raise_error('token=hunter3-never-in-the-lake ' || id) from range(2)").collect()
    except Exception as error:
        printed = ["26/01/02 03:04:05 INFO SparkContext: fine", "Traceback (most recent call last):", repr(error)]
        (drivers / "bad.log").write_text("\n".join(printed))
    spark.stop()
    (drivers / "bad.exit").write_text("1\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
