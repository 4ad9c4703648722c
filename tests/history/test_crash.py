"""Harvests that are killed, and several at once: no run lost, none double, no table that tells half of one."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from data_contracts.row import primary_key
from data_contracts.tables import Application, Executor, Run, Source, SqlExecution, Stage
from sparkwright.history.context.log_context import ContextConfig, LogContext
from sparkwright.history.harvest.harvested_rows import BatchWriter, HarvestReport
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.read import harvest_source
from sparkwright.history.sources.log_files import find_logs
from sparkwright.lake import Lake
from tests.support.history_contents import TABLES, command, contents
from tests.support.thorough import draws

CAMPAIGN = Path(__file__).resolve().parents[1] / "fixtures" / "campaign"
COPIES = 3


@pytest.fixture(scope="module")
def many_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every log that the project's own campaign recorded, several times under ids of its own."""
    folder = tmp_path_factory.mktemp("many") / "eventlogs"
    for number, recorded in enumerate(sorted((CAMPAIGN / "eventlogs").iterdir()) * COPIES):
        app_id = recorded.name.removeprefix("eventlog_v2_")
        new_id = f"{app_id[:-4]}{number:06d}"
        copy = folder / recorded.name.replace(app_id, new_id)
        copy.mkdir(parents=True)
        for file in recorded.iterdir():
            content = file.read_bytes()
            if file.name.startswith("events_"):
                events = zstandard.ZstdDecompressor().stream_reader(content).read()
                content = zstandard.compress(events.replace(app_id.encode(), new_id.encode()))
            (copy / file.name.replace(app_id, new_id)).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def whole(many_logs: Path) -> dict[str, list[dict[str, object]]]:
    """What one harvest that nothing disturbs leaves."""
    lake = Lake(str(many_logs.parent / "whole"))
    report = harvest(many_logs, ContextConfig(driver_log_dir=CAMPAIGN / "drivers"), lake)
    assert report.applications == COPIES * len(list((CAMPAIGN / "eventlogs").iterdir()))
    return contents(lake)


def started(many_logs: Path, home: Path) -> subprocess.Popen[bytes]:
    words = command("harvest", "--event-log-dir", many_logs, "--driver-log-dir", CAMPAIGN / "drivers", home=home)
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def children_of(pid: int) -> set[int]:
    """The processes that ``pid`` started, not those that they started."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            # The name may hold spaces and brackets; after the last bracket come state and parent.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.add(int(stat.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("moment", ["as soon as they are there", "while they read"])
def test_a_killed_harvest_takes_its_reading_processes_with_it(many_logs: Path, tmp_path: Path, moment: str) -> None:
    words = command("harvest", "--processes", 3, "--event-log-dir", many_logs, home=tmp_path)
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    readers: set[int] = set()
    try:
        # Two readers and the tracker that multiprocessing starts.
        assert within(60, lambda: len(children_of(running.pid)) == 3 or running.poll() is not None)
        if moment == "while they read":
            assert within(60, lambda: commit_count(tmp_path / "lake") > 0 or running.poll() is not None)
        readers = children_of(running.pid)
        assert running.poll() is None
        running.kill()
        running.wait()
        assert within(20, lambda: not any(map(is_alive, readers))), [pid for pid in readers if is_alive(pid)]
    finally:
        running.kill()
        running.wait()
        for pid in filter(is_alive, readers):
            os.kill(pid, signal.SIGKILL)


def commit_count(lake: Path) -> int:
    return sum(1 for _ in lake.glob("*/_delta_log/*.json"))


def assert_consistent(lake: Lake, whole: dict[str, list[dict[str, object]]]) -> None:
    """Every key once; of every source that is marked as read, all that a whole harvest finds in it, in every table."""
    found = contents(lake)
    for row_type in TABLES:
        keys = Counter(tuple(row[name] for name in primary_key(row_type)) for row in found[row_type.table])
        assert not [key for key, count in keys.items() if count > 1], row_type.table
    read = {row["app_id"] for row in found[Source.table]}
    for row_type in (Application, Stage, Executor, SqlExecution, Run):
        written, expected = (
            [row for row in tables[row_type.table] if row["app_id"] in read] for tables in (found, whole)
        )
        assert written == expected, row_type.table


def test_a_harvest_killed_at_any_moment_leaves_consistent_tables_and_the_next_completes_them(
    many_logs: Path, whole: dict[str, list[dict[str, object]]], tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    draw = draws(7)
    kills = []
    for _ in range(5):
        running = started(many_logs, tmp_path)
        target = commit_count(tmp_path / "lake") + draw.randint(0, 9)
        while commit_count(tmp_path / "lake") < target and running.poll() is None:
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.05))
        running.send_signal(signal.SIGKILL)
        kills.append((target, running.wait()))
        assert_consistent(lake, whole)
    assert -signal.SIGKILL in {code for _, code in kills}, kills
    last = started(many_logs, tmp_path)
    assert last.wait(timeout=120) == 0, last.stderr and last.stderr.read()
    assert contents(lake) == whole, kills


def test_three_harvests_at_once_lose_and_double_nothing(
    many_logs: Path, whole: dict[str, list[dict[str, object]]], tmp_path: Path
) -> None:
    harvests = [started(many_logs, tmp_path) for _ in range(3)]
    ends = [(running.wait(timeout=240), running.stderr and running.stderr.read()) for running in harvests]
    assert [code for code, _ in ends] == [0, 0, 0], ends
    assert contents(Lake(str(tmp_path / "lake"))) == whole


def test_a_harvest_that_was_overtaken_does_not_put_back_what_the_log_said_before(
    write_log: Callable[..., Path], lake: Lake
) -> None:
    path = write_log("app-1.inprogress", app_id="app-1", tasks=2, ended=False)
    slow = BatchWriter(lake, report := HarvestReport())
    (source,) = find_logs(path.parent)
    slow.add(harvest_source(source, LogContext(ContextConfig()), datetime.now(UTC)))  # type: ignore[arg-type]
    path.unlink()
    write_log("app-1", tasks=4)
    harvest(path.parent, None, lake)
    slow.flush()
    (run,) = lake.read(Run).to_pylist()
    assert (run["log_state"], run["task_count"]) == ("complete", 4)
    assert (report.applications, report.unchanged) == (0, 1)
    assert harvest(path.parent, None, lake).unchanged == 1


def test_a_less_complete_log_does_not_replace_rows_of_another_harvest(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes], lake: Lake, tmp_path: Path
) -> None:
    poor = write_log("a", log_bytes(app_id="app-1", tasks=2))
    slow = BatchWriter(lake, report := HarvestReport())
    (source,) = find_logs(poor.parent)
    slow.add(harvest_source(source, LogContext(ContextConfig()), datetime.now(UTC)))  # type: ignore[arg-type]
    full = tmp_path / "other" / "b"
    full.parent.mkdir()
    full.write_bytes(log_bytes(app_id="app-1", tasks=5))
    harvest(full.parent, None, lake)
    slow.flush()
    assert lake.read(Run)["task_count"].to_pylist() == [5]
    assert report.duplicates == [(str(poor), str(full))]
