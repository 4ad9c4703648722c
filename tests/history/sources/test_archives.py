"""Archives of event logs: read as the folder that was packed, and whatever they claim, bounded."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from data_contracts.tables import Application, Stage
from sparkwright.history.harvest.incremental import harvest
from sparkwright.history.sources import archives
from sparkwright.history.sources.log_files import LogSource, Unreadable, find_logs
from sparkwright.lake import Lake
from tests.support.history_contents import rows

REPOSITORY = Path(__file__).resolve().parents[3]
PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".tar": bytes,
    ".tgz": gzip.compress,
    ".tar.gz": gzip.compress,
    ".TAR.GZ": gzip.compress,
    ".tar.zst": zstandard.compress,
}


def tar_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def delivered(log_bytes: Callable[..., bytes], tmp_path: Path) -> dict[str, bytes]:
    """Files of several layouts, plain and compressed."""
    first, second = (log_bytes(app_id=app_id, tasks=9) for app_id in ("app-1", "app-2"))
    lines = log_bytes(app_id="app-3", tasks=9).splitlines(keepends=True)
    return {
        "./app-1": first,
        "deep/er/app-2.zstd": zstandard.compress(second),
        "eventlog_v2_app-3/events_10_app-3": b"".join(lines[8:]),
        "eventlog_v2_app-3/events_9_app-3": b"".join(lines[:8]),
        "eventlog_v2_app-3/appstatus_app-3": b"",
        "app-4.inprogress": log_bytes(app_id="app-4", ended=False),
    }


@pytest.mark.parametrize("suffix", sorted(PACKED))
def test_an_archive_yields_the_same_as_its_folder(
    delivered: dict[str, bytes], lake: Lake, tmp_path: Path, suffix: str
) -> None:
    for name, content in delivered.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    whole = Lake(str(tmp_path / "whole"))
    harvest(tmp_path / "folder", None, whole)
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / f"logs{suffix}").write_bytes(PACKED[suffix](tar_of(delivered)))
    report = harvest(tmp_path / "packed", None, lake)
    assert (report.found, report.applications, report.unreadable, report.faulty) == (4, 4, [], [])
    assert rows(lake) == rows(whole)
    assert harvest(tmp_path / "packed", None, lake).unchanged == 4


def test_a_large_file_in_an_archive_is_copied_to_disk_and_read(
    log_bytes: Callable[..., bytes], lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_SPOOLED_BYTES", 1000)
    (tmp_path / "logs").mkdir()
    packed = gzip.compress(tar_of({"a": log_bytes(app_id="app-1", tasks=20_000), "b": log_bytes(app_id="app-2")}))
    (tmp_path / "logs" / "all.tgz").write_bytes(packed)
    harvest(tmp_path / "logs", None, lake)
    assert sorted(lake.read(Stage)["task_count"].to_pylist()) == [3, 20_000]


def test_links_devices_and_sparse_files_in_an_archive_are_passed_over(
    log_bytes: Callable[..., bytes], lake: Lake, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        sparse = tarfile.TarInfo("sparse")
        sparse.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,0"}
        archive.addfile(sparse)
        content = log_bytes(app_id="app-1")
        member = tarfile.TarInfo("../../app-1")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "all.tar").write_bytes(packed.getvalue())
    report = harvest(tmp_path / "logs", None, lake)
    assert (report.found, report.applications) == (1, 1)
    assert lake.read(Application)["app_id"].to_pylist() == ["app-1"]
    assert not (tmp_path.parent / "app-1").exists()


def refused(folder: Path) -> str:
    (found,) = find_logs(folder)
    assert isinstance(found, Unreadable)
    return found.reason


@pytest.mark.parametrize("name", ["a.tgz", "a.tar", "a.tar.zst", "a.zip"])
@pytest.mark.parametrize("content", [b"no archive at all" * 99, b"\x1f\x8b\x08\0\0\0", gzip.compress(b"text" * 999)])
def test_a_file_that_is_an_archive_only_by_name_is_reported(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path).startswith("expected ")


def test_an_archive_that_is_cut_is_named(tmp_path: Path, delivered: dict[str, bytes]) -> None:
    packed = gzip.compress(tar_of(delivered))
    (tmp_path / "a.tgz").write_bytes(packed[: len(packed) // 2])
    assert "expected a whole gzip stream" in refused(tmp_path)


def test_an_archive_that_changes_while_it_is_read_stops_nothing(
    log_bytes: Callable[..., bytes], lake: Lake, tmp_path: Path
) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar_of({"app-1": log_bytes(app_id="app-1")}))
    (source,) = find_logs(tmp_path)
    assert isinstance(source, LogSource)
    path.write_bytes(tar_of({"app-2": log_bytes(app_id="app-2")}))
    with pytest.raises(archives.HistoryError, match="expected app-1 in the archive as before"), source.files[0].open():
        pass


def bomb(kind: str) -> bytes:
    """Less than 3 MB that claim or hold gigabytes."""
    if kind == "one file":
        member = tarfile.TarInfo("app-1")
        member.size = 2 * 1024**3
        head = member.tobuf()
    else:  # a header that tarfile would hold in memory
        member = tarfile.TarInfo("pax")
        member.type, member.size = tarfile.XHDTYPE, 2 * 1024**3
        head = member.tobuf()
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as stream:
        stream.write(head)
        for _ in range(2 * 1024):
            stream.write(bytes(1024**2))
    return packed.getvalue()


@pytest.mark.parametrize("kind", ["one file", "a header"])
def test_an_archive_that_unpacks_to_gigabytes_is_refused_in_little_memory(tmp_path: Path, kind: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "bomb.tgz").write_bytes(bomb(kind))
    code = (
        "import resource, sys; from pathlib import Path; from sparkwright.history.sources.log_files import find_logs\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; (found,) = find_logs(Path(sys.argv[1]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, found.reason)"
    )
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "logs"], capture_output=True, text=True, env=environ, check=True
    )
    used_kib, reason = done.stdout.split(" ", 1)
    assert int(used_kib) < 100 * 1024
    assert reason.startswith("expected an archive that unpacks to at most" if kind == "one file" else "expected a read")


def test_zip_and_tar_tell_the_same(delivered: dict[str, bytes], lake: Lake, tmp_path: Path) -> None:
    for folder in ("zip", "tar"):
        (tmp_path / folder).mkdir()
    with zipfile.ZipFile(tmp_path / "zip" / "all.zip", "w") as archive:
        for name, content in delivered.items():
            archive.writestr(name, content)
    (tmp_path / "tar" / "all.tgz").write_bytes(gzip.compress(tar_of(delivered)))
    other = Lake(str(tmp_path / "other"))
    harvest(tmp_path / "zip", None, lake)
    harvest(tmp_path / "tar", None, other)
    assert rows(lake) == rows(other)
