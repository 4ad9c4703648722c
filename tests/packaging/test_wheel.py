"""What the wheel holds and declares, without installing anything."""

import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import sparkwright
from sparkwright.orchestration import REPOSITORY

PACKAGES = ("sparkwright", "data_contracts")
HEAVY = {"torch", "mlflow", "apache-airflow", "bentoml", "pyspark", "pandas", "scipy", "great-expectations"}


def metadata(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_it_holds_every_file_of_both_packages_and_nothing_else(wheel: Path) -> None:
    # Also what is new and not yet added; not what git ignores.
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PACKAGES]
    done = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"git does not list the files of this checkout: {done.stderr.strip()}")
    expected = {name for name in done.stdout.splitlines() if (REPOSITORY / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected
    assert {"sparkwright/py.typed", "data_contracts/py.typed"} < held
    assert {Path(name).suffix for name in held} >= {".py", ".yaml"}


def test_its_metadata_name_version_licence_and_a_light_base(wheel: Path) -> None:
    found = metadata(wheel)
    assert (found["Name"], found["Version"]) == ("sparkwright", sparkwright.__version__)
    assert found["License-Expression"] == "Apache-2.0"
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = [name for name in archive.namelist() if name.endswith("/licenses/LICENSE")]
        assert "Apache License" in archive.read(licence).decode()
    base = {text for text in found.get_all("Requires-Dist") if ";" not in text}
    assert base
    assert not base & HEAVY


def test_every_declared_name_is_in_the_lock() -> None:
    """One file says which versions go together: an extra or a group that it lacks was never installed by us."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    lock = {line.partition("==")[0] for line in (REPOSITORY / "requirements.lock").read_text().splitlines()}
    groups = {**project["project"]["optional-dependencies"], **project["dependency-groups"]}
    groups |= {"base": project["project"]["dependencies"]}
    named = {
        (group, text.partition("=")[0].partition("[")[0])
        for group, texts in groups.items()
        for text in texts
        if isinstance(text, str) and not text.startswith("sparkwright[")
    }
    assert {(group, name) for group, name in named if name not in lock} == {("vllm", "vllm")}


NO_SERVICE = "http://127.0.0.1:9"  # the discard port, where nobody listens


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--version"], 0, f"sparkwright {sparkwright.__version__}"),
        (["--help"], 0, "in a checkout of Sparkwright, after `make install`:\n  lab "),
        (["train"], 2, "run `make install`"),
        (["recommend", "--app-name", "orders"], 2, "connection refused"),
        (["diagnose", "app-20260101000000-0001"], 2, "connection refused"),
        (["submit", "app.py", "a word"], 7, "submitting as written"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_a_launch_host_runs_is_the_standard_library(
    words: list[str], code: int, said: str, unpacked: Path, tmp_path: Path
) -> None:
    """Python with -S has no site-packages: an import of anything else fails."""
    program = tmp_path / "spark" / "bin" / "spark-submit"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "<%s>\\n" "$@"\nexit 7\n')
    program.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "sparkwright.cli", *words],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(unpacked),
            "SPARK_HOME": str(tmp_path / "spark"),
            "SPARKWRIGHT_SERVICE_URL": NO_SERVICE,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if words[0] == "submit":
        assert "<app.py>\n<a word>\n" in done.stdout


def test_every_module_of_the_launcher_and_the_client_is_the_standard_library(unpacked: Path) -> None:
    code = (
        "import importlib, pkgutil, sparkwright.cli, sparkwright.client, sparkwright.launchers\n"
        "rooms = [sparkwright.client, sparkwright.launchers]\n"
        "names = [one.name for room in rooms for one in pkgutil.walk_packages(room.__path__, room.__name__ + '.')]\n"
        "names.remove('sparkwright.client.asynchronous')  # stands on httpx\n"
        "for name in ('decision_link', 'spark_kubernetes', 'spark_submit'):  # stand on Airflow\n"
        "    names.remove(f'sparkwright.launchers.airflow.{name}')\n"
        "for name in ('yaml_round_trip', 'yaml_sharing'):  # stand on ruamel.yaml\n"
        "    names.remove(f'sparkwright.launchers.manifests.{name}')\n"
        "for name in names: importlib.import_module(name)\n"
        "print(*names)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(unpacked)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    wanted = {
        "sparkwright.launchers.spark_submit.submit",
        "sparkwright.launchers.commands.recommend",
        "sparkwright.client.blocking",
    }
    assert wanted <= set(done.stdout.split())
