"""The wheel as somebody has it who never saw this checkout."""

import os
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import sparkwright
from sparkwright.cli import COMMANDS
from sparkwright.orchestration import REPOSITORY
from tests.packaging.conftest import Installed
from tests.packaging.test_wheel import HEAVY, NO_SERVICE

LOGS = REPOSITORY / "tests" / "fixtures" / "campaign" / "eventlogs"
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Use:
    """One command with its words; skipped where the command, or the option it is about, is not there yet."""

    words: tuple[str, ...]
    code: int = 0
    said: str = ""
    option: str = ""


USES = [
    Use(("--version",), said=f"sparkwright {sparkwright.__version__}"),
    Use(("--help",), said="harvest"),
    Use(("harvest", "--event-log-dir", str(LOGS)), said="unchanged since the last harvest"),
    Use(("validate",), code=2, said="pip install 'sparkwright[validate]'"),
    Use(("feedback",), code=2, said="pip install 'sparkwright[feedback]'"),
    Use(("serve",), code=2, said="expected a checkout of Sparkwright"),
    Use(("recommend", "--app-name", "tpch_q03"), code=2, said="connection refused"),
    Use(("diagnose", "APP_ID"), code=2, said="connection refused"),
    Use(("report", str(LOGS), "--html", "HOME/report.html"), said="Spark report"),
    Use(("applications", "--top", "0"), said="APP_ID"),
    Use(("recommend", "--local", "--app-name", "tpch_q03"), said="tpch_q03", option="--local"),
    Use(("diagnose", "--local", "APP_ID"), said="", option="--local"),
]


@pytest.fixture(scope="module")
def home(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the recorded campaign in its lake, harvested by the installed command."""
    folder = tmp_path_factory.mktemp("home")
    done = installed.run(["harvest", "--event-log-dir", LOGS], folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def app_id(installed: Installed, home: Path) -> str:
    """An application of the lake that failed."""
    script = (
        "import sys; from data_contracts.tables import Application; from sparkwright.lake import Lake\n"
        "failed = Lake(sys.argv[1]).read(Application, columns=['app_id'], filters=[('status', '=', 'failed')])\n"
        "print(min(failed['app_id'].to_pylist()))\n"
    )
    done = installed.python(["-c", script, home / "lake"], home)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("use", USES, ids=lambda use: " ".join(use.words[:2] if use.option else use.words[:1]))
def test_every_command_works_or_says_what_it_needs(use: Use, installed: Installed, home: Path, app_id: str) -> None:
    name = use.words[0]
    if not name.startswith("-") and name not in COMMANDS:
        pytest.skip(f"no command {name}")
    if use.option and use.option not in installed.run([name, "--help"], home).stdout:
        pytest.skip(f"{name} has no {use.option}")
    words = [word.replace("APP_ID", app_id).replace("HOME", str(home)) for word in use.words]
    done = installed.run(words, home, SPARKWRIGHT_SERVICE_URL=NO_SERVICE)
    assert done.returncode == use.code, done.stdout + done.stderr
    assert use.said.replace("APP_ID", app_id) in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_base_is_light(installed: Installed, home: Path) -> None:
    script = "from importlib.metadata import distributions as d; print(*[one.name for one in d()])"
    names = {name.lower().replace("_", "-") for name in installed.python(["-c", script], home).stdout.split()}
    assert "sparkwright" in names
    assert not names & (HEAVY | {"mlflow-skinny", "vllm", "polars"})
    size = installed.size_bytes
    print(
        f"{installed.folder}: {size / MIB:.0f} MiB, {len(names)} distributions, installed in {installed.seconds:.1f} s"
    )
    # pyarrow and deltalake are 300 of them, numpy, which the posterior of need takes, 73; our own words and code 10.
    assert size <= 470 * 1000**2


def test_executors_get_the_data_files_and_import_from_the_archive(
    installed: Installed, home: Path, wheel: Path, tmp_path: Path
) -> None:
    code = tmp_path / "code.zip"
    pack = (
        "import sys; from pathlib import Path; from sparkwright.history.harvest.spark_harvest import pack_code\n"
        "pack_code(Path(sys.argv[1]))\n"
    )
    assert installed.python(["-I", "-c", pack, code], home).returncode == 0
    with zipfile.ZipFile(wheel) as built, zipfile.ZipFile(code) as sent:
        assert set(sent.namelist()) == {name for name in built.namelist() if ".dist-info/" not in name}
    read = (
        "import sys; sys.path.insert(0, sys.argv[1]); import sparkwright.history.harvest.spark_executor as executor\n"
        "assert '.zip' in executor.__file__, executor.__file__\n"
    )
    done = installed.python(["-I", "-c", read, code], home)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("installed", ["3.11"], indirect=True, ids=["python3.11"])
def test_executors_of_spark_read_with_the_installed_wheel(installed: Installed, home: Path, tmp_path: Path) -> None:
    """What the extra adds comes from the environment of these tests, and is kept from the executors' Python."""
    extra = tmp_path / "extra"
    extra.mkdir()
    for name in ("pyspark", "py4j", "pandas", "numpy", "numpy.libs", "dateutil", "six.py"):
        (extra / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    python = tmp_path / "python"
    without_extra = f'PYTHONPATH=$(printf %s "$PYTHONPATH" | sed "s|{extra}:*||g")'
    python.write_text(f'#!/bin/sh\n{without_extra} exec {installed.folder}/bin/python "$@"\n')
    python.chmod(0o755)
    done = installed.run(
        ["harvest", "--engine", "spark", "--master", "local[2]", "--event-log-dir", LOGS, "--lake", tmp_path / "lake"],
        home,
        PYTHONPATH=str(extra),
        PYSPARK_PYTHON=str(python),
        SPARK_LOCAL_IP="127.0.0.1",
        PATH=os.environ["PATH"],
    )
    assert done.returncode == 0, done.stderr
    assert "applications written" in done.stdout
    count = (
        "import sys; from data_contracts.tables import Run; from sparkwright.lake import Lake\n"
        "print(sorted(Lake(sys.argv[1]).read(Run, columns=['app_id'])['app_id'].to_pylist()))\n"
    )
    rows = [installed.python(["-c", count, lake], home).stdout for lake in (home / "lake", tmp_path / "lake")]
    assert rows[0] == rows[1] != ""
