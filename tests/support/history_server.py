"""A real Spark History Server for tests: the one that comes with the installed pyspark."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation.lab import processes
from sparkwright.history.sources.history_server import HistoryServer

_PATIENCE_S = 60.0


@contextmanager
def history_server(event_log_dir: Path, folder: Path, application_count: int) -> Iterator[str]:
    """The address of a History Server over ``event_log_dir`` once it lists so many applications.

    Args:
        event_log_dir: Event logs, looked through again every second.
        folder: Where it may write, its output to ``history-server.log``.
        application_count: How many applications it has to list before it counts as ready.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "spark.history.ui.port": "0",
        "spark.ui.bindAddress": "127.0.0.1",
        "spark.history.fs.logDirectory": event_log_dir.resolve().as_uri(),
        "spark.history.fs.update.interval": "1s",
    }
    env = processes.spark_environment(folder)
    log = folder / "history-server.log"
    with log.open("wb") as output:
        server = processes.start(
            [f"{env['SPARK_HOME']}/bin/spark-class", "org.apache.spark.deploy.history.HistoryServer"],
            env=env
            | {
                "SPARK_DAEMON_MEMORY": "1g",
                "SPARK_HISTORY_OPTS": " ".join(f"-D{name}={value}" for name, value in options.items()),
            },
            folder=folder,
            output=output,
        )
        try:
            until = time.monotonic() + _PATIENCE_S
            while not (bound := re.search(r"HistoryServerUI' on port (\d+)", log.read_text())):
                assert server.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            url = f"http://127.0.0.1:{bound[1]}"
            with HistoryServer(url) as client:
                while (found := len(list(client.applications()))) < application_count:
                    assert server.poll() is None and time.monotonic() < until, f"{found} listed\n{log.read_text()}"
                    time.sleep(0.1)
            yield url
        finally:
            processes.stop(server)
