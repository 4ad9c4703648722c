"""The demo's own plumbing; the loop itself is what ``make demo`` runs."""

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from evaluation import closed_loop
from sparkwright.environment import env_file
from sparkwright.errors import CheckFailed
from sparkwright.settings import read_settings


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed_loop, "BIN", Path("/bin"))
    monkeypatch.setattr(closed_loop, "_LIMIT_S", 1)
    monkeypatch.setattr(closed_loop, "_GRACE_S", 1)


@pytest.mark.usefixtures("shell")
def test_a_step_that_takes_too_long_says_so_and_leaves_no_process_of_any_session(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    script = f"setsid sleep 76 & echo $! > {tmp_path / 'pid'}; echo waiting; wait"
    with pytest.raises(CheckFailed, match=r"did not end within 1 s(.|\n)*waiting"):
        closed_loop.run_command(["bash", "-c", script], {}, log)
    left = int((tmp_path / "pid").read_text())
    # Killed; where nobody takes note of an orphan's end it stays a zombie.
    assert not psutil.pid_exists(left) or psutil.Process(left).status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}


@pytest.mark.usefixtures("shell")
def test_a_step_that_fails_shows_what_it_printed_last(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"exit code 7(.|\n)*no luck"):
        closed_loop.run_command(["bash", "-c", "echo no luck; exit 7"], {}, tmp_path / "log")
    closed_loop.run_command(["bash", "-c", "exit 7"], {}, tmp_path / "log", allowed=(0, 7))


_DEMO_OF_ONE_STEP = """
import sys
from pathlib import Path
from evaluation import closed_loop
step = lambda *_, **__: closed_loop.run_command(["bash", "-c", "echo $$ > pid; exec sleep 77"], {}, Path("log"))
closed_loop.BIN, closed_loop.REPOSITORY, closed_loop.close_loop = Path("/bin"), Path.cwd(), step
sys.exit(closed_loop.main(Path("demo")))
"""


def test_a_demo_that_is_asked_to_end_takes_its_step_along(tmp_path: Path) -> None:
    demo = subprocess.Popen([sys.executable, "-c", _DEMO_OF_ONE_STEP], cwd=tmp_path)
    pid = tmp_path / "pid"
    until = time.monotonic() + 60
    while not (pid.exists() and pid.read_text()):
        assert demo.poll() is None and time.monotonic() < until
        time.sleep(0.1)
    demo.terminate()
    assert demo.wait(30) == 130
    assert not psutil.pid_exists(int(pid.read_text()))


def test_nothing_of_the_demo_goes_where_an_installation_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.chdir(tmp_path)
    os.environ["SPARKWRIGHT_LAKE_URI"] = "s3://production/lake"
    Path("production.env").write_text("SPARKWRIGHT_TRACKING_URI=http://production:5000\n")
    os.environ["SPARKWRIGHT_ENV_FILE"] = "production.env"
    home = tmp_path / "demo"
    assert closed_loop._apart(home) == read_settings(env_file())  # what the programs that it starts will read
    where = read_settings(env_file())
    for address in (where.lake_uri, where.tracking_uri, where.artifact_root, where.decision_log_url):
        assert str(home) in address
    assert where.event_log_dir == str(home / "eventlogs")


def test_where_the_output_is_no_terminal_each_step_is_named_at_once_and_told_of_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closed_loop, "_TELL_S", 0.05)
    shown = io.StringIO()
    steps = closed_loop.Steps(tmp_path, Console(file=shown))
    with steps.step("train for long") as log:
        assert shown.getvalue().splitlines() == ["begin           train for long"]
        log.write_text("epoch 7 of [9]")
        deadline = time.monotonic() + 20
        while "0 s  epoch 7 of [9]" not in shown.getvalue():
            assert time.monotonic() < deadline, shown.getvalue()
            time.sleep(0.02)
    assert shown.getvalue().splitlines()[-1].startswith("done")


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the recorded history that every demo reads, harvested."""
    home = tmp_path_factory.mktemp("demo") / "home of the demo"
    logs = closed_loop.HISTORY[0] / "eventlogs"
    _in_shell(home, f"sparkwright harvest --event-log-dir {logs}")
    return home


def _in_shell(home: Path, line: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    env["PATH"] = f"{closed_loop.BIN}:{env['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f'export SPARKWRIGHT_HOME="{home}"; {line}'],
        env=env,
        cwd=closed_loop.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (line, done.stderr)
    return done.stdout


@pytest.mark.parametrize("line", [line for line in closed_loop.NEXT_COMMANDS if line != "sparkwright up"])
def test_what_the_demo_says_comes_next_works_on_what_it_made(demo_home: Path, line: str) -> None:
    assert _in_shell(demo_home, line)


def test_the_demo_says_where_to_go_on(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=40)
    home = tmp_path / "home of the demo"
    closed_loop._show_next(home, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"export SPARKWRIGHT_HOME='{home}'" in shown
    assert all(f"    {line}\n" in shown for line in closed_loop.NEXT_COMMANDS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("first\n  last   one \n\n", "last one"),
        (
            "2026-11-30T18:02:06.69Z [info     ] $ sparkwright promote [airflow.hooks.Sub] loc=subprocess.py:92\n",
            "$ sparkwright promote",
        ),
        ("x" * 200, "x" * 80),
    ],
)
def test_the_last_line_of_a_step_is_told_without_what_airflow_writes_around_it(tmp_path, text, told):
    log = tmp_path / "step.log"
    log.write_text(text)
    assert closed_loop._last_line(log) == told
