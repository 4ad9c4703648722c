"""The wheel, and bare environments that it is installed into, outside this checkout and its virtual environment."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sparkwright.orchestration import REPOSITORY

VERSIONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel and its base dependencies."""

    folder: Path
    seconds: float

    def run(self, words: Sequence[str | Path], home: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """The installed ``sparkwright`` with these words, at ``home``, in nothing of ours."""
        return self.python([self.folder / "bin" / "sparkwright", *words], home, **env)

    def python(self, words: Sequence[str | Path], home: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Its Python with these words."""
        return subprocess.run(
            [self.folder / "bin" / "python", *words],
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "SPARKWRIGHT_HOME": str(home), "LC_ALL": "C.UTF-8"}
            | ({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {})
            | env,
            cwd=home,
            capture_output=True,
            text=True,
            timeout=300,
        )

    @property
    def size_bytes(self) -> int:
        """What it takes on the disk, as du counts."""
        stats = {(s.st_dev, s.st_ino): s.st_blocks for path in self.folder.rglob("*") for s in (path.lstat(),)}
        return sum(stats.values()) * 512


def interpreter(version: str) -> str | None:
    """A Python of this version: ours, one on PATH, or one that pyenv made."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return sys.executable
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*sorted(kept.glob(f"{version}.*/bin/python"), reverse=True), shutil.which(f"python{version}")]
    return next((str(path) for path in found if path and _runs(path, version)), None)


def _runs(path: str | Path, version: str) -> bool:
    words = [path, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stdout.strip() == version


def _uv(*words: str | Path) -> None:
    """uv links what `make install` has fetched before; what this machine has set for pip it is told."""
    where = {"UV_FIND_LINKS": _pip_setting("find-links"), "UV_DEFAULT_INDEX": _pip_setting("index-url")}
    done = subprocess.run(
        [Path(sys.executable).with_name("uv"), *words, "--quiet"],
        env={name: value for name, value in where.items() if value} | os.environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def _pip_setting(name: str) -> str:
    words = [sys.executable, "-m", "pip", "config", "get", f"global.{name}"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this working tree, built with what requirements.lock installs: no network is needed."""
    out = tmp_path_factory.mktemp("dist")
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(REPOSITORY)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, and nothing beside it."""
    folder = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(wheel, folder, "zip")
    return folder


@pytest.fixture(
    scope="session",
    params=[pytest.param(v, marks=[] if v == VERSIONS[0] else [pytest.mark.slow], id=f"python{v}") for v in VERSIONS],
)
def installed(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """The wheel in an environment of its own, with what its metadata asks for, in the versions of requirements.lock."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"no Python {request.param} here")
    folder = tmp_path_factory.mktemp("installed") / "venv"
    began = time.perf_counter()
    _uv("venv", "--python", python, folder)
    options = ("--compile-bytecode", "--constraint", REPOSITORY / "requirements.lock")
    _uv("pip", "install", *options, "--python", folder / "bin" / "python", wheel)
    yield Installed(folder, time.perf_counter() - began)
    shutil.rmtree(folder)
