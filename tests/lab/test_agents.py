"""The lab's watcher and its slow node, on processes that look like executors."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.lab.agents import acting, container_bytes

HOLDER = "import time; held = bytes([1]) * ({mib} * 1024**2); print('Running task', flush=True); time.sleep(600)"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "app-1" / "0"
    folder.mkdir(parents=True)
    return tmp_path / "work"


def _executor(work: Path, mib: int) -> subprocess.Popen[bytes]:
    """A process that looks like an executor's JVM and has a child that holds memory, as a Python worker does."""
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLDER.format(mib=mib)!r}])"
    words = ["org.apache.spark.executor.CoarseGrainedExecutorBackend", "--executor-id", "0"]
    folder = work / "app-1" / "0"
    with (folder / "stderr").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-c", code, *words], cwd=folder, stdout=output, stderr=output, start_new_session=True
        )


@pytest.fixture
def executor(work: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = _executor(work, mib=220)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


@pytest.mark.parametrize(
    ("properties", "mib"),
    [
        ({"spark.executor.memory": "640m"}, 640 + 384),
        ({"spark.executor.memory": "8g"}, 8192 + 819),
        ({"spark.executor.memory": "640m", "spark.executor.memoryOverhead": "2g"}, 640 + 2048),
        ({"spark.executor.memory": "640m", "spark.executor.pyspark.memory": "1g"}, 640 + 384 + 1024),
    ],
)
def test_a_container_is_as_large_as_yarn_makes_it(properties: dict[str, str], mib: int) -> None:
    assert container_bytes(properties) // 1024**2 == mib


def test_the_watcher_kills_what_holds_more_than_its_container_and_says_so(
    work: Path, executor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    properties = {"spark.executor.memory": "64m", "spark.executor.memoryOverhead": "64m"}
    with acting("watcher", properties, work, tmp_path / "said"):
        assert executor.wait(15) == -15
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert said.startswith(f"executor 0: Container [pid={executor.pid}] is running ")
    assert "of 128 MB physical memory used. Killing container." in said
    assert "the lab's watcher" in said


def test_the_watcher_leaves_alone_what_fits(work: Path, executor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    with acting("watcher", {"spark.executor.memory": "640m"}, work, tmp_path / "said"):
        time.sleep(1.5)
    assert executor.poll() is None
    assert not (tmp_path / "said").exists()


def test_nothing_that_lives_elsewhere_is_watched(executor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with acting(
        "watcher", {"spark.executor.memory": "1m", "spark.executor.memoryOverhead": "1m"}, other, other / "said"
    ):
        time.sleep(1)
    assert executor.poll() is None


def test_a_slow_node_runs_on_at_full_speed_afterwards(
    work: Path, executor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    deadline = time.monotonic() + 10
    while b"Running task" not in (work / "app-1" / "0" / "stderr").read_bytes() and time.monotonic() < deadline:
        time.sleep(0.05)
    with acting("slow_node", {}, work, tmp_path / "said"):
        states = set()
        for _ in range(40):
            time.sleep(0.02)
            states.add(Path(f"/proc/{executor.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0])
    assert "T" in states
    assert Path(f"/proc/{executor.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "T"
    assert "slow node" in (tmp_path / "said").read_text(encoding="utf-8")
