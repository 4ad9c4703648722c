"""The whole loop once, on a real Spark cluster on this machine: ``make demo``.

Everything is driven from outside, by the commands and DAGs that a person or a scheduler would use: the lab makes fresh
history, the DAGs harvest it, train and fine-tune on it, the service answers from the promoted release, the launcher
submits one real job with its advice, and that job's event log is harvested and judged in turn.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from data_contracts.properties import provenance
from evaluation.lab.cluster import MACHINE_PROPERTIES, cluster, event_log_properties
from evaluation.lab.data import dataset
from evaluation.lab.processes import stopped_by_signals
from sparkwright.errors import CheckFailed, ServiceError, SparkwrightError
from sparkwright.orchestration import LOOPBACK, REPOSITORY, airflow_environment
from sparkwright.settings import Settings, read_settings

BIN = Path(sys.executable).parent
HISTORY = tuple(REPOSITORY / "tests" / "fixtures" / name for name in ("campaign", "histories", "faults"))
"""Event logs recorded by earlier campaigns of the lab: a dozen fresh runs are too little history to learn from."""
WORKLOAD, SCALE = "tpch_q03", 0.08
NEXT_COMMANDS = (
    "sparkwright applications",
    "sparkwright diagnose app-20261124045342-0015",
    "sparkwright compare app-20261124045342-0015 app-20261124045834-0015",
    f"sparkwright recommend --local --app-name {WORKLOAD} --workload {WORKLOAD} --platform standalone",
    "sparkwright feedback",
    "sparkwright up",
)
"""Commands to try next in the home of the demo; the applications are from the recorded history."""
_LIMIT_S, _GRACE_S = 900, 30
_TELL_S = 30.0
_AROUND_MESSAGE = re.compile(r"^\S+ \[\w+ *\] |\s*\[[\w.]+\] loc=\S+$")
"""What Airflow writes around a message: when and how serious before it, who and where after it."""


@dataclass(slots=True)
class Steps:
    """The steps done so far, with their wall time; each step's output goes to its own log file."""

    logs: Path
    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[Path]:
        """Run one step: show that it runs and what it prints, then how long it took. Yields the step's log file."""
        log = self.logs / f"{len(self.seconds) + 1:02d}.log"
        began = time.monotonic()
        finished = threading.Event()
        # A pipe or file cannot show a live line: name each step when it begins, and now and then while it runs.
        moving = self.console.status(title) if self.console.is_terminal else None
        if moving is None:
            self.console.print(f"begin           {title}", highlight=False)

        def tell() -> None:
            while not finished.wait(1 if moving else _TELL_S):
                said = f"{time.monotonic() - began:.0f} s  [dim]{escape(_last_line(log))}[/dim]"
                if moving:
                    moving.update(f"{title}  {said}")
                else:
                    self.console.print(f"      {said}", highlight=False, soft_wrap=True)

        teller = threading.Thread(target=tell, daemon=True)
        with moving or nullcontext():
            teller.start()
            try:
                yield log
            finally:
                finished.set()
                teller.join()
        self.seconds[title] = time.monotonic() - began
        self.console.print(f"[green]done[/green] {self.seconds[title]:6.1f} s  {title}", highlight=False)


def _last_line(log: Path) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2000))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "")
    return " ".join(_AROUND_MESSAGE.sub("", last).split())[:80]


def run_command(
    words: Sequence[str | Path], env: Mapping[str, str], log: Path, *, allowed: Sequence[int] = (0,)
) -> None:
    """Run a program of the environment to its end, its output in ``log``.

    Raises:
        CheckFailed: Its exit code is not allowed, or it did not end in time; the message ends with its last output.
    """
    with _started(words, env, log) as process:
        try:
            ended = f"ended with exit code {process.wait(_LIMIT_S)}"
        except subprocess.TimeoutExpired:
            ended = f"did not end within {_LIMIT_S} s"
    if process.returncode not in allowed:
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise CheckFailed(f"`{' '.join(map(str, words))}` {ended}; {log} ends with\n{last}")


@contextmanager
def served(env: Mapping[str, str], port: int, log: Path) -> Iterator[None]:
    """Run the service inside the block, from ready to stopped."""
    with _started(["sparkwright", "serve", "--host", LOOPBACK, "--port", str(port)], env, log) as process:
        _wait_ready(f"http://{LOOPBACK}:{port}/readyz", process, log)
        yield


@contextmanager
def _started(words: Sequence[str | Path], env: Mapping[str, str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a program of the environment, its output in ``log``; neither it nor its children outlive the block."""
    program, *arguments = map(str, words)
    with log.open("ab") as output:
        output.write(f"$ {' '.join([program, *arguments])}\n".encode())
        output.flush()
        process = subprocess.Popen(
            [BIN / program, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            below = psutil.Process(process.pid).children(recursive=True)  # Airflow's children have their own sessions
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            for left in [*below, process]:
                with suppress(psutil.NoSuchProcess):
                    left.kill()
            process.wait()
            psutil.wait_procs(below, timeout=1)


def _wait_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServiceError(f"expected the service to be ready at {url} within 180 s; see {log}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)


def close_loop(where: Settings, console: Console, *, installation_s: float, port: int) -> Steps:
    """Run the steps of the loop; the last ones print the outcome of the recommendation and of one failure."""
    logs = where.home / "steps"
    logs.mkdir(parents=True)
    env = {"SPARKWRIGHT_HOME": str(where.home), "SPARKWRIGHT_SERVICE_URL": f"http://{LOOPBACK}:{port}"}
    airflow = {**airflow_environment(where), **env}
    steps = Steps(logs, console, {"install": installation_s} if installation_s else {})

    def dag(title: str, dag_id: str, params: Mapping[str, str] | None = None) -> None:
        with steps.step(title) as log:
            run_command(["airflow", "dags", "test", dag_id, "--conf", json.dumps(params or {})], airflow, log)

    with steps.step("lab: fresh runs and failures on a real cluster") as log:
        lab = where.home / "lab" / "demo"
        # A run that did not show what it was meant to (exit 3) is still history.
        run_command(["sparkwright", "lab", "run", "--out", lab], env, log, allowed=(0, 3))
        for folder in ("eventlogs", "drivers", "truth"):
            for source in (lab, *HISTORY):
                shutil.copytree(source / folder, Path(where.event_log_dir).parent / folder, dirs_exist_ok=True)
    with steps.step("Airflow's database") as log:
        run_command(["airflow", "db", "migrate"], airflow, log)
    # Explicit, so that a History Server configured in `.env` is not asked instead.
    logs_here = {"event_log_dir": where.event_log_dir}
    dag("DAG harvest_history: harvest, validate", "harvest_history", logs_here)
    dag("DAG train_forecaster: train, evaluate, promote", "train_forecaster")
    # A demo has only minutes: a twenty-fifth of what a training usually reads.
    budget = {"set": "lora.train_tokens=10000"}
    dag("DAG finetune_troubleshooter: finetune, evaluate, promote", "finetune_troubleshooter", budget)
    started = time.monotonic()
    with served(env, port, logs / "service.log"):
        steps.seconds["service: start until ready"] = time.monotonic() - started
        with steps.step(f"submit {WORKLOAD} with the recommended allocation") as log:
            _submit(where, env, log)
        dag("DAG harvest_history: the new event log", "harvest_history", logs_here)
        dag("DAG feedback: join, decide", "feedback")
        show_outcome(where, console)
        with steps.step("diagnose one failed application") as log:
            answer = _diagnose(lab, env, log)
        console.print(answer, markup=False, highlight=False)
    return steps


def _submit(where: Settings, env: Mapping[str, str], log: Path) -> None:
    data = dataset("tpch", SCALE, where.home / "lab" / "data")
    job = REPOSITORY / "evaluation" / "lab" / "jobs" / "tpch.py"
    with cluster(where.home / "lab" / "cluster", cores_count=4, memory_mib=6144) as running:
        conf = {
            **event_log_properties(Path(where.event_log_dir)),
            **MACHINE_PROPERTIES,
            provenance.ORIGIN: "lab",
            "spark.executor.instances": "2",
            "spark.executor.cores": "1",
            "spark.cores.max": "2",
        }
        words: list[str | Path] = ["sparkwright", "submit", "--workload", WORKLOAD, "--master", running.master_url]
        for name, value in conf.items():
            words += ["--conf", f"{name}={value}"]
        run_command([*words, job, data, WORKLOAD.removeprefix("tpch_")], {**running.env, **env}, log)


def _diagnose(lab: Path, env: Mapping[str, str], log: Path) -> str:
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((lab / "truth").glob("*.json"))]
    failed = [truth for truth in truths if truth["root_cause"] != "none" and truth["app_id"]]
    if not failed:
        raise CheckFailed(f"expected a failed application with its truth in {lab}, found none")
    # A cause that the troubleshooter was not trained on is more informative.
    truth = min(failed, key=lambda truth: truth["split"] == "train")
    run_command(["sparkwright", "diagnose", truth["app_id"]], env, log)
    printed = log.read_text(encoding="utf-8").split("\n", 1)[1]
    return f"\n{printed.rstrip()}\nThe lab injected: {truth['root_cause']} ({truth['variant']})\n"


def show_outcome(where: Settings, console: Console) -> None:
    """Print the forecast for the newest decision next to the outcome of its run.

    Raises:
        CheckFailed: The decision has no outcome: the loop is open.
    """
    from data_contracts.api.recommendation import Forecast
    from data_contracts.tables import Decision, Outcome, Run
    from sparkwright.lake import Lake
    from sparkwright.lake.rows import rows_of

    lake = Lake(where.lake_uri)
    outcomes = rows_of(Outcome, lake.read(Outcome))
    if not outcomes:
        raise CheckFailed("expected an outcome for the submitted decision: its event log carried no decision id")
    outcome = max(outcomes, key=lambda outcome: outcome.decided_at)
    [decision] = rows_of(Decision, lake.read(Decision, filters=[("decision_id", "=", outcome.decision_id)]))
    [run] = rows_of(Run, lake.read(Run, filters=[("app_id", "=", outcome.app_id)]))
    table = Table("", "forecast p10", "p50", "p90", "outcome", title=f"Decision {outcome.decision_id}, {run.app_id}")
    if decision.forecast_json != "null":
        forecast = Forecast.model_validate_json(decision.forecast_json)
        for name, unit, scale in (
            ("duration_ms", "s", 1000),
            ("executor_run_time_ms", "s", 1000),
            ("input_bytes", "MiB", 2**20),
            ("shuffle_write_bytes", "MiB", 2**20),
            ("disk_spilled_bytes", "MiB", 2**20),
        ):
            need, got = getattr(forecast, name), getattr(run, name)
            cells = [f"{value / scale:,.1f}" for value in (need.p10, need.p50, need.p90, got)]
            table.add_row(f"{name.rsplit('_', 1)[0].replace('_', ' ')} ({unit})", *cells)
    console.print(table)
    allocation = ", ".join(f"{name}={value}" for name, value in json.loads(decision.allocation_json).items())
    console.print(f"advised    {allocation}", highlight=False)
    console.print(
        f"applied    {outcome.obeyed}; the run {outcome.status}; memory: {outcome.memory_verdict}; "
        f"release {decision.release_version}",
        highlight=False,
    )


def _report(steps: Steps, console: Console) -> None:
    table = Table("step", "seconds", title="make demo")
    for title, seconds in steps.seconds.items():
        table.add_row(title, f"{seconds:.1f}")
    table.add_row("all", f"{sum(steps.seconds.values()):.1f}", style="bold")
    console.print(table)


def _show_next(home: Path, console: Console) -> None:
    lines = "\n".join(f"    {line}" for line in (f"export SPARKWRIGHT_HOME={shlex.quote(str(home))}", *NEXT_COMMANDS))
    console.print(f"What the demo made stays in {home}. To go on from it:\n\n{lines}\n", markup=False, soft_wrap=True)


def _seconds_of(path: Path) -> float:
    """Return the seconds recorded by ``infra/install.sh``, 0 if it was run before this demo."""
    try:
        return float(path.read_text()) if time.time() - path.stat().st_mtime < 60 else 0.0
    except (OSError, ValueError):
        return 0.0


def _apart(home: Path) -> Settings:
    """Return the settings of the demo and the programs it starts: it must not touch a lake or registry in use.

    Locations to write to that are set in the environment or ``.env`` are ignored.
    """
    names = ("lake_uri", "tracking_uri", "artifact_root", "decision_log_url", "event_log_dir")
    for name in ("home", *names):
        os.environ.pop(f"SPARKWRIGHT_{name.upper()}", None)
    where = read_settings(None, home=home)
    os.environ |= {f"SPARKWRIGHT_{name.upper()}": str(getattr(where, name)) for name in ("home", *names)}
    return where


def main(home: Path = REPOSITORY / ".sparkwright" / "demo", port: int = 3000) -> int:
    """Run the demo and return its exit code: 0 if the loop closed."""
    console = Console()
    shutil.rmtree(home, ignore_errors=True)
    where = _apart(home)
    installation_s = _seconds_of(BIN.parent / ".installed")
    try:
        with stopped_by_signals():
            _report(close_loop(where, console, installation_s=installation_s, port=port), console)
        _show_next(where.home, console)
    except (SparkwrightError, CheckFailed) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
