"""One real cluster for this file: it runs a good job and a failure, is killed in the middle, and goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evaluation.lab.catalogue import CATALOGUE
from evaluation.lab.observation import observe
from evaluation.lab.record import record
from evaluation.lab.truth import read_truth, read_truths, write_truth
from sparkwright.errors import CheckFailed, ConfigError

CAMPAIGN = """
name: tried
seed: 5
budget_s: 120
histories:
  - {workload: tpch_q01, scales: [0.01], executors: [{memory_mib: 512, count: 1, cores_count: 2}]}
faults: [analysis_unknown_column]
"""


def _lab(out: Path, campaign: Path, home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sparkwright.cli", "lab", "run", str(campaign), "--out", str(out), *words],
        env=os.environ | {"SPARKWRIGHT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _daemons(out: Path) -> list[int]:
    """Processes that run somewhere in the campaign folder: the cluster's, the session's, the executors'."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(process, "cwd").resolve().is_relative_to(out) and process.name != str(os.getpid()):
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab") / "tried.yaml"
    path.write_text(CAMPAIGN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ran(campaign: Path) -> Path:
    """A campaign folder whose lab was killed with -9 in the middle and then run again to its end."""
    out, home = campaign.parent / "out", campaign.parent / "home"
    killed = _lab(out, campaign, home)
    deadline = time.monotonic() + 60
    while not list(out.glob(".running/eventlogs/*")) and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    deadline = time.monotonic() + 20
    while _daemons(out) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _daemons(out), "a killed lab left processes behind"
    assert not list((out / "truth").iterdir()), "a killed lab left a truth behind"
    again = _lab(out, campaign, home)
    said, _ = again.communicate(timeout=150)
    assert again.returncode == 0, said
    return out


def _inputs(ran: Path) -> Path:
    """Where the lab that made ``ran`` keeps its inputs, which a recording must not name."""
    return ran.parent / "home" / "lab" / "data"


def test_a_good_run_and_a_failure_leave_logs_exit_codes_and_truths(ran: Path) -> None:
    truths = {
        truth.variant: truth for truth in read_truths(ran, purpose="scoring", splits=("train", "validation", "test"))
    }
    assert set(truths) == {"tpch_q01", "analysis_unknown_column"}
    good, failed = truths["tpch_q01"], truths["analysis_unknown_column"]
    assert (good.root_cause, failed.root_cause) == ("none", "analysis_error")
    assert (ran / "drivers" / f"{good.launch_id}.exit").read_text(encoding="utf-8") == "0\n"
    assert (ran / "drivers" / f"{failed.launch_id}.exit").read_text(encoding="utf-8") == "1\n"
    assert "UNRESOLVED_COLUMN" in (ran / "drivers" / f"{failed.launch_id}.log").read_text(encoding="utf-8")
    for truth in truths.values():
        assert list((ran / "eventlogs" / f"eventlog_v2_{truth.app_id}").glob("events_1_*.zstd"))


def test_nothing_runs_on_and_nothing_is_half_written(ran: Path) -> None:
    assert not _daemons(ran)
    assert sorted(path.name for path in ran.iterdir()) == [
        "drivers",
        "eventlogs",
        "executors",
        "manifest.json",
        "truth",
    ]
    assert len(list((ran / "eventlogs").iterdir())) == 2


def test_a_finished_campaign_is_not_run_again(ran: Path, campaign: Path) -> None:
    before = (ran / "manifest.json").stat().st_mtime_ns
    again = _lab(ran, campaign, campaign.parent / "home")
    said, _ = again.communicate(timeout=30)
    assert again.returncode == 0, said
    assert (ran / "manifest.json").stat().st_mtime_ns == before


def test_another_campaign_may_not_use_the_same_folder(ran: Path, campaign: Path) -> None:
    other = _lab(ran, campaign, campaign.parent / "home", "--set", "seed=6")
    said, _ = other.communicate(timeout=30)
    assert other.returncode == 2
    assert "choose another --out" in said


def test_a_recording_keeps_the_runs_and_loses_the_machine(ran: Path, tmp_path: Path) -> None:
    assert record([ran], tmp_path / "kept", _inputs(ran)) == 2
    for file in (tmp_path / "kept" / "drivers").glob("*.log"):
        text = file.read_text(encoding="utf-8")
        assert str(ran) not in text
        assert sys.prefix not in text


def test_of_the_runs_that_prove_a_fault_the_first_is_recorded(ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran, tmp_path / "ran")
    again = next(
        truth for truth in read_truths(ran, purpose="scoring", splits=("train",)) if truth.root_cause != "none"
    )
    write_truth(again.model_copy(update={"repeat": 2}), tmp_path / "ran" / "truth")
    assert record([tmp_path / "ran"], tmp_path / "kept", _inputs(ran)) == 1
    assert [file.stem for file in (tmp_path / "kept" / "truth").iterdir()] == ["tried-tpch_q01-0.01-00"]


def test_a_fault_whose_runs_are_not_all_in_is_not_recorded(ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran, tmp_path / "ran")
    manifest = tmp_path / "ran" / "manifest.json"
    kept = json.loads(manifest.read_text(encoding="utf-8"))
    kept["campaign"]["proofs"] = 3
    manifest.write_text(json.dumps(kept), encoding="utf-8")
    assert record([tmp_path / "ran"], tmp_path / "kept", _inputs(ran)) == 1
    assert [file.stem for file in (tmp_path / "kept" / "truth").iterdir()] == ["tried-tpch_q01-0.01-00"]


def test_what_has_no_truth_is_not_recorded(ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran, tmp_path / "ran")
    for file in (tmp_path / "ran" / "truth").iterdir():
        file.unlink()
    with pytest.raises(ConfigError, match="expected truth files"):
        record([tmp_path / "ran"], tmp_path / "kept", _inputs(ran))
    assert not (tmp_path / "kept").exists()


def test_a_recording_that_would_name_a_folder_of_inputs_is_refused(ran: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="still names this machine"):
        record([ran], tmp_path / "kept", tmp_path / "elsewhere")
    assert not (tmp_path / "kept").exists()


def test_a_recording_is_recorded_again_with_what_ran_since(ran: Path, tmp_path: Path) -> None:
    record([ran], tmp_path / "kept", _inputs(ran))
    assert record([tmp_path / "kept"], tmp_path / "again", _inputs(ran)) == 2
    for file in (tmp_path / "kept").rglob("*"):
        if file.is_file():
            assert (tmp_path / "again" / file.relative_to(tmp_path / "kept")).read_bytes() == file.read_bytes()
    with pytest.raises(ConfigError, match="expected each launch once"):
        record([ran, tmp_path / "kept"], tmp_path / "twice", _inputs(ran))


def test_the_proof_of_a_fault_is_not_found_in_the_log_of_a_good_run(ran: Path) -> None:
    truth = read_truth(ran / "truth" / "tried-tpch_q01-0.01-00.json")
    good = observe(ran / "eventlogs" / f"eventlog_v2_{truth.app_id}", ran / "drivers" / "tried-tpch_q01-0.01-00.log", 0)
    assert good.tasks
    assert not [name for name, fault in CATALOGUE.items() if fault.symptom.seen_in(good)]
