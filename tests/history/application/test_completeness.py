import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sparkwright.history.application.completeness import log_state
from sparkwright.history.event_log import read_event_log
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.log_files import LogFile, LogSource, find_logs

# The loss of events that nobody reads may go unnoticed: it changes no row.
UNREAD = (
    "BlockManager",
    "ExecutorMetricsUpdate",
    "TaskStart",
    "DriverAccumUpdates",
    "UnpersistRDD",
    "LogStart",
    "ResourceProfileAdded",
)
# The loss of only these leaves no trace.
TRACELESS = ("ExecutorRemoved", "StageExecutorMetrics", "AdaptiveExecutionUpdate")


def state_of(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    reading = read_event_log(LogSource(str(path), (LogFile(path),), len(content), 0))
    return log_state(reading.application, compacted=False, faulty=bool(reading.faults))


def lines_of(folder: Path) -> list[bytes]:
    (source,) = find_logs(folder)
    assert isinstance(source, LogSource)
    lines = []
    for file in source.files:
        with file.open() as stream:
            lines += b"".join(decoded(stream)).splitlines()
    return lines


def name_of(line: bytes) -> str:
    return str(json.loads(line)["Event"]).rpartition(".")[2].removeprefix("SparkListener")


def is_seen(line: bytes) -> bool:
    """Whether the loss of the line alone must show."""
    name = name_of(line)
    ends = name in {"ApplicationStart", "ApplicationEnd"}
    return not (ends or name.startswith(UNREAD) or name.endswith(TRACELESS))


@pytest.mark.parametrize("app_id", ["app-20261124040613-0001", "app-20261124050819-0008"])
def test_every_single_event_that_a_succeeded_run_lost_is_missed(
    campaign_logs: Path, tmp_path: Path, app_id: str
) -> None:
    lines = lines_of(campaign_logs / f"eventlog_v2_{app_id}")
    assert state_of(tmp_path / "log", b"\n".join(lines)) == "complete"
    lost = [position for position, line in enumerate(lines) if is_seen(line)]
    kinds = {name_of(lines[position]) for position in lost}
    assert kinds >= {"TaskEnd", "StageSubmitted", "StageCompleted", "JobStart", "JobEnd", "SQLExecutionEnd"}
    # Without the last end of a query, the log looks like that of a query that was open when the application stopped.
    lost.remove(max(position for position in lost if name_of(lines[position]) == "SQLExecutionEnd"))
    unnoticed = [
        name_of(lines[position])
        for position in lost
        if state_of(tmp_path / "log", b"\n".join(lines[:position] + lines[position + 1 :])) != "events_dropped"
    ]
    assert unnoticed == []


def test_a_stage_that_was_lost_from_its_first_event_to_its_last_is_missed(campaign_logs: Path, tmp_path: Path) -> None:
    lines = lines_of(campaign_logs / "eventlog_v2_app-20261124050819-0008")

    def of_the_second(line: bytes) -> bool:
        event = json.loads(line)
        return 1 in (event.get("Stage ID"), event.get("Stage Info", {}).get("Stage ID"))

    kept = [line for line in lines if not of_the_second(line)]
    assert len(lines) - len(kept) >= 6
    assert state_of(tmp_path / "log", b"\n".join(kept)) == "events_dropped"


def retried(log: list[dict[str, object]]) -> list[dict[str, object]]:
    """A stage of three tasks whose first attempt lost one task; the second attempt runs that one again."""
    log = json.loads(json.dumps(log))
    tasks = [event for event in log if event["Event"] == "SparkListenerTaskEnd"]
    tasks[2]["Task End Reason"] = {"Reason": "FetchFailed", "Message": "gone"}
    completed = next(position for position, event in enumerate(log) if event["Event"] == "SparkListenerStageCompleted")
    again = [json.loads(json.dumps(event)) for event in (log[5], tasks[0], log[completed])]
    for event in (again[0], again[2]):
        event["Stage Info"] |= {"Stage Attempt ID": 1, "Number of Tasks": 1, "Completion Time": 1_450}
    again[1] |= {"Stage Attempt ID": 1}
    again[1]["Task Info"]["Task ID"] = 3
    log[completed]["Stage Info"]["Failure Reason"] = "FetchFailed"
    return [*log[: completed + 1], *again, *log[completed + 1 :]]


def test_a_task_lost_in_a_stage_that_was_tried_again_is_missed(
    tmp_path: Path, log_events: Callable[..., list[dict[str, object]]]
) -> None:
    log = retried(log_events(tasks=3))
    lines = [json.dumps(event, separators=(",", ":")).encode() for event in log]
    assert state_of(tmp_path / "log", b"\n".join(lines)) == "complete"
    for position, event in enumerate(log):
        if event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"] == {"Reason": "Success"}:
            assert state_of(tmp_path / "log", b"\n".join(lines[:position] + lines[position + 1 :])) == "events_dropped"
