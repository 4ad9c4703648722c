"""YARN, against answers that this project wrote after Hadoop's documentation and sources; no YARN was here to ask."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_contracts.tables import Application, Source
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.harvest.read import Harvested
from sparkwright.lake import Lake

APP_ID = "application_1410450250506_0003"
CONTAINER = "container_e17_1410450250506_0003_01_00000"
LOST = {"Reason": "ExecutorLostFailure", "Executor ID": "0", "Loss Reason": "Container marked as failed"}
STDERR = (
    "26/01/02 03:04:05 INFO Executor: running\n"
    "26/01/02 03:04:06 ERROR SparkUncaughtExceptionHandler: Uncaught exception\n"
    "java.lang.OutOfMemoryError: Java heap space\n"
)
TRACEBACK = "Traceback (most recent call last):\nKeyError\n"


def application(**fields: object) -> dict[str, object]:
    """``ws/v1/cluster/apps/{id}`` as the ResourceManager REST page of Hadoop 3 shows it."""
    return {
        "app": {
            "id": APP_ID,
            "user": "etl",
            "name": "nightly",
            "queue": "default",
            "state": "FINISHED",
            "finalStatus": "FAILED",
            "progress": 100.0,
            "trackingUI": "History",
            "trackingUrl": f"http://rm:8088/proxy/{APP_ID}/",
            "diagnostics": "User class threw exception: java.lang.IllegalStateException: token=hunter2-never-kept",
            "clusterId": 1410450250506,
            "applicationType": "SPARK",
            "applicationTags": "",
            "startedTime": 1410450585115,
            "finishedTime": 1410450621180,
            "elapsedTime": 36065,
            "amContainerLogs": f"http://nm:8042/node/containerlogs/{CONTAINER}1/etl",
            "amHostHttpAddress": "nm:8042",
            "allocatedMB": -1,
            "allocatedVCores": -1,
            "runningContainers": -1,
            "memorySeconds": 151730,
            "vcoreSeconds": 103,
            "logAggregationStatus": "SUCCEEDED",
            "unmanagedApplication": False,
            **fields,
        }
    }


def served(text: str, name: str) -> bytes:
    """A log as ``containerlogs`` sends it (LogToolUtils, Hadoop 3)."""
    head = f"Container: {CONTAINER}2 on nm_45454"
    return (
        f"{head}\nLogAggregationType: AGGREGATED\n{'=' * len(head)}\nLogType:{name}\n"
        f"LogLastModifiedTime:Fri Jan 02 03:05:00 +0000 2026\nLogLength:{len(text)}\nLogContents:\n"
        f"{text}\nEnd of LogType:{name}\n{'*' * 79}\n\n"
    ).encode()


Read = Callable[[Path, ContextConfig], Harvested]


def facts(found: Harvested, kind: str) -> list[tuple[str, str]]:
    return [(fact.source, fact.exception_class) for fact in found.rows.evidence if fact.kind == kind]


@pytest.fixture
def yarn_log(write_log: Callable[..., Path], log_events: Callable[..., list[dict[str, Any]]]) -> Callable[..., Path]:
    """Writes the event log of a YARN application and gives its folder."""

    def write(*, cluster_mode: bool = True, attempt: str = "1", **options: object) -> Path:
        properties = {"spark.master": "yarn", "spark.submit.deployMode": "cluster" if cluster_mode else "client"}
        events = log_events(APP_ID, properties=properties, **options)
        start = next(event for event in events if event["Event"] == "SparkListenerApplicationStart")
        start["App Attempt ID"] = attempt
        if cluster_mode:
            start["Driver Attributes"] = {"CONTAINER_ID": f"{CONTAINER}1", "USER": "etl"}
        added = next(event for event in events if event["Event"] == "SparkListenerExecutorAdded")
        url = f"http://nm:8042/node/containerlogs/{CONTAINER}2/etl/stderr?start=-4096"
        added["Executor Info"]["Log Urls"] = {"stderr": url}
        return write_log(APP_ID, b"".join(json.dumps(event).encode() + b"\n" for event in events)).parent

    return write


def manager(server: Any, **fields: object) -> ContextConfig:
    server.says(f"/ws/v1/cluster/apps/{APP_ID}", application(**fields))
    return ContextConfig(yarn_rm_url=server.url)


def test_the_resource_manager_says_how_it_ended_and_what_it_took(
    server: Any, yarn_log: Callable[..., Path], read: Read
) -> None:
    found = read(yarn_log(), manager(server))
    row = found.rows.application
    assert (row.final_status, row.status) == ("failed", "failed")
    assert (row.allocated_memory_mib_s, row.allocated_vcore_s) == (151730, 103)
    assert row.diagnostics.startswith("User class threw exception")
    assert facts(found, "final_status") == [
        (f"YARN ResourceManager {APP_ID}", "java.lang.IllegalStateException"),
    ]
    assert "never-kept" not in str(found.rows)


@pytest.mark.parametrize(
    ("cluster_mode", "said", "expected"),
    [
        (True, "SUCCEEDED", ("succeeded", "succeeded")),
        (True, "KILLED", ("killed", "failed")),
        # In client mode the driver runs elsewhere: it disconnected, which YARN calls a success.
        (False, "SUCCEEDED", (None, "failed")),
        (False, "FAILED", ("failed", "failed")),
    ],
)
def test_a_success_counts_where_yarn_ran_the_driver(
    server: Any, yarn_log: Callable[..., Path], read: Read, cluster_mode: bool, said: str, expected: tuple[str, str]
) -> None:
    folder = yarn_log(cluster_mode=cluster_mode, failure=LOST)
    found = read(folder, manager(server, finalStatus=said, diagnostics=""))
    row = found.rows.application
    assert (row.final_status, row.status) == expected


def test_a_report_on_the_last_attempt_does_not_apply_to_earlier_ones(
    server: Any, yarn_log: Callable[..., Path], read: Read
) -> None:
    last = f"http://nm:8042/node/containerlogs/{CONTAINER.replace('_01_', '_02_')}1/etl"
    found = read(yarn_log(), manager(server, finalStatus="SUCCEEDED", amContainerLogs=last))
    row = found.rows.application
    assert (row.final_status, row.diagnostics, row.allocated_vcore_s) == ("failed", None, None)


def test_a_container_of_the_driver_that_outgrew_its_limit_is_no_sign_of_the_executors_memory(
    server: Any, yarn_log: Callable[..., Path], read: Read
) -> None:
    said = (
        f"Application {APP_ID} failed 1 times due to AM Container for appattempt_1410450250506_0003_000001 exited with "
        f" exitCode: -104\nDiagnostics: Container [pid=7,containerID={CONTAINER}1] is running beyond physical memory "
        "limits. Current usage: 1.5 GB of 1.5 GB physical memory used"
    )
    found = read(yarn_log(), manager(server, diagnostics=said))
    assert found.rows.run.memory_verdict == "unknown"


def test_an_application_that_yarn_forgot_is_no_fault(server: Any, yarn_log: Callable[..., Path], read: Read) -> None:
    found = read(yarn_log(), ContextConfig(yarn_rm_url=server.url))
    assert found.faults == {}
    row = found.rows.application
    assert (row.status, row.final_status, row.surroundings_json) == ("succeeded", None, "[]")


def test_logs_are_asked_of_the_log_server_by_their_end(server: Any, yarn_log: Callable[..., Path], read: Read) -> None:
    base = "/ws/v1/history/containerlogs"
    server.answers[f"{base}/{CONTAINER}2/stderr"] = (200, served(STDERR, "stderr"))
    server.answers[f"{base}/{CONTAINER}1/stdout"] = (
        200,
        served(TRACEBACK, "stdout"),
    )
    found = read(yarn_log(failure=LOST), ContextConfig(yarn_log_url=f"{server.url}/ws/v1/history"))
    # The last line of the executor's log is -1, whatever the server appends to it.
    assert facts(found, "executor_log") == [("executor 0 stderr:-2", "java.lang.OutOfMemoryError")]
    assert facts(found, "driver_log") == [("stdout:-2", "KeyError")]
    assert found.rows.run.memory_verdict == "heap_oom"
    assert all(int(query["size"]) < 0 for _, query, _ in server.asked)


def test_only_the_configured_servers_are_asked_whatever_the_event_log_names(
    server: Any, yarn_log: Callable[..., Path], write_log: Callable[..., Path], read: Read
) -> None:
    yarn_log(failure=LOST)
    folder = write_log("other", app_id="application_1_1/../../x", failure=LOST, properties={"spark.master": "yarn"})
    read(folder.parent, ContextConfig(yarn_rm_url=server.url, yarn_log_url=f"{server.url}/ws"))
    assert {path for path, _, _ in server.asked} == {
        f"/ws/v1/cluster/apps/{APP_ID}",
        *(f"/ws/containerlogs/{CONTAINER}{number}/{name}" for number in "12" for name in ("stderr", "stdout")),
    }


@pytest.mark.parametrize(
    ("fields", "awaited"),
    [
        ({"finalStatus": "UNDEFINED", "state": "RUNNING"}, True),
        ({"logAggregationStatus": "RUNNING"}, True),
        ({}, False),
    ],
)
def test_awaited_reports_are_looked_for_again(
    server: Any, yarn_log: Callable[..., Path], lake: Lake, fields: dict[str, str], awaited: bool
) -> None:
    folder = yarn_log(failure=LOST)
    manager(server, **fields)
    config = ContextConfig(yarn_rm_url=server.url, yarn_log_url=server.url)
    harvest(folder, config, lake)
    assert (lake.read(Source)["awaited_until_at"].null_count == 0) == awaited
    manager(server)
    assert harvest(folder, config, lake).unchanged == (0 if awaited else 1)
    assert lake.read(Application)["final_status"].to_pylist() == ["failed"]
    assert harvest(folder, config, lake).unchanged == 1


def test_container_folders_as_a_node_keeps_them_or_emr_delivers_them_are_read(
    yarn_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], read: Read, tmp_path: Path
) -> None:
    folder = tmp_path / "containers" / APP_ID
    write_lines(folder / f"{CONTAINER}2" / "stderr.gz", "").write_bytes(gzip.compress(STDERR.encode()))
    write_lines(folder / f"{CONTAINER}1" / "stdout", TRACEBACK)
    write_lines(folder / f"{CONTAINER}9" / "stderr", "Unrecognized option: --x\n")
    write_lines(folder / f"{CONTAINER.replace('_01_', '_02_')}2" / "stderr", STDERR)
    logs = yarn_log(failure=LOST)
    found = read(logs, ContextConfig(yarn_log_dir=tmp_path / "containers"))
    assert sorted(facts(found, "executor_log")) == [
        ("executor 0 stderr.gz:2", "java.lang.OutOfMemoryError"),
        (f"executor {CONTAINER}9 stderr:1", ""),
    ]
    assert facts(found, "driver_log") == [("stdout:1", "KeyError")]
    assert found.record.size_bytes > found.source.size_bytes


@pytest.mark.parametrize("layout", ["out", "printed"])
def test_output_of_yarn_logs_is_read(
    yarn_log: Callable[..., Path], write_lines: Callable[[Path, str], Path], read: Read, tmp_path: Path, layout: str
) -> None:
    text = (served("fine\n", "prelaunch.out") + served(STDERR, "stderr")).decode()
    if layout == "out":
        write_lines(tmp_path / "text" / APP_ID / "nm_45454" / f"{CONTAINER}2", text)
    else:
        other = served(STDERR, "stderr").decode().replace(f"{CONTAINER}2", f"{CONTAINER}1")
        write_lines(tmp_path / "text" / f"{APP_ID}.log", other + text)
    logs = yarn_log(failure=LOST)
    found = read(logs, ContextConfig(yarn_log_dir=tmp_path / "text"))
    assert facts(found, "executor_log") == [("executor 0 stderr:2", "java.lang.OutOfMemoryError")]
    driver = [("stderr:2", "java.lang.OutOfMemoryError")] if layout == "printed" else []
    assert facts(found, "driver_log") == driver
    assert found.record.size_bytes > found.source.size_bytes
