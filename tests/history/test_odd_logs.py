"""Logs that are not quite as Spark writes them: what is in them is read, what is not is named, nothing is mixed up."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data_contracts.tables import Application, Quarantined, Run, Stage
from sparkwright.errors import HistoryError, NoEventsError
from sparkwright.history.application.completeness import log_state
from sparkwright.history.event_log import read_event_log
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.reading import Reading
from sparkwright.history.sources.log_files import LogFile, LogSource
from sparkwright.lake import Lake

Log = list[dict[str, object]]
BOM = b"\xef\xbb\xbf"


@pytest.fixture
def read(write_log: Callable[..., Path]) -> Callable[..., Reading]:
    """Reads one log of these files."""

    def of(*contents: bytes) -> Reading:
        files = tuple(
            LogFile(write_log(f"events_{number}_app-1", content)) for number, content in enumerate(contents, 1)
        )
        return read_event_log(LogSource("log", files, sum(map(len, contents)), 0))

    return of


def state_of(reading: Reading) -> str:
    return log_state(reading.application, compacted=False, faulty=reading.fault_count > 0)


def named(log: Log, app_id: str, cores: str) -> Log:
    """The log with another id, also among its properties, as Spark writes it."""
    log[1]["Spark Properties"] |= {"spark.app.id": app_id, "spark.executor.cores": cores}  # type: ignore[operator]
    return log


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("opening", ["whole", "without LogStart", "without ids"])
def test_of_two_applications_in_one_file_the_first_is_read_and_the_second_named(
    read: Callable[..., Reading],
    log_events: Callable[..., Log],
    log_bytes: Callable[..., bytes],
    ended: bool,
    opening: str,
) -> None:
    first = named(log_events("app-1", tasks=3, ended=ended), "app-1", "2")
    second = named(log_events("app-2", tasks=5), "app-2", "9")
    if opening == "without LogStart":
        del second[0]
    elif opening == "without ids":
        for log in (first, second):
            del log[1]["Spark Properties"]["spark.app.id"]  # type: ignore[attr-defined]
    content = log_bytes(first + second)
    reading = read(content)
    app = reading.application
    assert app.start is not None
    assert (app.start.app_id, app.properties["spark.executor.cores"]) == ("app-1", "2")
    assert sum(stage.task_count for stage in app.stages.values()) == 3
    (fault,) = reading.faults
    assert "another one starts (app-2)" in fault.reason
    assert content[fault.offset_bytes :].startswith(b'{"Event":"Spark')
    assert state_of(reading) == ("events_dropped" if ended else "unfinished")


def test_a_log_that_was_appended_to_itself_is_read_once(
    read: Callable[..., Reading], log_bytes: Callable[..., bytes]
) -> None:
    reading = read(log_bytes(tasks=3) * 2)
    assert sum(stage.task_count for stage in reading.application.stages.values()) == 3
    assert "the same one starts again" in reading.faults[0].reason


def test_a_roll_over_that_repeats_its_identity_goes_on(
    read: Callable[..., Reading], log_events: Callable[..., Log], log_bytes: Callable[..., bytes]
) -> None:
    log = named(log_events(tasks=3), "app-1", "2")
    again = json.loads(json.dumps(log[:3]))
    again[1]["Spark Properties"]["spark.added"] = "later"
    reading = read(log_bytes(log[:7]), log_bytes(again + log[7:]))
    assert reading.faults == []
    assert state_of(reading) == "complete"
    assert reading.application.properties["spark.added"] == "later"


def test_a_byte_order_mark_costs_nothing(read: Callable[..., Reading], log_bytes: Callable[..., bytes]) -> None:
    content = log_bytes(tasks=4)
    plain, marked = read(content), read(BOM + content.replace(b"\n", b"\r\n"))
    assert marked.faults == []
    assert marked.application == plain.application
    (fault,) = read(BOM + content + b"no event\n").faults
    assert fault.offset_bytes == len(BOM + content)


@pytest.mark.parametrize("foreign", [b"just text\n" * 300, b"<html>\n", bytes(range(256)) * 40, b"\x1f\x8b\x08broken"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_foreign_part_of_a_rolled_log_is_one_fault_and_the_others_are_read(
    read: Callable[..., Reading], log_bytes: Callable[..., bytes], foreign: bytes, part: int
) -> None:
    lines = log_bytes(tasks=30).splitlines(keepends=True)
    parts = [b"".join(lines[:20]), b"".join(lines[20:])]
    parts.insert(part, foreign)
    reading = read(*parts)
    assert reading.application.event_count == len(lines)
    (fault,) = reading.faults
    assert f"events_{part + 1}_app-1" in fault.reason
    assert state_of(reading) == "events_dropped"


def test_of_a_rolled_log_whose_first_part_is_lost_the_rest_is_kept_under_the_name_of_its_files(
    write_log: Callable[..., Path], log_bytes: Callable[..., bytes], lake: Lake
) -> None:
    lines = log_bytes(tasks=30).splitlines(keepends=True)
    name = "application_1700000000000_0007"
    folder = write_log(f"eventlog_v2_{name}_2/appstatus_{name}_2", b"").parent.parent
    write_log(f"eventlog_v2_{name}_2/events_1_{name}_2", b"somebody's notes\n")
    write_log(f"eventlog_v2_{name}_2/events_2_{name}_2", b"".join(lines[3:]))
    report = harvest(folder, None, lake)
    assert (report.applications, report.runs) == (1, 0)
    (app,) = lake.read(Application).to_pylist()
    assert (app["app_id"], app["attempt_id"], app["log_state"]) == (name, "2", "events_dropped")
    assert lake.read(Stage)["task_count"].to_pylist() == [30]
    reasons = lake.read(Quarantined)["reason"].to_pylist()
    assert sorted(reason[:40] for reason in reasons) == [
        "expected Spark events in every file of a",
        "expected SparkListenerApplicationStart, ",
    ]


@pytest.mark.parametrize(
    ("content", "words", "plainly"),
    [
        (b"26/10/01 12:00:00 INFO SparkContext: Running\tSpark\n" * 5, "text", True),
        (b"<?xml version='1.0'?>\n<configuration>\n", "XML or HTML", True),
        (b'{"name": "no event"}\n', "`Event`", True),
        (bytes(4000), "zero bytes", True),
        ('{"Event":"SparkListenerLogStart"}'.encode("utf-16"), "UTF-16", True),
        (b"PK\x03\x04" + bytes(range(60)), "zip", True),
        (b"", "the log is empty", False),
        (b'[{"Event":"SparkListenerLogStart","Spark Version":"4.0.0"}, {"Event":"X"}]', "jq -c '.[]' FILE", False),
        (b'[\n{"Event":"SparkListenerLogStart","Spark Version":"4.0.0"},\n', "jq -c '.[]' FILE", False),
        (b'{\n "Event": "SparkListenerLogStart",\n "Spark Version": "4.0.0"\n}\n', "jq -c . FILE", False),
        (b'{"Event":"SparkListenerLogStart","Spark Ver', "cut off after", False),
    ],
)
def test_a_file_without_events_is_described(
    read: Callable[..., Reading], content: bytes, words: str, plainly: bool
) -> None:
    with pytest.raises(HistoryError) as caught:
        read(content)
    assert words in str(caught.value)
    assert isinstance(caught.value, NoEventsError) == plainly


@pytest.mark.parametrize("place", ["behind the end", "in the middle"])
def test_zero_bytes_behind_the_end_cost_nothing_in_the_middle_events(
    read: Callable[..., Reading], log_bytes: Callable[..., bytes], place: str
) -> None:
    lines = log_bytes(tasks=4).splitlines(keepends=True)
    position = len(lines) if place == "behind the end" else 8
    reading = read(b"".join([*lines[:position], bytes(4096), *lines[position:]]))
    assert state_of(reading) == ("complete" if place == "behind the end" else "events_dropped")


def test_an_id_that_only_the_properties_hold_is_the_applications(
    write_log: Callable[..., Path], log_events: Callable[..., Log], log_bytes: Callable[..., bytes], lake: Lake
) -> None:
    log = named(log_events(), "application_1_0001", "2")
    log[2]["App ID"] = None
    harvest(write_log("renamed-by-somebody", log_bytes(log)).parent, None, lake)
    assert lake.read(Run)["app_id"].to_pylist() == ["application_1_0001"]


def sql(execution_id: int, name: str, time_ms: int) -> dict[str, object]:
    event = f"org.apache.spark.sql.execution.ui.SparkListenerSQLExecution{name}"
    return {"Event": event, "executionId": execution_id, "rootExecutionId": execution_id, "time": time_ms}


def test_a_query_that_is_open_when_the_application_stops_is_no_lost_event(
    read: Callable[..., Reading], log_events: Callable[..., Log], log_bytes: Callable[..., bytes]
) -> None:
    log = log_events(tasks=2)
    log[4:4] = [sql(0, "Start", 1_150), sql(0, "End", 1_160), sql(1, "Start", 1_170)]
    assert state_of(read(log_bytes(log))) == "complete"
    del log[5]  # the driver went on to the second, so the first had ended
    assert state_of(read(log_bytes(log))) == "events_dropped"


def test_a_query_that_was_cut_off_while_others_ran_is_no_lost_event(
    read: Callable[..., Reading], log_events: Callable[..., Log], log_bytes: Callable[..., bytes]
) -> None:
    log = log_events(tasks=2, failure={"Reason": "TaskKilled", "Kill Reason": "Stage cancelled"})
    log[4]["Properties"] = {"spark.sql.execution.id": "0"}
    log[4:4] = [sql(0, "Start", 1_150), sql(1, "Start", 1_170), sql(1, "End", 1_180)]
    assert state_of(read(log_bytes(log))) == "complete"


@pytest.mark.parametrize("odd", ["0401", "0402", "0403", "0404", "0405", "0406", "0407", "0409"])
def test_shared_odd_logs_are_read_or_refused_in_clear_words(shared_logs: Path, lake: Lake, odd: str) -> None:
    folder = shared_logs / "field" / "odd_logs"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    harvest(folder, None, lake)
    app_id = f"application_1793000000000_{odd}"
    states = dict(zip(*(lake.read(Application)[name].to_pylist() for name in ("app_id", "log_state")), strict=True))
    refused = {"0406": "jq -c . FILE", "0409": "jq -c '.[]' FILE"}
    if odd in refused:
        reasons = lake.read(Quarantined).to_pylist()
        assert [row["reason"] for row in reasons if app_id in row["source_path"] and refused[odd] in row["reason"]]
    else:
        assert states[app_id] == ("events_dropped" if odd in {"0402", "0407"} else "complete")
