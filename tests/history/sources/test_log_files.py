import os
import zipfile
from pathlib import Path

import pytest

from sparkwright.history.sources.log_files import LogSource, Unreadable, find_logs, rolled_order


def found(folder: Path) -> list[LogSource]:
    return [source for source in find_logs(folder) if isinstance(source, LogSource)]


def names(source: LogSource) -> list[str]:
    return [file.member or file.path.name for file in source.files]


def make(folder: Path, *files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        (folder / name).write_text("{}\n")


def test_the_tenth_roll_comes_after_the_second() -> None:
    rolled = ["events_10_app.zstd", "events_2_app.zstd", "events_1_app.zstd"]
    assert rolled_order(rolled) == (["events_1_app.zstd", "events_2_app.zstd", "events_10_app.zstd"], False)


def test_a_compacted_file_stands_for_all_before_it() -> None:
    rolled = ["events_1_app", "events_2_app", "events_2_app.compact", "events_3_app", "events_4_app"]
    assert rolled_order(rolled) == (["events_2_app.compact", "events_3_app", "events_4_app"], True)


def test_a_rolling_folder_is_one_log_and_its_status_says_whether_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "eventlog_v2_app-1"
    make(folder, "events_1_app-1", "appstatus_app-1.inprogress", ".events_1_app-1.crc", "events_1_app-1.crc")
    (source,) = found(tmp_path)
    assert names(source) == ["events_1_app-1"]
    assert source.in_progress
    (folder / "appstatus_app-1.inprogress").rename(folder / "appstatus_app-1")
    (source,) = found(tmp_path)
    assert not source.in_progress


def test_a_rolling_folder_without_events_is_named(tmp_path: Path) -> None:
    make(tmp_path / "eventlog_v2_app-1", "appstatus_app-1")
    (refused,) = find_logs(tmp_path)
    assert isinstance(refused, Unreadable)
    assert "events_<n>_<app>" in refused.reason


def test_files_that_databricks_delivers_beside_event_logs_are_skipped(tmp_path: Path) -> None:
    make(tmp_path / "c-1" / "eventlog" / "c-1_10_0_0_1" / "123", "eventlog", "eventlog-2026-01-02--03-04.gz")
    make(tmp_path / "c-1" / "driver", "stdout", "log4j-active.log")
    make(tmp_path / "c-1" / "executor" / "app-1" / "0", "stderr")
    (source,) = find_logs(tmp_path)
    assert isinstance(source, LogSource)
    assert names(source) == ["eventlog-2026-01-02--03-04.gz", "eventlog"]


def test_a_log_keeps_its_name_when_its_application_ends(tmp_path: Path) -> None:
    make(tmp_path, "app-1.inprogress")
    (running,) = found(tmp_path)
    assert running.in_progress
    (tmp_path / "app-1.inprogress").rename(tmp_path / "app-1")
    (ended,) = found(tmp_path)
    assert not ended.in_progress
    assert running.path == ended.path


def test_databricks_deliveries_are_one_log_in_order_of_time(tmp_path: Path) -> None:
    make(tmp_path / "5678", "eventlog", "eventlog-2024-01-01--10-00.gz", "eventlog-2024-01-01--09-00.gz")
    (source,) = found(tmp_path)
    assert names(source) == ["eventlog-2024-01-01--09-00.gz", "eventlog-2024-01-01--10-00.gz", "eventlog"]


def test_a_spark_1_folder_is_one_log(tmp_path: Path) -> None:
    make(tmp_path / "app-1", "EVENT_LOG_1", "SPARK_VERSION_1.2.0", "APPLICATION_COMPLETE")
    (source,) = found(tmp_path)
    assert names(source) == ["EVENT_LOG_1"]


def test_hidden_files_checksums_and_hadoop_markers_are_no_logs(tmp_path: Path) -> None:
    make(tmp_path, ".hidden", "app.crc", "_SUCCESS")
    make(tmp_path / ".git", "app-2")
    assert list(find_logs(tmp_path)) == []


def test_a_history_server_download_is_read_from_the_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "eventLogs-app-1.zip", "w") as archive:
        archive.writestr("eventlog_v2_app-1/events_2_app-1", "two")
        archive.writestr("eventlog_v2_app-1/events_1_app-1", "one")
        archive.writestr("eventlog_v2_app-1/appstatus_app-1", "")
    (source,) = found(tmp_path)
    contents = []
    for file in source.files:
        with file.open() as stream:
            contents.append(stream.read())
    assert contents == [b"one", b"two"]


def test_an_archive_holds_what_a_folder_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in (
            "c1/eventlog/9/eventlog",
            "c1/eventlog/9/eventlog-2024-01-01--10-00.gz",
            "c1/driver/stderr",
            "old/EVENT_LOG_1",
            "old/SPARK_VERSION_1.2.0",
            "app-1",
            "app-2.inprogress",
        ):
            archive.writestr(name, "{}")
    logs = {source.path.partition("!")[2]: source for source in found(tmp_path)}
    assert {path: (names(source), source.in_progress) for path, source in logs.items()} == {
        "app-1": (["app-1"], False),
        "app-2": (["app-2.inprogress"], True),
        "c1/eventlog/9": (["c1/eventlog/9/eventlog-2024-01-01--10-00.gz", "c1/eventlog/9/eventlog"], False),
        "old": (["old/EVENT_LOG_1"], False),
    }


def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "app-1")
    (refused,) = find_logs(tmp_path)
    assert isinstance(refused, Unreadable)
    assert refused.reason == "expected a readable file: a pipe, a socket or a device"


def test_a_file_that_is_a_zip_only_by_name_is_reported(tmp_path: Path) -> None:
    make(tmp_path, "broken.zip")
    (refused,) = find_logs(tmp_path)
    assert isinstance(refused, Unreadable)
    assert "zip" in refused.reason


def test_a_link_that_leads_nowhere_is_named_and_one_to_its_parent_ends(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "missing")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (refused,) = find_logs(tmp_path)
    assert isinstance(refused, Unreadable)
    assert refused.path.endswith("gone")


@pytest.mark.parametrize("suffix", ["", ".zstd", ".lz4"])
def test_single_files_of_any_name_are_candidates(tmp_path: Path, suffix: str) -> None:
    make(tmp_path, f"application_1_2{suffix}")
    (source,) = found(tmp_path)
    assert source.path.endswith(f"application_1_2{suffix}")
