"""A real oracle of one workload, killed in the middle. Minutes long."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_contracts.tables import Oracle, Run
from evaluation.lab.oracle.plan import Trial
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of

PLAN = """
name: tiny
seed: 2
budget_s: 500
grid: {smallest_mib: 512, step_ratio: 1.9, count: 2, generous_mib: 2048}
rules: {repeats: 3, max_repeats: 8, slow_down_limit: 2.0, search_slow_down: 3, min_pairs: 2, above_repeats: 0}
cases:
  - {workload: archive_checksums, scale: 0.2}
"""

pytestmark = pytest.mark.slow


def _command(home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sparkwright.cli", *words],
        env=os.environ | {"SPARKWRIGHT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose oracle was killed with -9 after a few runs and then run to its end."""
    home = tmp_path_factory.mktemp("oracle")
    (home / "tiny.yaml").write_text(PLAN, encoding="utf-8")
    words = ("lab", "oracle", str(home / "tiny.yaml"), "--out", str(home / "out"))
    killed = _command(home, *words)
    deadline = time.monotonic() + 200
    while killed.poll() is None and time.monotonic() < deadline:
        if len(list((home / "out" / "truth").glob("*.json"))) >= 4:
            break
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    (home / "before.json").write_bytes((home / "out" / "manifest.json").read_bytes())
    again = _command(home, *words)
    said, _ = again.communicate(timeout=500)
    assert again.returncode == 0, said
    return home


def test_a_killed_oracle_goes_on_and_repeats_nothing(home: Path) -> None:
    before = json.loads((home / "before.json").read_text("utf-8"))["runs"]
    after = json.loads((home / "out" / "manifest.json").read_text("utf-8"))["runs"]
    assert len(before) >= 3
    assert before.items() <= after.items()
    assert len(list((home / "out" / "eventlogs").iterdir())) == len(after)


def test_what_the_lake_says_is_what_the_runs_say(home: Path) -> None:
    lake = Lake(str(home / "lake"))
    (row,) = rows_of(Oracle, lake.read(Oracle))
    runs = json.loads((home / "out" / "manifest.json").read_text("utf-8"))["runs"]
    ended = [(Trial.of(launch_id), line["root_cause"]) for launch_id, line in runs.items()]
    assert row.oracle_heap_bytes is not None
    at_oracle = [cause for trial, cause in ended if trial.heap_mib * 1024**2 == row.oracle_heap_bytes]
    assert set(at_oracle) == {"none"}
    assert row.repeat_count >= 3
    assert row.run_count == len(ended)
    assert row.oom_count == sum(cause == "executor_heap_oom" for _, cause in ended)


def test_the_runs_of_an_oracle_are_harvested_as_any_others(home: Path) -> None:
    harvest = _command(home, "harvest", "--event-log-dir", str(home / "out" / "eventlogs"))
    said, _ = harvest.communicate(timeout=120)
    assert harvest.returncode == 0, said
    runs = rows_of(Run, Lake(str(home / "lake")).read(Run))
    manifest = json.loads((home / "out" / "manifest.json").read_text("utf-8"))["runs"]
    assert len(runs) == len(manifest)
    assert {run.workload_id for run in runs} == {"archive_checksums"}
    assert {run.origin for run in runs} == {"lab"}
    assert {run.executor_cores_count for run in runs} == {1}
    died = sum(line["root_cause"] == "executor_heap_oom" for line in manifest.values())
    assert sum(run.memory_verdict == "heap_oom" for run in runs) == died
