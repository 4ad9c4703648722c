"""Logs by place and path: whoever asks is a stranger, and nothing outside of the places is opened."""

import os
import shutil
import tracemalloc
from pathlib import Path

import pytest
from pydantic import ValidationError

from data_contracts.api.diagnosis_job import LogAddress
from sparkwright.advisor import local
from sparkwright.advisor.local import diagnose_application
from sparkwright.advisor.placed_logs import find_log, is_here, read_placed
from sparkwright.errors import ConfigError, LakeError
from sparkwright.settings import read_settings

CAMPAIGN = Path(__file__).parents[1] / "fixtures" / "campaign"
SECRET = "ERROR Main: java.lang.OutOfMemoryError: a password of another user\n"


@pytest.fixture
def where(tmp_path, monkeypatch):
    """An installation with event logs, drivers' output beside them, and something that is nobody's business."""
    for name in list(os.environ):
        if name.startswith("SPARKWRIGHT_"):
            monkeypatch.delenv(name)
    shutil.copytree(CAMPAIGN, tmp_path / "spark")
    (tmp_path / "outside.log").write_text(SECRET)
    return read_settings(home=tmp_path / "home", event_log_dir=str(tmp_path / "spark" / "eventlogs"))


def address(path: str, place: str = "event_logs") -> LogAddress:
    return LogAddress(place=place, path=path)


def failed_name(where) -> str:
    return sorted(path.name for path in Path(where.event_log_dir).iterdir())[0]


@pytest.mark.parametrize(
    "path",
    [
        "../outside.log",
        "a/../../outside.log",
        "..",
        ".",
        "/etc/passwd",
        "//etc/passwd",
        "file:///etc/passwd",
        "s3://bucket/log",
        "a//b",
        "a/",
        "",
        ".hidden",
        "a/.hidden",
        "a\\..\\b",
        "a\0b",
        "a\n",
        "%2e%2e/outside.log",
        "a?b",
        "a#b",
        "~root/../x",
        "x" * 1025,
    ],
)
def test_a_path_that_is_no_name_below_a_place_is_refused_by_its_contract(path):
    with pytest.raises(ValidationError):
        address(path)


def test_a_place_that_nobody_named_is_refused(where):
    with pytest.raises(ValidationError):
        address("passwd", "etc")
    for place in ("yarn", "standalone_work", "databricks"):
        with pytest.raises(ConfigError, match="not set"):
            find_log(address("passwd", place), where)


def test_no_link_leads_out_of_a_place(where, tmp_path):
    logs = Path(where.event_log_dir)
    (logs / "to_file").symlink_to(tmp_path / "outside.log")
    (logs / "to_folder").symlink_to(tmp_path)
    (logs / "to_itself").symlink_to(logs / "to_itself")
    rolling = logs / "eventlog_v2_app-1"
    rolling.mkdir()
    (rolling / "events_1_app-1").symlink_to(tmp_path / "outside.log")
    for path in ("to_file", "to_folder", "to_folder/outside.log", "to_itself", "eventlog_v2_app-1", "to_file/x"):
        with pytest.raises(LakeError, match="found none"):
            read_placed(address(path), where)


def test_a_link_that_stays_inside_is_followed(where):
    name = failed_name(where)
    (Path(where.event_log_dir) / "newest").symlink_to(name)
    assert read_placed(address("newest"), where).app_id == read_placed(address(name), where).app_id


def test_pipes_and_what_is_not_there_are_no_logs(where):
    os.mkfifo(Path(where.event_log_dir) / "pipe")
    for path in ("pipe", "nothing", "nothing/below", failed_name(where) + "/below"):
        with pytest.raises(LakeError, match="found none"):
            read_placed(address(path), where)


def test_an_event_log_says_what_it_says_to_the_command(where):
    name, told = failed_name(where), []
    assert is_here(address(name), where)
    known = read_placed(address(name), where, progress=lambda *one: told.append(one))
    size = sum(path.stat().st_size for path in (Path(where.event_log_dir) / name).glob("events_*"))
    assert (told[0], told[-1]) == ((0, size), (size, size))
    assert diagnose_application(known) == local.diagnose(str(Path(where.event_log_dir) / name), str(where.lake_uri))


def test_a_drivers_log_is_read_from_its_place(where):
    name = next(path.name for path in (CAMPAIGN / "drivers").glob("*.log") if b"OutOfMemory" in path.read_bytes())
    told = []
    known = read_placed(address(name, "drivers"), where, progress=lambda *one: told.append(one))
    assert known.app_id is None
    assert known.evidence == local.open_target(str(CAMPAIGN / "drivers" / name), None).evidence
    assert told[-1][0] == told[-1][1] == (CAMPAIGN / "drivers" / name).stat().st_size


def test_a_folder_of_one_executor_is_read_whole_and_one_of_nothing_refused(where, tmp_path):
    work = tmp_path / "work"
    (work / "app-1" / "0").mkdir(parents=True)
    (work / "app-1" / "0" / "stderr").write_text("24/01/01 00:00:00 ERROR Executor: java.lang.OutOfMemoryError: heap\n")
    (work / "app-2").mkdir()
    there = read_settings(home=where.home, event_log_dir=where.event_log_dir, standalone_work_dir=str(work))
    assert read_placed(address("app-1/0", "standalone_work"), there).evidence
    with pytest.raises(ConfigError, match="found none"):
        read_placed(address("app-2", "standalone_work"), there)


def test_the_log_of_another_team_is_as_if_it_were_not_there(where):
    name = failed_name(where)
    assert read_placed(address(name), where, sees=lambda queue, workload: True).app_id
    for path, place in ((name, "event_logs"), ("recorded-broadcast_join-00.log", "drivers")):
        with pytest.raises(LakeError, match=f"at {place}:{path}, found none"):
            read_placed(address(path, place), where, sees=lambda queue, workload: False)


def test_a_drivers_log_belongs_to_no_team(where):
    with pytest.raises(LakeError, match="found none"):
        read_placed(address("recorded-broadcast_join-00.log", "drivers"), where, sees=lambda queue, workload: True)


def test_a_folder_of_many_applications_is_refused_before_it_is_read(where, tmp_path):
    spark = read_settings(home=where.home, event_log_dir=str(tmp_path / "spark"))
    told = []
    with pytest.raises(ConfigError, match="log of one application"):
        read_placed(address("eventlogs"), spark, progress=lambda *one: told.append(one))
    assert told == []


def test_a_long_drivers_log_takes_little_memory(where, tmp_path):
    path = tmp_path / "spark" / "drivers" / "long.log"
    line = b"24/01/01 00:00:00 INFO BlockManager: nothing to see here, the same line once more and once more again\n"
    with path.open("wb") as file:
        for _ in range(128):
            file.write(line * (2**20 // len(line)))
        file.write(b"24/01/01 00:00:01 ERROR Main: java.lang.OutOfMemoryError: Java heap space\n")
    told = []
    tracemalloc.start()
    try:
        known = read_placed(address("long.log", "drivers"), where, progress=lambda *one: told.append(one))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "OutOfMemoryError" in known.evidence[-1].message
    assert peak < 96 * 2**20
    assert len(told) > 20
    assert [one for one, _ in told] == sorted(one for one, _ in told)
