"""What each launcher adds to a submission: the whole command in a process of its own; a service answers at once.

    python -m evaluation.benchmarks.launchers [--repeats 7]

The service is a socket of this process with one answer for everybody, so what a real one takes to decide is not in the
figures; what Python needs to start is. ``submit`` runs a script that ends at once in the place of spark-submit; what
that script takes alone is subtracted. The files are those of ``docs/examples``. The least of the repeats is shown, of
processor time and on the clock: the machine may be busy.
"""

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table

_ROOT = Path(__file__).resolve().parents[2]
_EXAMPLES = _ROOT / "docs" / "examples"
_BODY = (
    b'{"decision_id": "d1", "workload_id": "etl/nightly", "reasons": [], '
    b'"allocation": {"spark.executor.memory": "4096m", "spark.sql.shuffle.partitions": "64"}}'
)
_SPARK_SUBMIT = "#!/bin/sh\nexit 0\n"
_LAUNCHERS: dict[str, Sequence[str]] = {
    "submit": ("submit", "--master", "yarn", "job.py"),
    "submit --dry-run": ("submit", "--dry-run", "--master", "yarn", "job.py"),
    "submit with SPARKWRIGHT_OFF=1": ("submit", "--master", "yarn", "job.py"),
    "operator, 3 manifests": ("operator", str(_EXAMPLES / "spark_application.yaml")),
    "inject livy": ("inject", "--format", "livy", str(_EXAMPLES / "livy_batch.json")),
    "inject kyuubi": ("inject", "--format", "kyuubi", str(_EXAMPLES / "kyuubi-session-nightly.conf")),
    "inject databricks": ("inject", "--format", "databricks", str(_EXAMPLES / "databricks_job.json")),
    "inject emr": ("inject", "--format", "emr", str(_EXAMPLES / "emr_steps.json")),
    "inject emr-serverless": ("inject", "--format", "emr-serverless", str(_EXAMPLES / "emr_serverless_job.json")),
    "inject dataproc": ("inject", "--format", "dataproc", str(_EXAMPLES / "dataproc_job.json")),
}
_PROGRAM = "import sys\nif sys.argv[1:]: import sparkwright; sparkwright.advise('nightly_orders')"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="overhead of the launchers")
    parser.add_argument("--repeats", type=int, default=7, help="how often each is run")
    args = parser.parse_args()
    table = Table("launcher", "processor ms", "ms on the clock")
    with tempfile.TemporaryDirectory(prefix="sparkwright-benchmark-") as name, _service() as url:
        program = Path(name) / "spark" / "bin" / "spark-submit"
        program.parent.mkdir(parents=True)
        program.write_text(_SPARK_SUBMIT)
        program.chmod(0o755)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
        environ |= {
            "SPARKWRIGHT_HOME": str(Path(name) / "home"),
            "SPARKWRIGHT_SERVICE_URL": url,
            "SPARK_HOME": str(program.parent.parent),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))),
        }
        alone = _least([str(program)], environ, args.repeats, is_off=True)
        for launcher, words in _LAUNCHERS.items():
            is_off = "OFF" in launcher
            line = [sys.executable, "-m", "sparkwright.cli", *words]
            took = _least(line, environ | ({"SPARKWRIGHT_OFF": "1"} if is_off else {}), args.repeats, is_off=is_off)
            beside = alone if launcher.startswith("submit") and "dry" not in launcher else (0.0, 0.0)
            table.add_row(launcher, *(f"{1000 * (one - less):.0f}" for one, less in zip(took, beside, strict=True)))
        program_alone = _least([sys.executable, "-c", _PROGRAM], environ, args.repeats, is_off=True)
        took = _least([sys.executable, "-c", _PROGRAM, "advise"], environ, args.repeats, is_off=False)
        less = zip(took, program_alone, strict=True)
        table.add_row("sparkwright.advise, with its imports", *(f"{1000 * (one - other):.0f}" for one, other in less))
        table.add_row("a task of Airflow", *_in_a_task(environ, args.repeats))
    Console(width=100).print(table)


def _in_a_task(environ: dict[str, str], repeats: int) -> list[str]:
    """Milliseconds within a worker of Airflow, of the processor and on the clock; dashes where there is no provider."""
    words = [sys.executable, "-m", "evaluation.benchmarks.airflow_task", str(repeats)]
    environ = {**environ, "AIRFLOW_HOME": str(Path(environ["SPARKWRIGHT_HOME"]) / "airflow")}
    done = subprocess.run(words, env=environ, cwd=_ROOT, capture_output=True, text=True, check=False)
    if "No module named 'airflow.providers.apache'" in done.stderr:
        return ["-", "-"]
    if done.returncode:
        raise RuntimeError(f"expected {' '.join(words)} to be measured: {done.stderr}")
    return done.stdout.splitlines()[-1].split()


def _least(words: Sequence[str], environ: dict[str, str], repeats: int, *, is_off: bool) -> tuple[float, float]:
    """The least seconds of the processor and on the clock.

    Raises:
        RuntimeError: The command failed, or had no advice.
    """
    processor, clock = [], []
    for _ in range(repeats):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(words, env=environ, cwd=_ROOT, capture_output=True, check=False)
        clock.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        is_advised = is_off or b"decision d1" in done.stdout + done.stderr
        if done.returncode or not is_advised:
            raise RuntimeError(f"expected {' '.join(words)} to go out with advice: {done.stderr.decode()}")
    return min(processor), min(clock)


@contextmanager
def _service() -> Iterator[str]:
    """The address of a service that gives one answer at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=_answer, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _answer(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        received = b""
        while b"\r\n\r\n" not in received and (data := connection.recv(65536)):
            received += data
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
        connection.sendall(head + _BODY)


if __name__ == "__main__":
    main()
