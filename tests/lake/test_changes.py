"""What a follower tells of a table adds up to the table, whatever was done to it."""

import random
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from data_contracts.tables import Run
from sparkwright.allocation.past import COLUMNS
from sparkwright.errors import LakeError
from sparkwright.features import growing
from sparkwright.features.growing import GrowingHistory
from sparkwright.lake import Lake
from sparkwright.lake import changes as lake_changes
from sparkwright.lake.changes import TableFollower
from sparkwright.lake.rows import readable_schema
from tests.support.simulated_runs import simulated_run

KEYS = ("app_id", "attempt_id")


@pytest.fixture
def lake(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    write(lake, [simulated_run(f"workload-{number % 5}", number) for number in range(100)])
    return lake


@pytest.fixture
def follower(lake):
    follower = TableFollower(lake, Run, ["workload_id", "app_id", "ended_at", "input_bytes", "peak_python_rss_bytes"])
    changes = follower.poll()
    assert changes is not None
    assert changes.whole
    assert (changes.added.num_rows, changes.removed.num_rows) == (100, 0)
    return follower


def write(lake: Lake, runs: list[Run]) -> None:
    lake.replace(Run, runs, [{key: getattr(run, key) for key in KEYS} for run in runs])


def read(follower: TableFollower) -> tuple[list[str], list[str], bool]:
    changes = follower.poll()
    assert changes is not None
    added, removed = (sorted(rows["app_id"].to_pylist()) for rows in changes[:2])
    return added, removed, changes.whole


def test_only_new_rows_are_returned_and_nothing_without_any(lake, follower):
    assert follower.poll() is None
    new = simulated_run("workload-9", 0)
    write(lake, [new])
    assert read(follower) == ([new.app_id], [], False)
    assert follower.poll() is None


def test_a_row_that_is_written_again_with_the_rest_of_its_file_is_one_change(lake, follower):
    write(lake, [simulated_run("workload-1", 1001), simulated_run("workload-1", 1002)])
    follower.poll()
    changed = simulated_run("workload-1", 1001, input_bytes=7)
    write(lake, [changed])
    changes = follower.poll()
    assert changes is not None
    assert changes.added["input_bytes"].to_pylist() == [7]
    assert changes.removed["app_id"].to_pylist() == [changed.app_id]
    write(lake, [simulated_run("workload-1", 1001, input_bytes=7, output_bytes=1)])
    changes = follower.poll()
    assert changes is not None
    assert changes.added.num_rows == changes.removed.num_rows == 0, "no column that is followed changed"


def test_a_duplicate_row_that_is_removed_once_remains_once(lake, follower):
    twin = simulated_run("workload-1", 1001)
    # The lake's own writers never duplicate a row; another program may.
    once = pa.Table.from_pylist([vars(twin)], schema=readable_schema(Run))
    write_deltalake(lake.open(Run), pa.concat_tables([once, once]), mode="append")
    assert read(follower) == ([twin.app_id] * 2, [], False)
    write(lake, [twin])
    assert read(follower) == ([], [twin.app_id], False)


def test_compacted_files_are_no_change_and_cleaned_ones_are_read_as_a_whole(lake, follower):
    for number in range(10):
        write(lake, [simulated_run("workload-1", 1000 + number)])
    follower.poll()
    lake.open(Run).optimize.compact()
    changes = follower.poll()
    assert changes is not None
    assert changes.whole, "more than a quarter of the table was written anew"
    write(lake, [simulated_run("workload-1", 2000)])
    follower.poll()
    write(lake, [simulated_run("workload-1", 2000, input_bytes=1)])
    lake.open(Run).vacuum(0, dry_run=False, enforce_retention_duration=False)
    changes = follower.poll()
    assert changes is not None
    assert changes.whole
    assert changes.added.num_rows == 111


def test_another_table_in_its_place_is_read_as_a_whole(lake, follower, tmp_path):
    shutil.rmtree(tmp_path / "lake")
    with pytest.raises(LakeError, match="it no longer exists"):
        follower.poll()
    write(lake, [simulated_run("workload-1", 5)])
    assert read(follower) == ([simulated_run("workload-1", 5).app_id], [], True)


def test_another_table_with_a_longer_log_is_noticed_by_the_next_look(lake, follower, tmp_path):
    shutil.rmtree(tmp_path / "lake")
    runs = [simulated_run("workload-1", number) for number in range(4)]
    for run in runs:
        write(lake, [run])
    read(follower)  # what its log says after the version that was seen
    assert read(follower) == ([run.app_id for run in runs], [], True)


def test_a_commit_is_followed_without_opening_the_table(lake, follower, monkeypatch):
    new = simulated_run("workload-9", 0)
    write(lake, [new])
    monkeypatch.setattr(Lake, "open", None)
    assert read(follower) == ([new.app_id], [], False)


def test_a_commit_that_changes_the_columns_opens_the_table(lake, follower):
    new = simulated_run("workload-9", 0)
    wide = pa.Table.from_pylist([vars(new)], schema=readable_schema(Run)).append_column("later", pa.array([1]))
    write_deltalake(lake.open(Run), wide, mode="append", schema_mode="merge")
    assert read(follower) == ([new.app_id], [], False)


def test_rows_of_files_without_a_later_column_have_its_default_or_nothing(lake, follower):
    old = simulated_run("workload-1", 1001)
    narrow = pa.Table.from_pylist([vars(old)], schema=readable_schema(Run)).drop_columns(["peak_python_rss_bytes"])
    write_deltalake(lake.open(Run), narrow, mode="append", schema_mode="merge")
    changes = follower.poll()
    assert changes is not None
    assert not changes.whole
    assert changes.added["peak_python_rss_bytes"].to_pylist() == [None]


def test_a_table_that_was_never_written_has_no_changes(tmp_path):
    assert TableFollower(Lake(str(tmp_path / "none")), Run, ["app_id"]).poll() is None


@pytest.mark.parametrize("seed", range(4))
def test_a_history_that_follows_equals_one_that_is_read_again(lake, seed, monkeypatch):
    monkeypatch.setattr(lake_changes, "_WORTH_IT", 0)  # differences even where nearly all changed
    monkeypatch.setattr(growing, "_MIN_GARBAGE", 5)
    chance = random.Random(seed)
    history = GrowingHistory(COLUMNS)
    follower = TableFollower(lake, Run, history.columns)
    wholes = 0
    for _ in range(12):
        numbers = chance.sample(range(160), chance.choice([1, 3, 20]))
        runs = [
            simulated_run(f"workload-{number % 5}", number, input_bytes=chance.choice([1, 2])) for number in numbers
        ]
        if chance.random() < 0.2:
            lake.open(Run).optimize.compact()
        elif chance.random() < 0.2:
            lake.replace(Run, [], [{key: getattr(run, key) for key in KEYS} for run in runs])
        else:
            write(lake, runs)
        if chance.random() < 0.3:
            continue  # several commits at once
        if (changes := follower.poll()) is None:
            continue
        wholes += changes.whole
        if changes.whole:
            history.load(changes.added)
        else:
            history.apply(changes.added, changes.removed)
        anew = GrowingHistory(COLUMNS)
        anew.load(lake.read(Run, columns=anew.columns))
        assert len(history) == len(anew)
        for name in anew.workload_ids():
            mine, theirs = history.workload(name), anew.workload(name)
            assert mine.digest(len(mine)) == theirs.digest(len(theirs))
            assert mine.columns(0, len(mine)) == theirs.columns(0, len(theirs))
    assert wholes == 1


def test_a_table_in_a_store_is_followed_as_one_in_a_folder(s3):
    lake = Lake("s3://history/lake")
    write(lake, [simulated_run("workload-1", number) for number in range(20)])
    follower = TableFollower(lake, Run, ["app_id", "input_bytes"])
    assert follower.poll() is not None
    write(lake, [simulated_run("workload-2", 0)])
    assert read(follower) == ([simulated_run("workload-2", 0).app_id], [], False)


def test_another_process_goes_on_where_a_follower_stopped(lake, follower):
    columns = ["app_id", "input_bytes"]
    new = simulated_run("workload-9", 0)
    write(lake, [new])
    assert read(TableFollower(lake, Run, columns, follower.position)) == ([new.app_id], [], False)
    assert read(follower)[0] == [new.app_id]
    assert TableFollower(lake, Run, columns, follower.position).poll() is None


@pytest.mark.parametrize("lost", ["the log until then", "the table"])
def test_a_follower_that_cannot_go_on_returns_the_whole_table(lake, follower, lost):
    if lost == "the table":
        shutil.rmtree(f"{lake.uri}/{Run.table}")
        write(lake, [simulated_run("workload-1", number) for number in range(30)])
    else:
        write(lake, [simulated_run("workload-9", 0)])
        lake.open(Run).create_checkpoint()
        (Path(lake.uri) / Run.table / "_delta_log" / f"{follower.position.version:020d}.json").unlink()
    changes = TableFollower(lake, Run, ["app_id"], follower.position).poll()
    assert changes.whole
    assert changes.added.num_rows == lake.read(Run, columns=["app_id"]).num_rows
