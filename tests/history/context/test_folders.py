"""Folders of logs: a standalone cluster's, and those in the layout that Databricks documents (none was here to try)."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from data_contracts.tables import Application, Evidence, Run
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import HarvestReport, harvest
from sparkwright.history.harvest.read import Harvested
from sparkwright.lake import Lake

OOM_RECORD = (
    "26/01/02 03:04:05 INFO Executor: running\n"
    "26/01/02 03:04:06 ERROR SparkUncaughtExceptionHandler: Uncaught exception in thread Thread[task 1]\n"
    "java.lang.OutOfMemoryError: Java heap space\n"
    "\tat com.acme.Etl.run(Etl.scala:7) with token=hunter2-never-in-the-lake\n"
)
LOST = {"Reason": "ExecutorLostFailure", "Executor ID": "0", "Loss Reason": "worker lost"}
CLUSTER = {"spark.databricks.clusterUsageTags.clusterId": "0102-030405-abc"}


Read = Callable[[Path, ContextConfig], Harvested]


def facts(lake: Lake, kind: str) -> list[tuple[str, str]]:
    rows = lake.read(Evidence).to_pylist()
    return [(row["source"], row["exception_class"]) for row in rows if row["kind"] == kind]


def heard(found: Harvested) -> list[str]:
    """Where facts that executors' logs told stand."""
    return [fact.source for fact in found.rows.evidence if fact.kind == "executor_log"]


def test_the_log_of_a_troubled_executor_adds_to_the_event_log(
    write_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], lake: Lake, tmp_path: Path
) -> None:
    logs = write_log("app-1", failure=LOST).parent
    work = tmp_path / "work"
    config = ContextConfig(standalone_work_dir=work)
    write_lines(work / "app-2" / "0" / "stderr", OOM_RECORD)
    harvest(logs, config, lake)
    assert lake.read(Run)["memory_verdict"].to_pylist() == ["unknown"]
    assert lake.read(Application)["surroundings_json"].to_pylist() == ["[]"]
    write_lines(work / "app-1" / "0" / "stderr", OOM_RECORD)
    harvest(logs, config, lake)
    assert facts(lake, "executor_log") == [("executor 0 stderr:2", "java.lang.OutOfMemoryError")]
    assert lake.read(Run)["memory_verdict"].to_pylist() == ["heap_oom"]
    assert lake.read(Application)["surroundings_json"].to_pylist() == ['["executor_log"]']
    assert "never-in-the-lake" not in str(lake.read(Evidence).to_pylist())
    assert harvest(logs, config, lake).unchanged == 1


def test_of_an_application_that_went_well_no_executor_log_is_read(
    write_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], read: Read, tmp_path: Path
) -> None:
    write_lines(tmp_path / "work" / "app-1" / "0" / "stderr", OOM_RECORD)
    found = read(write_log("app-1").parent, ContextConfig(standalone_work_dir=tmp_path / "work"))
    assert (heard(found), found.rows.run.memory_verdict) == ([], "enough")


def test_an_executor_that_never_reached_the_driver_is_heard_and_one_without_trouble_is_not(
    write_log: Callable[..., Path],
    write_lines: Callable[[Path, str], Path],
    read: Read,
    tmp_path: Path,
) -> None:
    for name in ("0", "7"):  # the event log knows 0
        write_lines(
            tmp_path / "work" / "app-1" / name / "stderr", "Unrecognized option: --x\nError: Could not create\n"
        )
    path = write_log("app-1", ended=False)
    assert heard(read(path.parent, ContextConfig(standalone_work_dir=tmp_path / "work"))) == ["executor 7 stderr:1"]


@pytest.mark.parametrize("app_id", ["../secrets", "..", "a/b", "/etc", "x\0y"])
def test_an_id_names_a_folder_never_a_path(
    write_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], read: Read, tmp_path: Path, app_id: str
) -> None:
    write_lines(tmp_path / "secrets" / "0" / "stderr", OOM_RECORD)
    write_lines(tmp_path / "0" / "stderr", OOM_RECORD)
    (tmp_path / "work").mkdir()
    properties = {"spark.databricks.clusterUsageTags.clusterId": app_id}
    folder = write_log("log", app_id=app_id, failure=LOST, properties=properties).parent
    config = ContextConfig(standalone_work_dir=tmp_path / "work", databricks_log_dir=tmp_path / "work")
    assert heard(read(folder, config)) == []


def test_links_in_a_work_folder_are_not_followed(
    write_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], read: Read, tmp_path: Path
) -> None:
    secret = write_lines(tmp_path / "secret", OOM_RECORD)
    folder = tmp_path / "work" / "app-1" / "0"
    folder.mkdir(parents=True)
    (folder / "stderr").symlink_to(secret)
    logs = write_log("app-1", failure=LOST).parent
    assert heard(read(logs, ContextConfig(standalone_work_dir=tmp_path / "work"))) == []


def test_a_missing_work_folder_is_reported_once(write_log: Callable[..., Path], lake: Lake, tmp_path: Path) -> None:
    for name in ("app-1", "app-2"):
        folder = write_log(name).parent
    report = harvest(folder, ContextConfig(standalone_work_dir=tmp_path / "nowhere"), lake)
    assert report.applications == 2
    ((place, (reason, count)),) = report.around.items()
    assert (place, count) == ("standalone work folder", 2)
    assert "expected a folder" in reason


def databricks(logs: Path, lake: Lake, destination: Path) -> HarvestReport:
    return harvest(logs, ContextConfig(databricks_log_dir=destination), lake)


def test_logs_that_databricks_delivers_are_read_rolled_or_not(
    write_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], lake: Lake, tmp_path: Path
) -> None:
    cluster = tmp_path / "delivered" / CLUSTER["spark.databricks.clusterUsageTags.clusterId"]
    write_lines(cluster / "driver" / "stderr", 'Exception in thread "main" java.lang.IllegalStateException: no rows\n')
    rolled = write_lines(cluster / "driver" / "log4j-2026-01-02-03.log.gz", "")
    rolled.write_bytes(gzip.compress(b"26/01/02 03:04:05 ERROR Driver: java.lang.ArithmeticException: / by zero\n"))
    write_lines(cluster / "driver" / "log4j-active.log", "26/01/02 03:04:05 INFO Driver: fine\n")
    write_lines(cluster / "executor" / "app-1" / "0" / "stderr--2026-01-02--03-00", OOM_RECORD)
    write_lines(cluster / "executor" / "app-9" / "0" / "stderr", OOM_RECORD)
    logs = write_log("app-1", failure=LOST, properties=CLUSTER).parent
    databricks(logs, lake, tmp_path / "delivered")
    assert sorted(facts(lake, "driver_log")) == [
        ("log4j-2026-01-02-03.log.gz:1", ""),
        ("stderr:1", "java.lang.IllegalStateException"),
    ]
    assert facts(lake, "executor_log") == [("executor 0 stderr--2026-01-02--03-00:2", "java.lang.OutOfMemoryError")]
    assert lake.read(Application)["surroundings_json"].to_pylist() == ['["driver_log", "executor_log"]']
    assert databricks(logs, lake, tmp_path / "delivered").unchanged == 1
    write_lines(cluster / "driver" / "stderr", "Traceback (most recent call last):\nKeyError: 'x'\n")
    assert databricks(logs, lake, tmp_path / "delivered").unchanged == 0
    assert ("stderr:1", "KeyError") in facts(lake, "driver_log")


def test_the_fatal_error_file_of_an_executors_jvm_is_read(
    write_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], read: Read, tmp_path: Path
) -> None:
    crash = (
        "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"
        "#  SIGSEGV (0xb) at pc=0x00007fa63a42ef14, pid=7, tid=9\n#\n# Problematic frame:\n"
        "# C  [libsnappyjava.so+0x85f14]\n#\n\n---------------  S U M M A R Y ------------\n\n"
        "Command Line: -Xmx1024m -Dtoken=hunter2-never-in-the-lake "
        "org.apache.spark.executor.CoarseGrainedExecutorBackend --executor-id 0\n"
    )
    write_lines(tmp_path / "work" / "app-1" / "0" / "hs_err_pid7.log", crash)
    write_lines(tmp_path / "work" / "app-1" / "0" / "notes.log", "ERROR Notes: of somebody else\n")
    found = read(write_log("app-1", failure=LOST).parent, ContextConfig(standalone_work_dir=tmp_path / "work"))
    (fact,) = [fact for fact in found.rows.evidence if fact.kind == "executor_log"]
    assert fact.source == "executor 0 hs_err_pid7.log:1"
    assert "C  [libsnappyjava.so+0x85f14]" in fact.message
    assert "Process: -Xmx1024m" in fact.message
    assert "hunter2" not in str(found.rows.evidence)
