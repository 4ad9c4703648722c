"""Values for the braces of scenarios: names, paths, numbers and stack frames, varied."""

import random
import re
from collections.abc import Callable

_NOUNS = (
    "orders",
    "events",
    "clicks",
    "users",
    "daily_sales",
    "lineitem",
    "sessions",
    "invoices",
    "sensor",
    "raw_json",
)
_COLUMNS = ("customer_id", "amount", "ts", "country", "price", "qty", "user", "status", "l_extendedprice", "payload")
_MODULES = ("sklearn", "geopandas", "company_features", "xgboost", "nltk.corpus", "pricing.rules", "shapely", "torch")
_PACKAGES = (
    "com.acme.etl",
    "org.example.jobs",
    "io.delta.sql",
    "org.apache.hadoop.fs.s3a",
    "org.postgresql",
    "com.corp",
)
_CLASSES = ("DailyLoad", "Driver", "DeltaCatalog", "S3AFileSystem", "FeatureJob", "JsonSerDe", "Main", "PriceUdf")
_VALUES = ("n/a", "12,50", "abc", "2024-13-01", "1e400", "--", "unknown", "O'Brien", "99999999999", "NULL")
_TYPES = ("INT", "BIGINT", "DOUBLE", "DATE", "DECIMAL(10,2)", "SMALLINT")
_SUFFIXES = ("", "/part-00007.snappy.parquet", "/2026-03-01", "/day=3/data.csv", ".json.gz", "/_delta_log")
_JAVA_FRAMES = (
    "org.apache.spark.util.collection.ExternalSorter.insertAll(ExternalSorter.scala:{n})",
    "org.apache.spark.sql.execution.aggregate.HashAggregateExec.doExecute(HashAggregateExec.scala:{n})",
    "java.util.Arrays.copyOf(Arrays.java:{n})",
    "org.apache.spark.scheduler.Task.run(Task.scala:{n})",
    "java.io.FileOutputStream.writeBytes(Native Method)",
    "org.apache.spark.executor.Executor$TaskRunner.run(Executor.scala:{n})",
    "scala.collection.Iterator$$anon$10.next(Iterator.scala:{n})",
)
_PYTHON_FRAMES = (
    '  File "{path}.py", line {n}, in {column}\n',
    '  File "/opt/app/jobs/{column}.py", line {n}, in transform\n',
    '  File "/usr/lib/python3/dist-packages/pyspark/worker.py", line {n}, in process\n',
)
_BRACES = re.compile(r"\{([a-z]+)\}")
_ANALYSIS_EXCEPTIONS = (
    "org.apache.spark.sql.AnalysisException",
    "pyspark.errors.exceptions.captured.AnalysisException",
)
_SPARK_EXCEPTIONS = ("org.apache.spark.SparkException", "org.apache.spark.SparkRuntimeException", "")


def name(rng: random.Random) -> str:
    """A word that may replace one of Spark's `<placeholders>`."""
    return rng.choice((*_NOUNS, *_COLUMNS, *_TYPES, str(rng.randint(1, 999))))


def spark_exception(rng: random.Random, *, at_analysis: bool) -> str:
    """A class that Spark throws error conditions with; empty at times, except at analysis."""
    return rng.choice(_ANALYSIS_EXCEPTIONS if at_analysis else _SPARK_EXCEPTIONS)


def fill(text: str, rng: random.Random) -> str:
    """The text with every `{brace}` replaced by a random value of its kind."""
    return _BRACES.sub(lambda match: _FILLERS[match.group(1)](rng), text)


def _path(rng: random.Random) -> str:
    root = rng.choice(("/data", "/warehouse", "/mnt/lake", "/tmp", "/user/etl"))
    return f"{root}/{rng.choice(_NOUNS)}{rng.choice(_SUFFIXES)}"


def _host(rng: random.Random) -> str:
    return rng.choice(
        (f"node-{rng.randint(1, 40)}", f"10.0.{rng.randint(0, 9)}.{rng.randint(2, 99)}", "127.0.0.1", "db")
    )


def _frames(rng: random.Random) -> str:
    chosen = rng.sample(_JAVA_FRAMES, rng.randint(1, 3))
    return "\n".join(f"\tat {fill(frame, rng)}" for frame in chosen)


def _python_frames(rng: random.Random) -> str:
    return "".join(fill(frame, rng) for frame in rng.sample(_PYTHON_FRAMES, rng.randint(1, 2)))


_FILLERS: dict[str, Callable[[random.Random], str]] = {
    "path": _path,
    "host": _host,
    "port": lambda rng: str(rng.randint(1024, 65535)),
    "n": lambda rng: str(rng.choice((0, 1, 3, 7, rng.randint(10, 99), rng.randint(100, 999)))),
    "mib": lambda rng: str(rng.randint(100, 9000)),
    "bytes": lambda rng: str(rng.randint(10**5, 10**9)),
    "stage": lambda rng: str(rng.randint(0, 40)),
    "executor": lambda rng: str(rng.randint(0, 12)),
    "column": lambda rng: rng.choice(_COLUMNS),
    "table": lambda rng: rng.choice(_NOUNS),
    "module": lambda rng: rng.choice(_MODULES),
    "class": lambda rng: f"{rng.choice(_PACKAGES)}.{rng.choice(_CLASSES)}",
    "value": lambda rng: rng.choice(_VALUES),
    "type": lambda rng: rng.choice(_TYPES),
    "frames": _frames,
    "pyframes": _python_frames,
}
