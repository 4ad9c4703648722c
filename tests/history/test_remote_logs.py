import base64
import gzip
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from data_contracts.tables import Application, Quarantined, Run
from sparkwright import stores
from sparkwright.errors import ConfigError, UnreachableError
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.sources.log_files import LogSource, find_logs
from sparkwright.lake import Lake
from sparkwright.stores import RemotePath, place
from tests.support.history_contents import contents, rows
from tests.support.moto_server import Put, between, post

SAMPLE = 8  # every eighth recorded log


@pytest.fixture
def sample(campaign_logs: Path, tmp_path: Path, put: Put) -> Path:
    """A folder of some recorded logs; the same lie below ``s3://history/eventlogs``."""
    folder = tmp_path / "eventlogs"
    for log in sorted(campaign_logs.iterdir())[::SAMPLE]:
        shutil.copytree(log, folder / log.name)
        for file in log.iterdir():
            put(f"eventlogs/{log.name}/{file.name}", file.read_bytes())
    return folder


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sparkwright.cli", *map(str, words)], capture_output=True, text=True, timeout=120
    )


def test_logs_on_s3_tell_the_same_as_in_a_folder_and_the_lake_may_lie_there_too(sample: Path, tmp_path: Path) -> None:
    here, there = Lake(str(tmp_path / "lake")), Lake("s3://history/lake")
    harvest(sample, None, here)
    report = harvest(place("s3a://history/eventlogs/"), None, there)
    assert (report.applications, report.unreadable, report.faulty) == (len(list(sample.iterdir())), [], [])
    assert rows(there) == rows(here)
    paths = {row["source_path"] for row in there.read(Application).to_pylist()}
    assert paths == {f"s3://history/eventlogs/{log.name}" for log in sample.iterdir()}


def test_only_changed_logs_on_s3_are_read_again(sample: Path, put: Put, lake: Lake, cloud: str) -> None:
    harvest(place("s3://history/eventlogs"), None, lake)
    with between(cloud, lambda method, path: False) as (url, asked), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        stores._store.cache_clear()
        report = harvest(place("s3://history/eventlogs"), None, lake)
        assert (report.unchanged, report.applications) == (report.found, 0)
        assert {"list-type=2" in path for _, path, _ in asked} == {True}
    first, second = sorted(sample.glob("*/events_1_*"))[:2]
    put(f"eventlogs/{second.parent.name}/{second.name}", first.read_bytes())
    report = harvest(place("s3://history/eventlogs"), None, lake)
    assert report.unchanged == report.found - 1
    assert len(report.duplicates) == 1


def test_an_object_is_asked_for_in_pieces_and_only_when_it_is_read(put: Put, cloud: str) -> None:
    content = os.urandom(1024) * 17 * 1024
    put("large", content)
    with between(cloud, lambda method, path: False) as (url, asked), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        with RemotePath("s3://history", "large").open() as stream:
            assert [method for method, _, _ in asked] == ["HEAD"]
            assert stream.read(8) == content[:8]
            assert [asked_range for _, _, asked_range in asked[1:]] == ["bytes=0-8388607"]
            stream.seek(0)
            assert b"".join(iter(lambda: stream.read(256 * 1024), b"")) == content
        assert len(asked) == 1 + 3


def test_a_log_that_s3_refuses_for_a_while_is_read_after_all(sample: Path, lake: Lake, cloud: str) -> None:
    refused = iter([True] * 4)
    with between(cloud, lambda method, path: next(refused, False)) as (url, _), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        report = harvest(place("s3://history/eventlogs"), None, lake)
    assert (report.applications, report.unreadable) == (report.found, [])


def test_a_log_that_s3_does_not_give_is_set_aside_and_asked_for_the_next_time(
    sample: Path, lake: Lake, cloud: str
) -> None:
    name = sorted(log.name for log in sample.iterdir())[1]
    with (
        between(cloud, lambda method, path: f"{name}/events" in path) as (url, asked),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL", url)
        report = harvest(place("s3://history/eventlogs"), None, lake)
        assert 1 < sum(f"{name}/events" in path for _, path, _ in asked) < 100
    ((path, reason),) = report.unreadable
    assert path == f"s3://history/eventlogs/{name}"
    assert "503" in reason
    assert report.applications == report.found - 1
    assert lake.read(Quarantined)["source_path"].to_pylist() == [path]
    stores._store.cache_clear()
    report = harvest(place("s3://history/eventlogs"), None, lake)
    assert (report.unchanged, report.applications) == (report.found - 1, 1)
    assert lake.read(Quarantined).num_rows == 0


def test_wrong_credentials_and_a_missing_bucket_are_reported_without_a_traceback(
    s3: Any, cloud: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKWRIGHT_HOME", str(tmp_path))
    missing = command("harvest", "--event-log-dir", "s3://no-such-bucket/logs")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "expected event logs below s3://no-such-bucket/logs" in missing.stderr
    assert "NO_SUCH_BUCKET" in missing.stderr
    assert "Traceback" not in missing.stderr
    with pytest.raises(UnreachableError, match=r"s3://history/nothing: .*check the address and the credentials"):
        list(find_logs(place("s3://history/nothing")))
    post(cloud, "/moto-api/reset-auth", "0")
    try:
        with pytest.raises(UnreachableError, match=r"INVALID_ACCESS_KEY_ID|ACCESS_DENIED"):
            list(find_logs(place("s3://history/eventlogs")))
    finally:
        post(cloud, "/moto-api/reset-auth", "1000000")


@pytest.mark.slow
def test_two_harvesters_into_one_lake_on_s3_lose_and_double_nothing(sample: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "sparkwright.cli", "harvest", "--event-log-dir", sample, "--lake", "s3://history/l"]
    both = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    here = Lake(str(tmp_path / "lake"))
    harvest(sample, None, here)
    assert contents(Lake("s3://history/l")) == contents(here)


def test_every_layout_is_found_on_s3(put: Put, write_log: Callable[..., Path]) -> None:
    log = write_log("app-1").read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("eventlog_v2_app-2/events_1_app-2", log)
        writer.writestr("eventlog_v2_app-2/appstatus_app-2", b"")
    put("logs/app-1.inprogress", log)
    put("logs/.app-1.crc", b"x")
    put("logs/_temporary/0/app-9", log)
    put("logs/downloaded/app-2.zip", archive.getvalue())
    put("logs/0923-cluster/eventlog-2026-01-02--03-00.gz", gzip.compress(log[:500]))
    put("logs/0923-cluster/eventlog", log[500:])
    found = {source.path: source for source in find_logs(place("s3://history/logs")) if isinstance(source, LogSource)}
    assert {path.removeprefix("s3://history/logs") for path in found} == {
        "/app-1",
        "/downloaded/app-2.zip!eventlog_v2_app-2",
        "/0923-cluster",
    }
    assert found["s3://history/logs/app-1"].in_progress
    for source in found.values():
        text = b""
        for file in source.files:
            with file.open() as stream:
                stored = stream.read()
            text += gzip.decompress(stored) if stored.startswith(b"\x1f\x8b") else stored
        assert text == log
        assert source.modified_at_ns > 10**18


def test_what_databricks_delivers_beside_event_logs_is_none_on_s3_either(put: Put) -> None:
    put("logs/c-1/eventlog/7/eventlog", b"{}")
    put("logs/c-1/driver/log4j-active.log", b"no event")
    put("logs/c-1/executor/app-1/0/stderr", b"no event")
    put("logs/driver/app-2", b"{}")  # nothing is delivered beside this folder
    found = {found.path.removeprefix("s3://history/logs/") for found in find_logs(place("s3://history/logs"))}
    assert found == {"c-1/eventlog/7", "driver/app-2"}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("s3a://AKIA:hunter2@bucket/logs/?region=eu-west-1", "s3://bucket/logs"),
        ("S3://bucket", "s3://bucket"),
        ("abfss://logs:hunter2@account.dfs.core.windows.net/a", "abfss://account.dfs.core.windows.net/logs/a"),
        ("dbfs:/cluster-logs/", "dbfs:/cluster-logs"),
        ("hdfs://me@namenode:8020/spark", "hdfs://namenode:8020/spark"),
    ],
)
def test_an_address_is_shown_without_keys(address: str, shown: str) -> None:
    assert str(place(address)) == shown
    assert "hunter2" not in repr(place(address))


def test_a_path_stays_a_path_and_an_unknown_store_is_wrong_use() -> None:
    assert place("/var/log/spark events") == place("file:///var/log/spark%20events") == Path("/var/log/spark events")
    assert place("logs") == Path("logs")
    assert place("file:/var/log") == Path("/var/log")
    assert place("file:///var/log#2") == Path("/var/log#2")
    with pytest.raises(ConfigError, match="expected the URL of a folder, got s3:"):
        place("s3://[x/logs")
    with pytest.raises(ConfigError, match="--history-server"):
        place("http://host:18080")
    with pytest.raises(ConfigError, match="expected a folder, or a URL that starts with one of file:, s3:") as refused:
        place("ftp://me:hunter2@host/logs")
    assert "hunter2" not in str(refused.value)


def test_the_requirements_of_a_store_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_TOKEN", "HADOOP_HOME", "ARROW_LIBHDFS_DIR", "CLASSPATH"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UnreachableError, match="set DATABRICKS_HOST and DATABRICKS_TOKEN"):
        list(find_logs(place("dbfs:/cluster-logs")))
    with pytest.raises(UnreachableError, match=r"a Hadoop client is needed here \(JAVA_HOME, HADOOP_HOME"):
        list(find_logs(place("hdfs://127.0.0.1:1/spark")))


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for ``localhost`` (``public.pem``) and its key, both new."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return public, private


@contextmanager
def databricks(files: dict[str, bytes], folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A workspace whose DBFS holds these files, its address and what it was asked; shaped as the REST API 2.0 is told.

    Source: docs.databricks.com/api/workspace/dbfs: ``list`` and ``read``, at most 1 MiB a request.
    """
    asked: list[str] = []

    def answer(endpoint: str, path: str, offset: int, length: int) -> tuple[int, dict[str, object]]:
        if endpoint == "read":
            data = files[path][offset : offset + min(length, 1024**2)]
            return 200, {"bytes_read": len(data), "data": base64.b64encode(data).decode()}
        if path in files:
            return 200, {"files": [{"path": path, "is_dir": False, "file_size": len(files[path])}]}
        below = sorted({name[len(path.rstrip("/")) + 1 :] for name in files if name.startswith(path.rstrip("/") + "/")})
        if not below:
            return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"No file or directory exists on {path}"}
        found = {name.partition("/")[0]: "/" in name for name in below}
        return 200, {
            "files": [
                {
                    "path": (whole := f"{path.rstrip('/')}/{name}"),
                    "is_dir": is_dir,
                    "file_size": len(files.get(whole, b"")),
                }
                for name, is_dir in found.items()
            ]
        }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint = self.path.rpartition("/")[2]
            asked.append(f"{endpoint} {words['path']}")
            status, said = 403, {"error_code": "PERMISSION_DENIED", "message": "Invalid access token"}
            if self.headers["Authorization"] == "Bearer good":
                status, said = answer(endpoint, words["path"], words.get("offset", 0), words.get("length", 0))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"https://localhost:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_logs_on_dbfs_are_harvested(
    write_log: Callable[..., Path], lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write_log("app-1", properties={"spark.filler": "x" * 3 * 1024**2}).read_bytes()
    rolled = log.index(b"\n") + 1
    files = {
        "/logs/0923-x/eventlog-2026-01-02--03-00.gz": gzip.compress(log[:rolled]),
        "/logs/0923-x/eventlog": log[rolled:],
    }
    with databricks(files, tmp_path) as (url, asked):
        stores._store.cache_clear()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "public.pem"))
        monkeypatch.setenv("DATABRICKS_HOST", url)
        monkeypatch.setenv("DATABRICKS_TOKEN", "good")
        report = harvest(place("dbfs:/logs"), None, lake)
        assert (report.unreadable, report.faulty) == ([], [])
        (run,) = lake.read(Run).to_pylist()
        assert (run["log_state"], run["task_count"]) == ("complete", 3)
        assert lake.read(Application)["source_path"].to_pylist() == ["dbfs:/logs/0923-x"]
        reads = asked.count("read /logs/0923-x/eventlog")
        assert reads > 2
        assert harvest(place("dbfs:///logs/"), None, lake).unchanged == 1
        assert asked.count("read /logs/0923-x/eventlog") == reads
        with pytest.raises(UnreachableError, match="no such folder"):
            list(find_logs(place("dbfs:/nothing")))
        monkeypatch.setenv("DATABRICKS_TOKEN", "bad")
        stores._store.cache_clear()
        with pytest.raises(UnreachableError, match="Invalid access token"):
            list(find_logs(place("dbfs:/logs")))
    stores._store.cache_clear()
