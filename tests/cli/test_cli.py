import os
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sparkwright.cli import COMMANDS, USAGE_ERROR, main
from sparkwright.errors import CheckFailed, ConfigError
from sparkwright.orchestration import REPOSITORY

HEAVY = {"torch", "pandas", "numpy", "pyarrow", "mlflow", "airflow", "bentoml", "great_expectations", "transformers"}


def sparkwright(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sparkwright.cli", *words], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_is_quick_and_imports_nothing_heavy(name: str) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "sparkwright.cli", name, "--help"]
    seconds = []
    for _ in range(3):  # the quickest of three: other processes may hold the cores
        began = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, cwd=REPOSITORY, check=True)
        seconds.append(time.perf_counter() - began)
    assert done.stdout.startswith("usage: sparkwright")
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert imported & HEAVY == set()
    assert min(seconds) < 0.3


@pytest.mark.parametrize("words", [["--env-file", "my.env"], []])
def test_the_file_of_variables_is_the_same_in_every_folder(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKWRIGHT_ENV_FILE", "other.env" if words else "my.env")
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--version"]) == 0
    assert os.environ["SPARKWRIGHT_ENV_FILE"] == str(tmp_path / "my.env")  # what the programs that it starts will read


def test_the_overview_names_every_command() -> None:
    done = sparkwright("--help")
    assert done.returncode == 0
    assert all(re.search(rf"^  {name} ", done.stdout, re.MULTILINE) for name in COMMANDS)


def test_an_unknown_command_is_wrong_use() -> None:
    done = sparkwright("harvets")
    assert (done.returncode, "expected one of lab, harvest" in done.stderr) == (2, True)


def test_an_unknown_option_is_wrong_use() -> None:
    assert sparkwright("feedback", "--fast").returncode == 2


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["lab", "run", "--set", "faults=cast_date"], "faults: expected a list, as [a, b] (got 'cast_date')"),
        (["finetune", "--truth", "/nowhere"], "there is none at /nowhere"),
    ],
)
def test_a_wrong_value_is_told_before_any_work(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == USAGE_ERROR
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), [(ConfigError("expected a"), 2), (CheckFailed("expected b"), 3)])
def test_errors_become_exit_codes_and_one_line(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sparkwright.feedback.args as room

    def fail(_args: object) -> int:
        raise error

    monkeypatch.setattr(room, "feedback_run", fail)
    assert main(["feedback"]) == code
    assert capsys.readouterr().err == f"sparkwright feedback: {error}\n"


def test_a_crash_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    import sparkwright.feedback.args as room

    def crash(_args: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(room, "feedback_run", crash)
    with pytest.raises(ZeroDivisionError):
        main(["feedback"])


_PRINTS = {
    "a table": "from rich.console import Console; Console().print('row\\n' * 100_000)",
    "lines": "[print('row') for _ in range(100_000)]",
    "one line, still unwritten at the end": "print('row')",
}


@pytest.mark.parametrize("prints", _PRINTS.values(), ids=_PRINTS)
@pytest.mark.parametrize(("reader", "code"), [("gone", 0), ("full disk", 2)])
def test_who_cannot_take_the_output_sees_no_crash(prints: str, reader: str, code: int) -> None:
    program = (
        "import sys, sparkwright.feedback.args as room; from sparkwright.cli import main\n"
        f"def prints(_args):\n    {prints}\n    return 0\n"
        "room.feedback_run = prints\n"
        "sys.exit(main(['feedback']))"
    )
    if reader == "gone":
        reading, writing = os.pipe()
        os.close(reading)
    else:
        writing = os.open("/dev/full", os.O_WRONLY)
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == code, done.stderr
    wanted = "" if code == 0 else "sparkwright feedback: expected room to write, found none: No space left on device\n"
    assert done.stderr == wanted


def test_a_full_disk_below_a_library_is_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sparkwright.feedback.args as room

    def fill(_args: object) -> int:
        database = sqlite3.connect(tmp_path / "full.db")
        database.execute("pragma max_page_count = 2")
        try:
            database.execute("create table t as select randomblob(100000)")
        except sqlite3.Error as error:
            raise RuntimeError("a library's words") from error
        return 0

    monkeypatch.setattr(room, "feedback_run", fill)
    assert main(["feedback"]) == USAGE_ERROR
    assert capsys.readouterr().err.startswith("sparkwright feedback: expected room to write, found none: database or")


def test_a_wrong_environment_lists_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKWRIGHT_LLM_ENGINE", "abacus")
    monkeypatch.setenv("SPARKWRIGHT_LAUNCHER_TIMEOUT_S", "soon")
    done = sparkwright("feedback")
    assert done.returncode == 2
    assert "SPARKWRIGHT_LLM_ENGINE" in done.stderr
    assert "SPARKWRIGHT_LAUNCHER_TIMEOUT_S" in done.stderr
    assert "Traceback" not in done.stderr
