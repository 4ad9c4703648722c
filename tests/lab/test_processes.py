import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evaluation.lab import processes
from sparkwright.errors import MissingProgramError

LEADER = "import subprocess, time; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); time.sleep(600)"
LAB = """
import os, pathlib, sys
from evaluation.lab import processes
with open(sys.argv[1], "wb") as output:
    child = processes.start(["sleep", "600"], env=os.environ, folder=pathlib.Path("."), output=output)
print(child.pid, flush=True)
os.read(0, 1)
"""


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _alive(pid)


def test_stopping_a_process_stops_what_it_started(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as output:
        process = processes.start([sys.executable, "-c", LEADER], env=os.environ, folder=tmp_path, output=output)
    while not (tmp_path / "out").read_text(encoding="utf-8").endswith("\n"):
        time.sleep(0.02)
    grandchild = int((tmp_path / "out").read_text(encoding="utf-8"))
    assert _alive(grandchild)
    processes.stop(process)
    assert _gone(grandchild)


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as output:
        command = ["bash", "-c", "trap '' TERM; echo deaf; while true; do sleep 0.1; done"]
        process = processes.start(command, env=os.environ, folder=tmp_path, output=output)
    while not (tmp_path / "out").read_bytes():
        time.sleep(0.02)
    assert processes.stop(process, patience_s=0.5) == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux only")
def test_what_the_lab_started_ends_when_the_lab_is_killed(tmp_path: Path) -> None:
    lab = subprocess.Popen(
        [sys.executable, "-c", LAB, str(tmp_path / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert lab.stdout is not None
    child = int(lab.stdout.readline())
    assert _alive(child)
    lab.kill()
    lab.wait()
    assert _gone(child)


def test_without_java_the_package_to_install_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingProgramError, match="openjdk-17-jre-headless"):
        processes.spark_environment(tmp_path)


def test_spark_settings_of_the_caller_do_not_reach_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_DAEMON_JAVA_OPTS", "-Xmx1m")
    monkeypatch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
    environment = processes.spark_environment(tmp_path)
    assert "SPARK_DAEMON_JAVA_OPTS" not in environment
    assert "HADOOP_CONF_DIR" not in environment
    assert environment["SPARK_LOCAL_IP"] == "127.0.0.1"
