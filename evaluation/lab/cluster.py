"""A Spark standalone cluster on this machine: one master, one or more workers, and executors as requested."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from urllib.error import URLError

from evaluation.lab import processes
from evaluation.lab.truth import Metrics
from sparkwright.errors import SparkwrightError

_START_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        master_url: What ``--master`` takes.
        ui_url: The master's page.
        folder: Where daemons write their logs and executors their work.
        env: Environment for processes that submit to it.
    """

    master_url: str
    ui_url: str
    folder: Path
    env: dict[str, str]


MACHINE_PROPERTIES = {
    # Runs of seconds are mostly compilation: the quick compiler only, which leaves heap and collector as they are.
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.ui.showConsoleProgress": "false",
    # Parquet's vectored reads of local files go past Hadoop's counters: `Bytes Read` would be footers only.
    "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
}
"""Properties for runs on a small machine with local files."""


_ALL_METRICS = {
    "spark.eventLog.logStageExecutorMetrics": "true",
    "spark.executor.processTreeMetrics.enabled": "true",
    # Each poll of the process tree forks a pgrep: polling more often would mostly measure itself.
    "spark.executor.metrics.pollingInterval": "500ms",
    "spark.executor.heartbeatInterval": "2s",
}


def event_log_properties(event_log_dir: Path, metrics: Metrics = "full") -> dict[str, str]:
    """Return Spark properties for writing an event log, by default with all available memory evidence."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": event_log_dir.resolve().as_uri(),
        "spark.eventLog.compress": "true",
        "spark.eventLog.compression.codec": "zstd",
        "spark.eventLog.rolling.enabled": "true",
        "spark.ui.enabled": "false",
        **(_ALL_METRICS if metrics == "full" else {}),
    }


@contextmanager
def cluster(folder: Path, *, cores_count: int = 4, memory_mib: int = 6144, workers_count: int = 1) -> Iterator[Cluster]:
    """Run a healthy cluster; all its processes are stopped at the end, also on Ctrl-C, SIGTERM or a killed lab.

    Args:
        folder: For daemon logs and executor work folders; created if absent.
        cores_count: Cores a worker offers; more than the machine has is allowed and makes executors share.
        memory_mib: Executor heap a worker offers in total, in MiB.
        workers_count: Each worker after the first is another host to Spark: another address of the loopback.

    Raises:
        MissingProgramError: Java or pyspark is not installed.
        SparkwrightError: The daemons did not become healthy; the message names their logs.
    """
    conf_dir = folder / "conf"
    conf_dir.mkdir(parents=True, exist_ok=True)
    env = processes.spark_environment(conf_dir)
    port, ui_port = processes.free_port(), processes.free_port()
    running = Cluster(f"spark://127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}", folder, env)
    master = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(ui_port)]
    with processes.stopped_by_signals(), ExitStack() as stack:
        daemons = [stack.enter_context(_daemon("master.Master", "master", master, running))]
        _wait_for(running, "a master", daemons, lambda state: True)
        for number in range(1, workers_count + 1):
            worker = ["--host", f"127.0.0.{number}", "--port", "0", "--webui-port", "0", "--cores", str(cores_count)]
            worker += ["--memory", f"{memory_mib}m", "--work-dir", str(folder / "work"), running.master_url]
            daemons.append(stack.enter_context(_daemon("worker.Worker", f"worker-{number}", worker, running)))
        _wait_for(running, "its workers", daemons, lambda state: state.get("aliveworkers") == workers_count)
        yield running


@contextmanager
def _daemon(main: str, name: str, arguments: list[str], running: Cluster) -> Iterator[Popen[bytes]]:
    command = [f"{running.env['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.deploy.{main}", *arguments]
    log = running.folder / f"{name}.log"
    with log.open("wb") as output:
        process = processes.start(
            command,
            env=running.env | {"SPARK_DAEMON_MEMORY": "256m"},
            folder=running.folder,
            output=output,
        )
        try:
            yield process
        finally:
            processes.stop(process)


def _wait_for(
    running: Cluster, what: str, daemons: list[Popen[bytes]], healthy: Callable[[dict[str, object]], bool]
) -> None:
    deadline = time.monotonic() + _START_PATIENCE_S
    while time.monotonic() < deadline and all(daemon.poll() is None for daemon in daemons):
        try:
            with urllib.request.urlopen(f"{running.ui_url}/json/", timeout=5) as answer:
                if healthy(json.load(answer)):
                    return
        except (URLError, ConnectionError, TimeoutError, json.JSONDecodeError):
            pass
        time.sleep(0.2)
    raise SparkwrightError(
        f"expected {what} to be healthy within {_START_PATIENCE_S:.0f} s; see the logs in {running.folder}"
    )
