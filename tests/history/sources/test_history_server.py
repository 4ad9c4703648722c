import gzip
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sparkwright.errors import ConfigError, HistoryError
from sparkwright.history.sources import history_server
from sparkwright.history.sources.history_answers import text_of, time_of
from sparkwright.history.sources.history_server import HistoryServer
from tests.support.answering_server import answering

SORT = "app-20261124051250-0011"


@pytest.fixture
def client(campaign_server: str) -> Iterator[HistoryServer]:
    with HistoryServer(campaign_server) as client:
        yield client


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_server, "_FIRST_PAUSE_S", 0.01)


def test_every_application_comes_once_whatever_the_size_of_a_page(
    client: HistoryServer, campaign_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {folder.name.removeprefix("eventlog_v2_") for folder in campaign_logs.iterdir()}
    for page in (1000, 7, 1):
        monkeypatch.setattr(history_server, "_PAGE", page)
        listed = [info.app_id for info in client.applications()]
        assert len(listed) == len(set(listed))
        assert set(listed) == named


def test_stages_executors_environment_and_queries_come_typed(
    client: HistoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = client.application(SORT)
    assert (info.name, len(info.attempts), info.attempts[0].spark_version) == ("sort", 1, "4.3.0")
    stages = client.stages(SORT)
    assert {stage.status for stage in stages} == {"COMPLETE", "SKIPPED"}
    assert sum(stage.input_bytes for stage in stages) > 1e6
    assert max(stage.peak_metrics.get("JVMHeapMemory", 0) for stage in stages) > 1e8
    started = [time_of(stage.submitted_at) for stage in stages if stage.submitted_at]
    assert datetime(2026, 11, 24, 5, 12, tzinfo=UTC) < min(filter(None, started))
    executors = {executor.executor_id: executor for executor in client.executors(SORT)}
    assert executors.keys() == {"driver", "0", "1"}
    assert executors["0"].complete_task_count > 0
    assert dict(client.environment(SORT).spark)["spark.app.name"] == "sort"
    whole = list(client.sql(SORT))
    assert whole and all(query.status == "COMPLETED" and query.duration_ms > 0 for query in whole)
    monkeypatch.setattr(history_server, "_PAGE", 1)
    assert list(client.sql(SORT)) == whole


def test_an_event_log_comes_as_a_zip_archive_of_its_files(
    client: HistoryServer, campaign_logs: Path, tmp_path: Path
) -> None:
    client.download_log(SORT, None, tmp_path / "log.zip")
    with zipfile.ZipFile(tmp_path / "log.zip") as archive:
        names = [name for name in archive.namelist() if "events_" in name]
        assert [archive.read(name) for name in names] == [(campaign_logs / name).read_bytes() for name in names]
    assert len(names) == 1


def test_a_missing_application_is_reported_in_the_words_of_the_server(client: HistoryServer) -> None:
    for ask in (client.application, client.stages, client.executors, client.environment, lambda a: list(client.sql(a))):
        with pytest.raises(HistoryError, match=r"404: (unknown|no such) app: a b"):
            ask("a b")
    with pytest.raises(HistoryError, match="404: no such app"):
        client.stages(SORT, "7")


def test_a_moment_is_written_as_spark_reads_it() -> None:
    assert text_of(datetime(2026, 11, 24, 5, 12, 50, 335_900, tzinfo=UTC)) == "2026-11-24T05:12:50.335GMT"
    assert time_of("2026-11-24T05:12:50.335GMT") == datetime(2026, 11, 24, 5, 12, 50, 335_000, tzinfo=UTC)
    assert time_of(None) is None


@pytest.mark.parametrize("fault", [(503, b"starting"), (500, b""), (429, b"slow down"), (0, b"HTTP/1.1 nonsense")])
def test_a_server_that_recovers_is_asked_again(impatient: None, fault: tuple[int, bytes]) -> None:
    with answering(fault, fault, (200, b'{"id": "app-1"}')) as (url, asked), HistoryServer(url) as client:
        assert client.application("app-1").app_id == "app-1"
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [((503, b"overloaded"), r"503: overloaded \(tried 3 times\)"), ((0, b""), r"\(tried 3 times\)")],
)
def test_a_server_that_does_not_recover_is_given_up(impatient: None, answer: tuple[int, bytes], said: str) -> None:
    with (
        answering(answer) as (url, asked),
        HistoryServer(url, tries=3) as client,
        pytest.raises(HistoryError, match=said),
    ):
        client.application("app-1")
    assert len(asked) == 3


def test_a_download_that_breaks_off_starts_again(impatient: None, tmp_path: Path) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly the start"
    with answering((0, cut), (200, b"whole")) as (url, asked), HistoryServer(url) as client:
        client.download_log("app-1", "2", tmp_path / "log.zip")
    assert (tmp_path / "log.zip").read_bytes() == b"whole"
    assert asked == ["/api/v1/applications/app-1/2/logs"] * 2


def test_a_server_that_says_nothing_is_given_up(impatient: None) -> None:
    silent = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            silent.wait(10)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        with (
            HistoryServer(url, timeout_s=0.1, tries=2) as client,
            pytest.raises(HistoryError, match=r"timed out \(tried 2 times\)"),
        ):
            client.application("app-1")
    finally:
        silent.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b"<html>sign in</html>"), "is it one, or a page to sign in"),
        ((200, b'{"no": "list"}'), "expected an answer of a Spark History Server"),
        ((200, b"\xff\xfe\x00"), "expected an answer of a Spark History Server"),
        ((404, b"<html>nginx</html>"), "is it a Spark History Server"),
        ((401, b""), "put user and password into the address"),
        ((403, b""), "put user and password into the address"),
        ((400, b"Couldn't parse date"), "400: Couldn't parse date"),
        ((400, b"<html>..."), "returned 400$"),
    ],
)
def test_a_refusal_or_another_server_is_reported_at_once(answer: tuple[int, bytes], said: str) -> None:
    with answering(answer) as (url, asked), HistoryServer(url) as client, pytest.raises(HistoryError, match=said):
        list(client.applications())
    assert len(asked) == 1


def test_a_password_in_the_address_is_used_and_never_shown() -> None:
    with answering((401, b"")) as (url, asked):
        with HistoryServer(url.replace("//", "//me:hunter2@")) as client, pytest.raises(HistoryError) as refused:
            client.application("app-1")
        assert client.attempt_url("app 1", "2") == f"{url}/api/v1/applications/app%201/2"
    assert asked[0].split(" ")[1:2] == ["Basic"]
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "host:18080", "ftp://host", "http://", "http://host:port"])
def test_an_address_that_is_none_is_wrong_use(url: str) -> None:
    with pytest.raises(ConfigError, match="expected the address of a Spark History Server"):
        HistoryServer(url)


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/"])
def test_the_address_may_name_the_api(tail: str) -> None:
    assert HistoryServer(f"http://host:18080/proxied{tail}").url == "http://host:18080/proxied/api/v1"


def test_compressed_answers_are_read() -> None:
    body = gzip.compress(json.dumps({"id": "app-1"}).encode())
    with answering((200, body), Content_Encoding="gzip") as (url, _), HistoryServer(url) as client:
        assert client.application("app-1").app_id == "app-1"


def test_an_answer_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_server, "_MAX_ANSWER_BYTES", 1000)
    with (
        answering((200, gzip.compress(b" " * 10_000_000)), Content_Encoding="gzip") as (url, _),
        HistoryServer(url) as client,
        pytest.raises(HistoryError, match="expected at most 1000 bytes"),
    ):
        client.application("app-1")
