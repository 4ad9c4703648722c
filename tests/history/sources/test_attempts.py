import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_contracts.tables import Application, Quarantined, Run, Source
from sparkwright.errors import UnreachableError
from sparkwright.history.context.log_context import ContextConfig
from sparkwright.history.harvest import incremental as harvesting
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.lake import Lake
from tests.support.answering_server import answering
from tests.support.history_contents import contents
from tests.support.history_server import history_server

SORT = "app-20261124051250-0011"
LISTED = json.dumps(
    [{"id": "app-1", "attempts": [{"attemptId": "2", "lastUpdatedEpoch": 5}, {"attemptId": "1"}]}]
).encode()


def rows(lake: Lake) -> dict[str, list[dict[str, object]]]:
    """Everything in the lake but where and when it was read."""
    found = contents(lake)
    del found[Source.table]
    for row in found[Application.table]:
        row.pop("source_path")
    return found


def test_logs_through_the_history_server_tell_the_same_as_their_files(
    campaign_server: str, campaign_logs: Path, lake: Lake, tmp_path: Path
) -> None:
    around = ContextConfig(driver_log_dir=campaign_logs.parent / "drivers")
    direct = Lake(str(tmp_path / "direct"))
    harvest(campaign_logs, around, direct)
    report = harvest(HistoryServer(campaign_server), around, lake)
    assert (report.applications, report.unreadable) == (report.found, [])
    assert rows(lake) == rows(direct)
    assert all(
        row["source_path"] == f"{campaign_server}/api/v1/applications/{row['app_id']}"
        for row in lake.read(Application).to_pylist()
    )
    before = contents(lake)
    report = harvest(HistoryServer(campaign_server), around, lake)
    assert (report.unchanged, report.applications) == (report.found, 0)
    assert contents(lake) == before


@pytest.mark.slow
def test_only_the_attempt_that_went_on_is_downloaded_again(campaign_logs: Path, lake: Lake, tmp_path: Path) -> None:
    def attempt(number: str) -> list[bytes]:
        """The events of a recorded log, as those of one attempt of its application."""
        file = next((campaign_logs / f"eventlog_v2_{SORT}").glob("events_1_*"))
        with file.open("rb") as stream:
            lines = b"".join(decoded(stream)).splitlines(keepends=True)
        start = next(index for index, line in enumerate(lines) if b"SparkListenerApplicationStart" in line)
        event = json.loads(lines[start]) | {"App Attempt ID": number}
        return [*lines[:start], json.dumps(event, separators=(",", ":")).encode() + b"\n", *lines[start + 1 :]]

    folder = tmp_path / "logs"
    folder.mkdir()
    running = folder / f"{SORT}_2.inprogress"
    (folder / f"{SORT}_1").write_bytes(b"".join(attempt("1")))
    running.write_bytes(b"".join(attempt("2")[:-20]))
    words = [sys.executable, "-m", "sparkwright.cli", "harvest", "--lake", lake.uri, "--history-server"]
    with history_server(folder, tmp_path / "server", 1) as url, HistoryServer(url) as client:
        subprocess.run([*words, url], check=True, capture_output=True)
        first = {row["attempt_id"]: row for row in lake.read(Run).to_pylist()}
        assert {number: run["log_state"] for number, run in first.items()} == {"1": "complete", "2": "unfinished"}
        running.unlink()
        (folder / f"{SORT}_2").write_bytes(b"".join(attempt("2")))
        until = time.monotonic() + 30
        while not all(each.completed for each in client.application(SORT).attempts):
            assert time.monotonic() < until
            time.sleep(0.2)
        report = harvest(client, None, lake)
    assert (report.found, report.unchanged, report.applications) == (2, 1, 1)
    second = {row["attempt_id"]: row for row in lake.read(Run).to_pylist()}
    assert second["1"] == first["1"]
    assert {**second["2"], "attempt_id": "1"} == first["1"]
    assert set(lake.read(Source)["source_path"].to_pylist()) == {
        f"{url}/api/v1/applications/{SORT}/{number}" for number in (1, 2)
    }


def test_a_log_that_the_history_server_does_not_give_is_set_aside_and_asked_for_the_next_time(lake: Lake) -> None:
    gone = (404, b"unknown app app-1, attempt 2")
    for time_asked in (1, 2):
        with answering((200, LISTED), (200, b"[]"), gone, (200, b"no archive")) as (url, asked):
            report = harvest(HistoryServer(url.replace("//", "//me:hunter2@")), None, lake)
        assert [path.partition(" ")[0] for path in asked[2:]] == [
            "/api/v1/applications/app-1/2/logs",
            "/api/v1/applications/app-1/1/logs",
        ]
        assert [reason for _, reason in report.unreadable] == [
            f"expected an answer, {url}/api/v1/applications/app-1/2/logs returned 404: unknown app app-1, attempt 2",
            "expected a readable zip archive: File is not a zip file",
        ]
        assert lake.read(Quarantined).num_rows == 2 * time_asked
    assert "hunter2" not in json.dumps(contents(lake))


def test_a_server_that_is_gone_ends_the_harvest(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvesting, "_PATIENCE_S", 0)
    monkeypatch.setattr(harvesting, "_MIN_FAILURES", 1)
    with (
        answering((200, LISTED), (200, b"[]"), (404, b"unknown app")) as (url, asked),
        pytest.raises(UnreachableError, match=r"nothing could be read for 0 s: .*run harvest again later"),
    ):
        harvest(HistoryServer(url), None, lake)
    assert len(asked) == 3
    assert lake.read(Quarantined).num_rows == 1


def test_a_log_that_takes_long_to_fail_stops_no_other(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvesting, "_PATIENCE_S", 0)
    with answering((200, LISTED), (200, b"[]"), (404, b"unknown app"), (200, b"no archive")) as (url, _):
        assert len(harvest(HistoryServer(url), None, lake).unreadable) == 2


def test_the_environment_may_name_the_history_server_and_a_folder_that_is_named_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKWRIGHT_HOME", str(tmp_path))
    words = [sys.executable, "-m", "sparkwright.cli", "harvest"]
    with answering((200, b"[]")) as (url, asked):
        monkeypatch.setenv("SPARKWRIGHT_HISTORY_SERVER_URL", url)
        done = subprocess.run(words, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, f"no event logs below {url}/api/v1: nothing to harvest\n")
        assert len(asked) == 2
        done = subprocess.run([*words, "--event-log-dir", tmp_path / "nowhere"], capture_output=True, text=True)
        assert done.returncode == 2
        assert len(asked) == 2


def test_a_history_server_and_a_folder_at_once_are_wrong_use() -> None:
    words = ["harvest", "--history-server", "http://127.0.0.1:1", "--event-log-dir", "logs"]
    refused = subprocess.run([sys.executable, "-m", "sparkwright.cli", *words], capture_output=True, text=True)
    assert refused.returncode == 2
    assert "not allowed with" in refused.stderr
