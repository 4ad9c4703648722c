"""A real fault, repaired by its diagnosis, by a lab that was killed in the middle. Minutes long."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def _command(home: Path) -> subprocess.Popen[str]:
    words = ("lab", "repair", "--only", "result_collect", "--out", str(home / "out"))
    return subprocess.Popen(
        [sys.executable, "-m", "sparkwright.cli", *words],
        env=os.environ | {"SPARKWRIGHT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_killed_lab_goes_on_and_repairs_a_real_fault_without_its_truth(tmp_path: Path) -> None:
    killed = _command(tmp_path)
    deadline = time.monotonic() + 200
    while killed.poll() is None and time.monotonic() < deadline:
        if list((tmp_path / "out").glob("*/truth/*.json")):  # the fault came, the repair is on its way
            break
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "out" / "rows.jsonl").exists()

    again = _command(tmp_path)
    said, _ = again.communicate(timeout=500)
    assert again.returncode == 0, said
    [row] = map(json.loads, (tmp_path / "out" / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    assert (row["state"], row["named"], row["right"]) == ("done", "driver_result_size_exceeded", True)
    assert row["succeeded"], row
    assert row["properties"]["spark.driver.maxResultSize"] != "512m"  # the lab's own repair
    assert "repaired, then succeeded: 1 of 1" in said

    done = _command(tmp_path)
    said, _ = done.communicate(timeout=100)
    assert done.returncode == 0, said
    assert len((tmp_path / "out" / "rows.jsonl").read_text(encoding="utf-8").splitlines()) == 1
