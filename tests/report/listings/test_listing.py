"""``sparkwright applications`` and ``sparkwright quarantine`` over real logs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data_contracts.api.listing import ApplicationList, QuarantineList
from sparkwright.cli import main
from sparkwright.history.harvest.incremental import harvest
from sparkwright.lake import Lake
from sparkwright.report.listings.applications import SORTS, list_applications, list_quarantine
from sparkwright.report.listings.args import _SORTS
from tests.support.history_contents import command

REPOSITORY = Path(__file__).resolve().parents[3]
CAMPAIGN = REPOSITORY / "tests" / "fixtures" / "campaign"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("campaign")
    logs = folder / "logs"
    logs.mkdir()
    for number, recorded in enumerate(sorted((CAMPAIGN / "eventlogs").iterdir())):
        if number % 6 == 0:
            shutil.copytree(recorded, logs / recorded.name)
    (logs / "notes.txt").write_text("no event log\n")
    (logs / "empty").write_bytes(b"")
    lake = Lake(str(folder / "lake"))
    harvest(logs, None, lake)
    return lake


def test_failed_ones_have_a_cause_and_waste_all_they_held(lake: Lake) -> None:
    found = list_applications(lake)
    failed = [one for one in found if one.status == "failed"]
    others = [one for one in found if one.status != "failed"]
    assert failed
    assert others
    assert all(one.root_cause for one in failed)
    assert any(one.root_cause != "unknown" for one in failed)
    assert all(one.root_cause is None for one in others)
    assert all(one.wasted_gib_h == one.memory_gib_h for one in failed)
    for one in others:
        assert one.wasted_gib_h is None or 0 <= one.wasted_gib_h <= (one.memory_gib_h or 0)
    assert all(one.duration_s is None or one.duration_s > 0 for one in found)


def test_a_list_is_narrowed_and_sorted(lake: Lake) -> None:
    whole = list_applications(lake)
    assert [one.started_at for one in whole] == sorted((one.started_at for one in whole), reverse=True)
    failed = list_applications(lake, status="failed", sort="waste")
    amounts = [one.wasted_gib_h for one in failed if one.wasted_gib_h is not None]
    assert amounts == sorted(amounts, reverse=True)
    workload = whole[0].workload_id
    assert {one.workload_id for one in list_applications(lake, workload=workload)} == {workload}
    assert list_applications(lake, workload="no such workload") == []
    assert [one.app_id for one in list_applications(lake, sort="id")] == sorted(one.app_id for one in whole)
    assert set(_SORTS) == set(SORTS)


def test_what_was_set_aside_is_listed_with_its_reason(lake: Lake) -> None:
    found = list_quarantine(lake)
    assert [Path(one.source_path).name for one in found] == ["empty", "notes.txt"]
    assert all(one.reason.startswith("expected ") for one in found)
    assert [Path(one.source_path).name for one in list_quarantine(lake, source="NOTES")] == ["notes.txt"]


@pytest.mark.parametrize("what", ["applications", "quarantine"])
def test_json_keeps_its_contract(lake: Lake, capsys: pytest.CaptureFixture[str], what: str) -> None:
    assert main([what, "--lake", lake.uri, "--json", "--top", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    contract = {"applications": ApplicationList, "quarantine": QuarantineList}[what].model_validate(told)
    assert contract.version == 1
    entries = contract.applications if isinstance(contract, ApplicationList) else contract.entries
    assert len(entries) > 1


@pytest.mark.parametrize("width", [60, 100, 160])
def test_any_width_shows_whole_ids(
    lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["applications", "--lake", lake.uri]) == 0
    told = capsys.readouterr().out
    assert all(one.app_id in told for one in list_applications(lake))
    assert all(len(line.rstrip()) <= width for line in told.splitlines())
    assert main(["applications", "--lake", lake.uri, "--top", "1"]) == 0
    assert "1 shown (--top)" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize("what", ["applications", "quarantine"])
def test_a_reader_that_goes_away_is_no_fault(lake: Lake, what: str) -> None:
    words = [sys.executable, "-m", "sparkwright.cli", what, "--lake", lake.uri, "--json"]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    assert running.wait(60) == 0
    assert running.stderr.read() == b""
    running.stderr.close()


def test_a_lake_that_was_never_filled_says_how(tmp_path: Path) -> None:
    done = subprocess.run(command("applications", home=tmp_path), capture_output=True, text=True)
    assert done.returncode == 2
    assert "`sparkwright harvest`" in done.stderr
    done = subprocess.run(command("quarantine", home=tmp_path), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`sparkwright harvest`" in done.stderr
