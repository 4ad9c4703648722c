import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from data_contracts.tables import Application, Quarantined, Run
from sparkwright.history.harvest.incremental import HarvestReport, harvest
from sparkwright.history.harvest.quarantine import quarantine_snapshot
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of


def retry(folder: Path, lake: Lake) -> HarvestReport:
    return harvest(folder, None, lake, retry_quarantine=True)


def aside(lake: Lake) -> dict[str, str]:
    return {Path(row.source_path).name: row.reason for row in rows_of(Quarantined, lake.read(Quarantined))}


def test_a_retry_reads_exactly_the_logs_in_quarantine(write_log: Callable[..., Path], lake: Lake) -> None:
    folder = write_log("good").parent
    broken = write_log("broken", b"no events\n")
    harvest(folder, None, lake)
    write_log("new")
    write_log("good", tasks=9)
    state = broken.stat()
    report = retry(folder, lake)
    assert (report.found, report.applications, report.foreign[0][0]) == (1, 0, str(broken))
    assert lake.read(Run)["task_count"].to_pylist() == [3]
    assert broken.stat().st_mtime_ns == state.st_mtime_ns


def test_a_fixed_log_leaves_quarantine_even_where_nothing_says_that_it_changed(
    write_log: Callable[..., Path], lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sparkwright.history import event_log

    monkeypatch.setattr(event_log, "MAX_LINE_BYTES", 10)
    folder = write_log("app-1", b"x" * 600_000).parent
    harvest(folder, None, lake)
    assert "longer" in aside(lake)["app-1"]
    monkeypatch.undo()
    assert harvest(folder, None, lake).unchanged == 1
    retry(folder, lake)
    assert "longer" not in aside(lake)["app-1"]
    write_log("app-1")
    report = retry(folder, lake)
    assert (report.applications, aside(lake)) == (1, {})
    assert retry(folder, lake).found == 0


def test_a_log_that_is_still_broken_stays_with_its_new_reason(write_log: Callable[..., Path], lake: Lake) -> None:
    path = write_log("app-1", b"")
    harvest(path.parent, None, lake)
    assert "the log is empty" in aside(lake)["app-1"]
    path.write_bytes(b"<html>\n")
    report = retry(path.parent, lake)
    assert report.foreign[0][1] == aside(lake)["app-1"]
    assert "got XML or HTML" in aside(lake)["app-1"]
    assert lake.read(Quarantined).num_rows == 1


def test_an_archive_that_was_replaced_by_a_good_one_leaves_quarantine(
    write_log: Callable[..., Path], lake: Lake
) -> None:
    archive = write_log("download.zip", b"PK no archive")
    harvest(archive.parent, None, lake)
    assert "zip archive" in aside(lake)["download.zip"]
    good = write_log("app-1")
    with zipfile.ZipFile(archive, "w") as target:
        target.write(good, "app-1")
    good.unlink()
    assert retry(archive.parent, lake).applications == 1
    assert aside(lake) == {}


def test_missing_logs_stay_in_quarantine_and_are_named(write_log: Callable[..., Path], lake: Lake) -> None:
    path = write_log("app-1", b"broken")
    harvest(path.parent, None, lake)
    path.unlink()
    assert retry(path.parent, lake).gone == [str(path)]
    assert set(aside(lake)) == {"app-1"}


def test_refusing_the_same_again_writes_nothing(write_log: Callable[..., Path], lake: Lake) -> None:
    folder = write_log("download.zip", b"PK no archive").parent
    harvest(folder, None, lake)
    version = lake.version(Quarantined)
    harvest(folder, None, lake)
    assert lake.version(Quarantined) == version


def test_the_command_counts_by_reason_and_says_how_to_try_again(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], tmp_path: Path
) -> None:
    folder = write_log("empty", b"").parent
    write_log("text", b"no events\n")
    write_log("app-1").write_bytes(write_log("app-2").read_bytes()[:-30])
    words = [sys.executable, "-m", "sparkwright.cli", "harvest", "--event-log-dir", folder]
    for more in ([], ["--retry-quarantine"]):
        done = subprocess.run([*words, "--lake", tmp_path / "lake", *more], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "expected Spark events" in done.stdout
        assert "expected a whole event" in done.stdout
        assert "--retry-quarantine" in done.stdout
    both = subprocess.run([*words, "--again", "--retry-quarantine"], capture_output=True, text=True)
    assert both.returncode == 2


def test_every_readable_application_of_the_shared_tree_is_harvested_and_the_rest_is_named(
    shared_logs: Path, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    """All files of the tree; the 16 refused were looked at by hand: none is an event log that Spark could read."""
    from sparkwright.cli import main

    tree = (shared_logs / "eventlogs").resolve()
    assert main(["harvest", "--event-log-dir", str(tree), "--lake", lake.uri]) == 0
    said = capsys.readouterr().out
    report = retry(tree, lake)
    refused = report.unreadable + report.foreign
    readable = lake.read(Application).num_rows + len(report.duplicates)
    with capsys.disabled():
        print(f"\n{readable} of {readable + len(refused)} logs of the shared tree are readable; the rest:")
        for path, reason in refused:
            print(f"  {Path(path).relative_to(tree)}: {reason}")
    assert (readable, lake.read(Application).num_rows, len(refused), len(report.foreign)) == (81, 69, 16, 13)
    assert report.faulty == []
    assert "13 file(s) are not event logs" in said
    assert all(path in said for path, _ in report.unreadable)
    reasons = {str(Path(path).relative_to(tree)): reason for path, reason in refused}
    for reason in reasons.values():
        assert reason.startswith("expected Spark")
    assert all(_is_no_event_log(tree / path) for path in reasons)


def _is_no_event_log(path: Path) -> bool:
    """Whether a file is empty, or holds no line that says which application it tells of."""
    return b'"SparkListenerApplicationStart"' not in path.read_bytes()


def test_counts_tell_pieces_from_sources(write_log: Callable[..., Path], lake: Lake, tmp_path: Path) -> None:
    good = write_log("app-1").read_bytes()
    write_log("app-1", good + b"broken\nbroken again\n")
    shutil.copy(tmp_path / "logs" / "app-1", tmp_path / "logs" / "app-2")
    harvest(tmp_path / "logs", None, lake)
    counts = {count.words: (count.pieces, count.sources) for count in quarantine_snapshot(lake).counts}
    assert counts["expected an event as JSON"] == (4, 2)
    assert counts["expected the only log of its attempt"] == (1, 1)
