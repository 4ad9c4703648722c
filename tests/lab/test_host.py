import os
import subprocess
from pathlib import Path

import pytest

from evaluation.lab import host


def _on(name: host.Host, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(host.command_on(name, folder, list(command)), capture_output=True, text=True, check=False)


def test_the_small_disk_is_soon_full_and_nobody_else_sees_it(tmp_path: Path) -> None:
    host.prepare(tmp_path)
    impossible = host.why_not("small_disk", tmp_path)
    if impossible:
        pytest.skip(impossible)
    disk = host.fill(host.DISK, tmp_path)
    done = _on("small_disk", tmp_path, "dd", "if=/dev/zero", f"of={disk}/full", "bs=1M", "count=100")
    assert "No space left on device" in done.stderr
    assert not list(Path(disk).iterdir())
    assert host.fill(host.SPARE, tmp_path) != disk


def test_whoever_runs_the_lab_may_not_read_everything_on_the_unprivileged_host(tmp_path: Path) -> None:
    impossible = host.why_not("unprivileged", tmp_path)
    if impossible:
        pytest.skip(impossible)
    mine, forbidden = tmp_path / "mine", tmp_path / "forbidden"
    for file in (mine, forbidden):
        file.write_text("words", encoding="utf-8")
    forbidden.chmod(0)
    assert _on("unprivileged", tmp_path, "cat", str(mine)).stdout == "words"
    assert "Permission denied" in _on("unprivileged", tmp_path, "cat", str(forbidden)).stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root needs no setpriv")
def test_dropping_roots_rights_needs_setpriv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "found no setpriv" in host.why_not("unprivileged", tmp_path)


def test_a_small_disk_needs_unshare_whoever_runs_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "found no unshare" in host.why_not("small_disk", tmp_path)


def test_the_cluster_needs_nothing(tmp_path: Path) -> None:
    assert host.why_not("cluster", tmp_path) == ""
    assert host.command_on("cluster", tmp_path, ["true"]) == ["true"]
