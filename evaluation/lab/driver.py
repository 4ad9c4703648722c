"""Run one application and keep its driver's output: in a shared session, or under its own spark-submit."""

import os
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evaluation.lab import processes
from evaluation.lab.cluster import Cluster
from evaluation.lab.host import Host, command_on, master
from evaluation.lab.session import Order, write_order
from sparkwright.errors import SparkwrightError

DRIVER_PROPERTIES = {"spark.driver.memory": "1g", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
_LAB = Path(__file__).resolve().parent


class TimeLimitError(SparkwrightError):
    """An application took longer than its limit and was stopped.

    Attributes:
        exit_code: Exit code of the application's own driver, after it was asked to end.
    """

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Session:
    """A driver JVM shared by successive applications; started on first use and again after a time limit."""

    def __init__(self, running: Cluster) -> None:
        self._running = running
        self._log = running.folder / "session.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._orders = self._answers = -1

    def run(self, script: Path, arguments: Sequence[str], properties: dict[str, str], log: Path, limit_s: float) -> int:
        """Run a script and return the exit code it would have had; its part of the driver's output goes to ``log``.

        Raises:
            TimeLimitError: It ran longer than ``limit_s`` seconds; the JVM was stopped.
        """
        if self._process is None:
            self._start()
        begin_bytes = self._log.stat().st_size
        module = ".".join(("evaluation", "lab", *script.relative_to(_LAB).with_suffix("").parts))
        order = Order(module, tuple(arguments), {"spark.master": self._running.master_url, **properties})
        try:
            os.write(self._orders, write_order(order))
            ready, _, _ = select.select([self._answers], [], [], limit_s)
            answer = os.read(self._answers, 64) if ready else b""
        except BaseException:
            self.close()
            raise
        with self._log.open("rb") as said:
            said.seek(begin_bytes)
            log.write_bytes(said.read())
        if not answer:
            self.close()
            if ready:
                raise SparkwrightError(f"the driver JVM of the lab's session died; see {self._log}")
            raise TimeLimitError(f"{order.properties['spark.app.name']} ran longer than {limit_s:.0f} s")
        return int(answer)

    def _start(self) -> None:
        child_orders, self._orders = os.pipe()
        self._answers, child_answers = os.pipe()
        # JVM settings cannot change from application to application, so they are passed when the JVM starts.
        options = " ".join(f"--conf {name}={value}" for name, value in DRIVER_PROPERTIES.items())
        env = self._running.env | {"PYSPARK_SUBMIT_ARGS": f"{options} pyspark-shell"}
        with self._log.open("ab") as output:
            self._process = processes.start(
                [env["PYSPARK_PYTHON"], "-m", "evaluation.lab.session", str(child_answers)],
                env=env,
                folder=self._running.folder,
                output=output,
                stdin=child_orders,
                pass_fds=[child_answers],
            )
        # The child's pipe ends exist only in the child: when it dies, reading its answers ends.
        os.close(child_orders)
        os.close(child_answers)

    def close(self) -> None:
        """Stop the JVM."""
        if self._process is not None:
            processes.stop(self._process)
            os.close(self._orders)
            os.close(self._answers)
            self._process = None


@contextmanager
def session(running: Cluster) -> Iterator[Session]:
    """Provide a shared driver that is stopped at the end."""
    shared = Session(running)
    try:
        yield shared
    finally:
        shared.close()


def submit(
    running: Cluster,
    script: Path,
    arguments: Sequence[str],
    properties: dict[str, str],
    log: Path,
    limit_s: float,
    host: Host = "cluster",
) -> int:
    """Run spark-submit on ``script`` and return its exit code; everything it prints goes to ``log``.

    Raises:
        TimeLimitError: It ran longer than ``limit_s`` seconds and was stopped.
    """
    command = [f"{running.env['SPARK_HOME']}/bin/spark-submit", "--master", master(host, running.master_url)]
    command += [
        word for name, value in (DRIVER_PROPERTIES | properties).items() for word in ("--conf", f"{name}={value}")
    ]
    command += [str(script), *arguments]
    with log.open("wb") as output:
        process = processes.start(
            command_on(host, running.folder, command), env=running.env, folder=running.folder, output=output
        )
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        raise TimeLimitError(f"{script.name} ran longer than {limit_s:.0f} s", processes.stop(process)) from None
    finally:
        processes.stop(process)
