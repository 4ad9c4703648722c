import gzip
import json
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import active_children, get_context
from pathlib import Path

import pytest

from data_contracts.row import Row
from data_contracts.tables import Application, Evidence, Executor, Quarantined, Run, Source, Stage
from sparkwright.cli import main
from sparkwright.errors import HistoryError
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest import reader
from sparkwright.history.harvest.checkpoint import Checkpoints
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.local_engine import LocalEngine
from sparkwright.history.harvest.read import Harvested
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.settings import Settings
from tests.history.test_fuzz import without_privileges
from tests.support.history_contents import command, contents

OOM = {
    "Reason": "ExceptionFailure",
    "Class Name": "java.lang.OutOfMemoryError",
    "Description": "Java heap space",
    "Full Stack Trace": "java.lang.OutOfMemoryError: Java heap space\n\tat com.acme.Etl.run(Etl.scala:7)\n",
}


def one(lake: Lake, row_type: type[Row]) -> dict[str, object]:
    (row,) = lake.read(row_type).to_pylist()
    return row


def test_logs_of_spark_become_runs_with_their_allocation_and_their_end(spark_logs: Path, lake: Lake) -> None:
    report = harvest(spark_logs / "eventlogs", None, lake)
    assert (report.found, report.applications, report.runs, report.unreadable) == (6, 6, 6, [])
    runs = rows_of(Run, lake.read(Run))
    assert {run.log_state for run in runs} == {"complete"}
    assert {run.evidence_tier for run in runs} >= {"heap_peaks"}
    assert {(run.platform, run.executor_count, run.executor_cores_count) for run in runs} == {("local", 1, 2)}
    assert {run.shuffle_partitions_count for run in runs} == {3}
    good = [run for run in runs if run.status == "succeeded"]
    assert len(good) == 5
    assert {run.memory_verdict for run in good} == {"enough"}
    # The same work five times: every codec must yield the same counts.
    assert len({(run.task_count, run.shuffle_write_bytes, run.workload_id.count("*")) for run in good}) == 1
    assert all(run.shuffle_write_bytes > 0 and run.peak_jvm_heap_bytes for run in good)


def test_a_failed_application_leaves_evidence_from_the_log_and_the_driver(spark_logs: Path, lake: Lake) -> None:
    harvest(spark_logs / "eventlogs", None, lake)
    (failed,) = [app for app in rows_of(Application, lake.read(Application)) if app.status == "failed"]
    facts = rows_of(Evidence, lake.read(Evidence, filters=[("app_id", "=", failed.app_id)]))
    kinds = {fact.kind for fact in facts}
    assert kinds >= {"task_failure", "stage_failure", "job_failure", "sql_failure", "driver_log", "metric"}
    assert {fact.exception_class for fact in facts} >= {"USER_RAISED_EXCEPTION"}
    (driver,) = [fact for fact in facts if fact.kind == "driver_log"]
    assert driver.source == "bad.log:2"


def test_no_secret_reaches_the_lake(spark_logs: Path, lake: Lake, tmp_path: Path) -> None:
    harvest(spark_logs / "eventlogs", None, lake)
    kept = json.dumps(contents(lake), default=str)
    assert "spark.hadoop.fs.s3a.secret.key" in kept
    assert "never-in-the-lake" not in kept


def test_harvesting_again_changes_nothing(spark_logs: Path, lake: Lake) -> None:
    harvest(spark_logs / "eventlogs", None, lake)
    before = contents(lake)
    versions = [lake.version(row_type) for row_type in (Application, Run)]
    report = harvest(spark_logs / "eventlogs", None, lake)
    assert (report.unchanged, report.applications) == (6, 0)
    assert versions == [lake.version(row_type) for row_type in (Application, Run)]
    harvest(spark_logs / "eventlogs", None, lake, again=True)
    assert contents(lake) == before


def test_two_processes_write_the_same_rows_as_one(spark_logs: Path, lake: Lake, tmp_path: Path) -> None:
    harvest(spark_logs / "eventlogs", None, lake)
    other = Lake(str(tmp_path / "other"))
    harvest(spark_logs / "eventlogs", None, other, engine=LocalEngine(2))
    assert contents(other) == contents(lake)


def test_more_than_four_processes_a_core_are_never_started(
    write_log: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        folder = write_log(f"app-{number}").parent
    asked = []

    class Counted(ProcessPoolExecutor):
        def __init__(self, count: int, *args: object, **named: object) -> None:
            asked.append(count)
            super().__init__(1, *args, **named)

    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr("sparkwright.history.harvest.local_engine.ProcessPoolExecutor", Counted)
    sources = [source for source in find_logs(folder) if isinstance(source, LogSource)]
    assert len(list(LocalEngine(100_000_000)(sources, ContextConfig()))) == 8
    assert asked == [3]


def test_of_two_logs_the_smaller_is_read_here_while_another_process_starts(write_log: Callable[..., Path]) -> None:
    folder = write_log("app-1", app_id="app-1", tasks=2).parent
    write_log("app-2", app_id="app-2", tasks=200)
    sources = [source for source in find_logs(folder) if isinstance(source, LogSource)]
    read = [Path(harvested.source.path).name for harvested in LocalEngine(2)(sources, ContextConfig())]
    assert read == ["app-1", "app-2"]


def test_a_killed_reading_process_is_reported(write_log: Callable[..., Path]) -> None:
    folder = write_log("app-1", app_id="app-1", tasks=2).parent
    write_log("app-2", app_id="app-2", tasks=200)
    sources = [source for source in find_logs(folder) if isinstance(source, LogSource)]
    harvested = LocalEngine(2)(sources, ContextConfig())
    assert next(harvested).event_count
    for process in active_children():
        process.kill()
    with pytest.raises(HistoryError, match="run harvest again with --processes 1"):
        next(harvested)


def test_a_reading_process_imports_nothing_that_it_does_not_need(write_log: Callable[..., Path]) -> None:
    (source,) = find_logs(write_log("app-1", tasks=2).parent)
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=reader.look_around, initargs=({},)) as pool:
        harvested = pool.submit(reader.read, source, datetime.now(UTC), None).result()
        loaded = set(
            pool.submit(eval, "[name for name, module in __import__('sys').modules.items() if module]").result()
        )
    assert harvested.event_count
    assert not {"numpy", "pandas", "httpx", "deltalake", "rich"} & loaded


def test_a_running_application_is_read_again_when_it_went_on(write_log: Callable[..., Path], lake: Lake) -> None:
    path = write_log("app-1.inprogress", app_id="app-1", tasks=2, ended=False)
    harvest(path.parent, None, lake)
    assert one(lake, Run)["log_state"] == "unfinished"
    assert one(lake, Run)["ended_at"] is None
    path.unlink()
    write_log("app-1", tasks=4)
    harvest(path.parent, None, lake)
    assert (one(lake, Run)["log_state"], one(lake, Run)["task_count"]) == ("complete", 4)
    assert one(lake, Source)["source_path"] == str(path.with_suffix(""))


def test_a_running_application_that_is_read_on_leaves_the_rows_of_a_whole_reading(
    write_log: Callable[..., Path],
    log_bytes: Callable[..., bytes],
    lake: Lake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sparkwright.history.harvest.checkpoint._WORTH_BYTES", 1)
    content = log_bytes(tasks=40, failure=OOM)
    for part in (0.4, 0.7, 0.95):
        path = write_log("app-1.inprogress", content[: int(part * len(content))])
        harvest(path.parent, None, lake, engine=LocalEngine(checkpoints=Checkpoints(tmp_path / "checkpoints")))
        assert len(list((tmp_path / "checkpoints").iterdir())) == 1
        whole = Lake(str(tmp_path / f"whole-{part}"))
        harvest(path.parent, None, whole)
        assert contents(lake) == contents(whole)


def test_rows_that_a_changed_log_no_longer_tells_of_go(write_log: Callable[..., Path], lake: Lake) -> None:
    path = write_log("app-1", failure=OOM)
    harvest(path.parent, None, lake)
    assert lake.read(Evidence).num_rows > 0
    assert one(lake, Run)["memory_verdict"] == "heap_oom"
    write_log("app-1", tasks=9)
    harvest(path.parent, None, lake)
    assert lake.read(Evidence).num_rows == 0
    assert one(lake, Run)["memory_verdict"] == "enough"


def test_a_driver_that_ends_after_its_log_was_read_is_noticed(
    write_log: Callable[..., Path], lake: Lake, tmp_path: Path
) -> None:
    path = write_log("app-1", properties={"spark.sparkwright.launchId": "l1"})
    harvest(path.parent, None, lake)
    assert one(lake, Application)["status"] == "succeeded"
    drivers = tmp_path / "drivers"
    drivers.mkdir()
    (drivers / "l1.exit").write_text("3")
    (drivers / "l1.log").write_text('Exception in thread "main" java.lang.IllegalStateException: no rows\n')
    harvest(path.parent, None, lake)
    assert (one(lake, Application)["status"], one(lake, Application)["exit_code"]) == ("failed", 3)
    assert "java.lang.IllegalStateException" in lake.read(Evidence)["exception_class"].to_pylist()


def test_a_launch_id_names_a_file_never_a_path(write_log: Callable[..., Path], lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "secret.exit").write_text("7")
    path = write_log("app-1", properties={"spark.sparkwright.launchId": "../secret"})
    (tmp_path / "drivers").mkdir()
    harvest(path.parent, None, lake)
    assert one(lake, Application)["exit_code"] is None


@pytest.mark.parametrize("layout", ["databricks", "zip"])
def test_a_log_that_is_delivered_in_pieces_or_packed_tells_the_same(
    write_log: Callable[..., Path], lake: Lake, tmp_path: Path, layout: str
) -> None:
    plain = write_log("app-1", failure=OOM)
    log = plain.read_bytes()
    first, second = (log.index(b"\n", start) + 1 for start in (400, 1200))
    folder = tmp_path / "delivered" / "0923-cluster" / "eventlog" / "8831-context"
    folder.mkdir(parents=True)
    if layout == "databricks":
        (folder / "eventlog-2026-01-02--04-00.gz").write_bytes(gzip.compress(log[first:second]))
        (folder / "eventlog-2026-01-02--03-00.gz").write_bytes(gzip.compress(log[:first]))
        (folder / "eventlog").write_bytes(log[second:])
    else:
        with zipfile.ZipFile(folder / "eventLogs-app-1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("app-1", log)
    report = harvest(tmp_path / "delivered", None, lake)
    assert (report.found, report.faulty, report.unreadable) == (1, [], [])
    whole = Lake(str(tmp_path / "whole"))
    harvest(plain.parent, None, whole)
    for row_type in (Stage, Executor, Run, Evidence):
        assert contents(lake)[row_type.table] == contents(whole)[row_type.table]


def test_broken_logs_are_named_and_the_others_land(write_log: Callable[..., Path], lake: Lake) -> None:
    folder = write_log("app-1").parent
    write_log("binary", bytes(range(256)) * 100)
    write_log("empty", b"")
    write_log("text", b"no events here\n")
    cut = write_log("app-2")
    cut.write_bytes(cut.read_bytes()[:-30])
    report = harvest(folder, None, lake)
    assert report.applications == 2
    assert [Path(path).name for path, _ in report.unreadable] == ["empty"]
    assert sorted(Path(path).name for path, _ in report.foreign) == ["binary", "text"]
    assert [(Path(path).name, count) for path, count in report.faulty] == [("app-2", 1)]
    aside = rows_of(Quarantined, lake.read(Quarantined))
    assert {Path(row.source_path).name for row in aside} == {"binary", "empty", "text", "app-2"}
    assert all(row.reason.startswith("expected") for row in aside)


def test_a_log_that_was_repaired_leaves_quarantine(write_log: Callable[..., Path], lake: Lake) -> None:
    folder = write_log("app-1", b"broken").parent
    harvest(folder, None, lake)
    assert lake.read(Quarantined).num_rows == 1
    write_log("app-1")
    harvest(folder, None, lake)
    assert lake.read(Quarantined).num_rows == 0
    assert lake.read(Run).num_rows == 1


def test_a_row_that_breaks_its_contract_is_set_aside_with_the_rule(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], lake: Lake
) -> None:
    log = log_events("app-1")
    log[-1]["Timestamp"] = 500  # the clock ran backwards
    harvest(write_log("app-1", log_bytes(log)).parent, None, lake)
    reasons = [row.reason for row in rows_of(Quarantined, lake.read(Quarantined))]
    assert any("started_at <= ended_at" in reason for reason in reasons)
    assert not lake.exists(Run)


def test_a_number_that_no_table_can_hold_is_set_aside(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], lake: Lake
) -> None:
    log = log_events("app-1")
    log[7]["Task Metrics"] = {"Result Size": 2**63 - 1}
    log[7:7] = [log[7]]
    harvest(write_log("app-1", log_bytes(log)).parent, None, lake)
    assert [row.reason for row in rows_of(Quarantined, lake.read(Quarantined))] == [
        "expected a row of stages where result_bytes is a number of at most 64 bits"
    ]
    assert lake.read(Run).num_rows == 1


@pytest.mark.parametrize("number", [2**63, 10**400])
def test_a_number_that_spark_cannot_write_spoils_its_own_line_only(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], lake: Lake, number: int
) -> None:
    log = log_events("app-1")
    log[7]["Task Info"] = {"Task ID": 1, "Executor ID": "0", "Launch Time": 1_200, "Finish Time": number}
    write_log("app-1", log_bytes(log))
    assert harvest(write_log("app-2", app_id="app-2").parent, None, lake).applications == 2
    (row,) = rows_of(Quarantined, lake.read(Quarantined))
    assert row.reason.startswith("expected an event as Spark writes it: Expected `int` <= 9223372036854775807")
    assert row.offset_bytes > 0


def test_an_archive_that_is_damaged_or_changed_meanwhile_stops_no_other_log(
    write_log: Callable[..., Path], lake: Lake
) -> None:
    folder = write_log("app-9", app_id="app-9").parent
    content = bytearray()
    with zipfile.ZipFile(folder / "damaged.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "app-9", "app-1")
    content += (folder / "damaged.zip").read_bytes()
    content[60:90] = bytes(30)
    (folder / "damaged.zip").write_bytes(content)
    with zipfile.ZipFile(folder / "changed.zip", "w") as archive:
        archive.writestr("app-2", "as listed")
    with zipfile.ZipFile(folder / "long.zip", "w") as archive:
        archive.writestr(f"events_{'1' * 5000}_app", "{}")

    class Engine(LocalEngine):
        def __call__(self, sources: Sequence[LogSource], config: ContextConfig) -> Iterator[Harvested]:
            with zipfile.ZipFile(folder / "changed.zip", "w") as archive:
                archive.writestr("app-3", "not as listed")
            return super().__call__(sources, config)

    report = harvest(folder, None, lake, engine=Engine(1))
    assert report.applications == 1
    reasons = {Path(path).name.partition("!")[0]: reason for path, reason in report.unreadable + report.foreign}
    assert reasons.keys() == {"damaged.zip", "changed.zip", "long.zip"}
    assert "zip archive" in reasons["damaged.zip"]
    assert reasons["changed.zip"] == "expected app-2 in the archive as before, the archive was rewritten"


def log_bytes(log: list[dict[str, object]]) -> bytes:
    return b"\n".join(json.dumps(event, separators=(",", ":")).encode() for event in log)


@pytest.mark.parametrize("first", ["a", "b"])
def test_of_two_logs_of_one_attempt_the_fuller_one_stays_in_any_order(
    write_log: Callable[..., Path], lake: Lake, log_events: Callable[..., list[dict[str, object]]], first: str
) -> None:
    logs = {"a": log_bytes(log_events("app-1", tasks=2)), "b": log_bytes(log_events("app-1", tasks=5))}
    folder = write_log(first, logs[first]).parent
    harvest(folder, None, lake)
    (second,) = set(logs) - {first}
    write_log(second, logs[second])
    report = harvest(folder, None, lake)
    assert one(lake, Run)["task_count"] == 5
    assert len(report.duplicates) == (1 if first == "b" else 0)


def test_logs_that_were_moved_are_no_second_logs(
    write_log: Callable[..., Path], lake: Lake, log_events: Callable[..., list[dict[str, object]]]
) -> None:
    """As of a home that was moved, and read again since a copy's files are younger."""
    folder = write_log("a", log_bytes(log_events("app-1"))).parent
    harvest(folder, None, lake)
    moved = folder.rename(folder.with_name(f"{folder.name}z"))  # a path that would lose among equals
    report = harvest(moved, None, lake)
    assert (report.applications, report.duplicates) == (1, [])
    assert Path(one(lake, Application)["source_path"]).parent == moved


def test_an_endless_or_shared_application_is_no_run(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], lake: Lake
) -> None:
    log = log_events("app-1")
    log.insert(4, {"Event": "org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent"})
    folder = write_log("app-1", log_bytes(log)).parent
    write_log("app-2", log_bytes(log_events("app-2", properties={"spark.databricks.clusterSource": "UI"})))
    report = harvest(folder, None, lake)
    assert (report.applications, report.runs) == (2, 0)
    assert set(lake.read(Application)["shape"].to_pylist()) == {"endless_or_shared"}


def test_a_log_with_lost_events_says_so(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], lake: Lake
) -> None:
    log = log_events("app-1", tasks=4)
    del log[7]  # one task end
    harvest(write_log("app-1", log_bytes(log)).parent, None, lake)
    assert (one(lake, Run)["log_state"], one(lake, Run)["memory_verdict"]) == ("events_dropped", "unknown")


def test_a_missing_folder_is_wrong_usage_and_an_empty_one_is_reported(tmp_path: Path, lake: Lake) -> None:
    with pytest.raises(HistoryError, match="found none: check the path"):
        harvest(tmp_path / "nowhere", None, lake)
    missing = subprocess.run(
        command("harvest", "--event-log-dir", tmp_path / "nowhere", home=tmp_path), capture_output=True, text=True
    )
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr
    (tmp_path / "logs").mkdir()
    empty = subprocess.run(
        command("harvest", "--event-log-dir", tmp_path / "logs", home=tmp_path), capture_output=True, text=True
    )
    assert empty.returncode == 0
    assert "no event logs below" in empty.stdout


def test_a_folder_of_driver_logs_is_reported_in_one_line(write_log: Callable[..., Path], lake: Lake) -> None:
    folder = write_log("app-1").parent
    for number in range(157):
        write_log(f"driver-{number}.log", b"26/10/01 12:00:00 INFO SparkContext: Running Spark\n" * 9)
    done = subprocess.run(
        command("harvest", "--event-log-dir", folder, home=folder.parent), capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "157 file(s) are not event logs" in done.stdout
    assert done.stdout.count("driver-") == 1
    assert "could not be read" not in done.stdout
    again = harvest(folder, None, lake)
    assert (again.found, again.unchanged) == (158, 158)


@pytest.mark.parametrize("closed", ["folder", "below", "file"])
def test_a_folder_that_is_closed_says_no_and_a_closed_file_is_named(
    write_log: Callable[..., Path], capfd: pytest.CaptureFixture[str], home: Settings, closed: str
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        good = write_log("app-1").read_bytes()
        for path in (folder / "logs" / "app-1", folder / "logs" / "cellar" / "app-2"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(good)
        target = {"folder": folder / "logs", "below": folder / "logs" / "cellar", "file": folder / "logs" / "app-1"}
        target[closed].chmod(0)
        with without_privileges():
            words = ["harvest", "--again", "--event-log-dir", str(folder / "logs"), "--lake", str(folder / "lake")]
            code = main(words)
        for path in reversed(target.values()):
            path.chmod(0o755)
    told = capfd.readouterr()
    assert "Permission denied" in told.out
    if closed == "file":
        assert code == 0
        assert "1 log(s) could not be read" in told.out
    else:
        assert code == 3
        assert "expected to list every folder, 1 could not be" in told.err


def test_two_runs_under_one_id_are_told_apart_by_start_and_user(
    write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, object]]], lake: Lake
) -> None:
    logs = {name: log_events("app-1", tasks=tasks) for name, tasks in (("a", 2), ("b", 3), ("c", 4), ("copy of c", 4))}
    logs["b"][2]["User"] = "somebody else"
    for name in ("c", "copy of c"):
        for event in logs[name]:
            for clock in ("Timestamp", "Submission Time"):
                if clock in event:
                    event[clock] = int(str(event[clock])) + 10**6
    folder = write_log("a", log_bytes(logs["a"])).parent
    harvest(folder, None, lake)
    for name in ("b", "c", "copy of c"):
        write_log(name, log_bytes(logs[name]))
    report = harvest(folder, None, lake)
    assert len(report.told_apart) == 3
    assert [Path(path).name for path, _ in report.duplicates] == ["copy of c"]
    runs = {run.app_id: run.task_count for run in rows_of(Run, lake.read(Run))}
    assert runs["app-1"] == 2
    assert sorted(runs.values()) == [2, 3, 4]
    assert sorted(len(app_id) for app_id in runs) == [len("app-1"), *[len("app-1~12345678")] * 2]
    stages = {row["app_id"]: row["task_count"] for row in lake.read(Stage).to_pylist()}
    assert stages == runs
    before = contents(lake)
    harvest(folder, None, lake, again=True)
    assert contents(lake) == before
