"""The readers that run in a JVM: the History Server's replay, ``spark.read.json``, and NVIDIA's qualification tool."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import psutil

from evaluation.benchmarks.took import TASK_FIELDS, Took, cpu_s, peak_bytes
from evaluation.lab import processes
from sparkwright.errors import SparkwrightError
from sparkwright.history.sources.codecs import decoded

_HEAP = "4g"
_PATIENCE_S = 240.0
_QUALIFICATION = "com.nvidia.spark.rapids.tool.qualification.QualificationMain"


def history_server(log: Path, app_id: str) -> Took:
    """The first question about an application to a History Server with a store in memory, which replays its log.

    Raises:
        SparkwrightError: The server did not list the application, or did not answer.
    """
    with tempfile.TemporaryDirectory(prefix="history-server-") as folder:
        port = processes.free_port()
        options = {"ui.port": port, "fs.logDirectory": log.parent.as_uri(), "fs.update.interval": "1s"}
        env = processes.spark_environment(Path(folder)) | {
            "SPARK_DAEMON_MEMORY": _HEAP,
            "SPARK_HISTORY_OPTS": " ".join(f"-Dspark.history.{name}={value}" for name, value in options.items()),
        }
        command = [f"{env['SPARK_HOME']}/bin/spark-class", "org.apache.spark.deploy.history.HistoryServer"]
        with (Path(folder) / "server.log").open("wb") as output:
            server = processes.start(command, env=env, folder=Path(folder), output=output)
            try:
                api = f"http://127.0.0.1:{port}/api/v1/applications"
                _wait_until_listed(api, app_id)
                before, started = cpu_s(server.pid), time.monotonic()
                with urllib.request.urlopen(f"{api}/{app_id}/jobs?status=failed", timeout=_PATIENCE_S) as answer:
                    answer.read()
                return Took(cpu_s(server.pid) - before, time.monotonic() - started, peak_bytes(server.pid))
            finally:
                processes.stop(server)


def _wait_until_listed(api: str, app_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(api, timeout=10) as answer:
                if any(listed["id"] == app_id for listed in json.load(answer)):
                    return
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.5)
    raise SparkwrightError(f"expected the History Server to list {app_id} within {_PATIENCE_S:.0f} s")


def spark_json(log: Path) -> Took:
    """``spark.read.json`` with a schema, from text (its zstd codec is native), warm, on one core."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    with tempfile.TemporaryDirectory(prefix="spark-json-") as folder:
        text = Path(folder) / "log.json"
        with log.open("rb") as stream, text.open("wb") as out:
            out.writelines(decoded(stream))
        builder = SparkSession.builder.master("local[1]").config("spark.driver.memory", _HEAP)
        spark = builder.config("spark.ui.enabled", "false").config("spark.local.dir", folder).getOrCreate()
        try:
            metrics = ", ".join(f"`{name}`: bigint" for name in TASK_FIELDS)
            schema = f"Event string, `Stage ID` bigint, `Task Metrics` struct<{metrics}>"
            events = spark.read.schema(schema).json(str(text)).filter("Event = 'SparkListenerTaskEnd'")
            sums = [f.sum(f"Task Metrics.{name}") for name in TASK_FIELDS]
            events.limit(1000).groupBy("Stage ID").agg(*sums).collect()
            (jvm,) = [child for child in psutil.Process().children(recursive=True) if child.name() == "java"]
            before, started = cpu_s(jvm.pid), time.monotonic()
            events.groupBy("Stage ID").agg(*sums).collect()
            return Took(cpu_s(jvm.pid) - before, time.monotonic() - started, peak_bytes(jvm.pid))
        finally:
            spark.stop()


def qualification(log: Path) -> Took:
    """NVIDIA's qualification of the log by the tool's own jar on its own Spark, the start of the JVM included.

    Its wrapper would fetch a Spark distribution first, so the jar is started as the wrapper does.

    Raises:
        SparkwrightError: The tool is not installed, or failed.
    """
    tool = shutil.which("spark_rapids")
    if tool is None:
        raise SparkwrightError("not installed: no spark_rapids on the PATH")
    where = "import pyspark, spark_rapids_pytools as tools; print(*pyspark.__path__, *tools.__path__, sep='\\n')"
    found = subprocess.run([Path(tool).with_name("python"), "-c", where], capture_output=True, text=True, check=True)
    spark, tools = map(Path, found.stdout.split("\n")[:2])
    jar = next(tools.rglob("rapids-4-spark-tools*.jar"), None)
    if jar is None:
        raise SparkwrightError(f"expected the tool's jar below {tools}, found none")
    with tempfile.TemporaryDirectory(prefix="qualification-") as folder, (Path(folder) / "log").open("wb") as output:
        words = ["java", f"-Xmx{_HEAP}", "-cp", f"{jar}:{spark}/jars/*", _QUALIFICATION, "--output-directory", folder]
        started = time.monotonic()
        process = processes.start([*words, str(log)], env=environment(), folder=Path(folder), output=output)
        _, code, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(code)
        said = (Path(folder) / "log").read_text(errors="replace")
        if process.returncode or "process.success.count = 1" not in said:
            raise SparkwrightError(f"it failed: {said.strip()[-300:]}")
    return Took(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss * 1024)


def environment() -> dict[str, str]:
    """The environment for ``spark_json``: this Python, 127.0.0.1."""
    return os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
