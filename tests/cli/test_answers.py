"""What every command says where something that it needs is not there: soon, in one line, with what to do."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from data_contracts.tables import Run
from sparkwright.cli import COMMANDS, DONE, USAGE_ERROR
from sparkwright.lake import Lake
from sparkwright.orchestration import REPOSITORY
from sparkwright.settings import Settings
from tests.support.free_ports import free_ports
from tests.support.simulated_runs import simulated_runs

_CPU_S = 8.0
"""Of processor, on a slow machine: the wall clock of a busy one says nothing."""

NEEDS_LAKE = (
    "applications",
    "quarantine",
    "validate",
    "states",
    "train",
    "feedback",
    "feedback decide",
    "compare app-1 app-2",
    "diagnose app-1",
    "report --lake LAKE",
    "rollout report",
)
NEEDS_REGISTRY = ("evaluate", "evaluate forecast", "promote", "promote --release 1 --force")
NEEDS_HISTORY = ("harvest", "report")
NEEDS_SERVICE = ("recommend --app-name x --platform yarn",)
NEEDS_HOME = (*NEEDS_LAKE, *NEEDS_REGISTRY, "harvest", "finetune", "serve", "up", "keys list")
USES_REGISTRY = (*NEEDS_REGISTRY, "train", "finetune", "states", "feedback", "feedback decide")

ELSEWHERE = {
    "lab": "sub-commands and their configuration only; tests/lab",
    "submit": "its words are spark-submit's, and it fails open; tests/launchers",
    "operator": "translates what it is given, and fails open; tests/launchers",
    "inject": "translates what it is given, and fails open; tests/launchers",
    "policy": "reads the files it is given; tests/policy",
}


@dataclass
class Answer:
    code: int
    cpu_s: float
    error: str


def ask(words: str, **env: str) -> Answer:
    """The command run to its end; killed after two minutes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sparkwright.cli", *words.split()],
        cwd=REPOSITORY,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    timer = threading.Timer(120, process.kill)
    timer.start()
    assert process.stderr is not None
    error = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Answer(process.returncode, used.ru_utime + used.ru_stime, error)


def assert_told(answer: Answer, words: str, expected: str) -> None:
    last = answer.error.strip().splitlines()[-1] if answer.error.strip() else ""
    assert answer.code == USAGE_ERROR, answer
    assert last.startswith(f"sparkwright {words.split()[0]}: "), answer.error
    assert re.search(expected, last), last
    assert "Traceback" not in answer.error
    assert answer.cpu_s < _CPU_S, answer


def test_the_tables_name_every_command() -> None:
    named = {words.split()[0] for words in (*NEEDS_HOME, *NEEDS_HISTORY, *NEEDS_SERVICE)}
    assert named | ELSEWHERE.keys() == COMMANDS.keys()


@pytest.mark.parametrize("words", [*NEEDS_LAKE, *NEEDS_REGISTRY, *NEEDS_HISTORY, *NEEDS_SERVICE])
def test_an_empty_home(home: Settings, words: str) -> None:
    [port] = free_ports(1)
    answer = ask(words.replace("LAKE", home.lake_uri), SPARKWRIGHT_SERVICE_URL=f"http://127.0.0.1:{port}")
    assert_told(answer, words, r": .*(sparkwright [a-z]|SPARKWRIGHT_|--lake)")
    assert [path.name for path in home.home.iterdir()] == []


@pytest.mark.parametrize(
    "words",
    [
        "report LOGS",
        "diagnose FILE",
        "keys list",
        "rollout check",
        "recommend --app-name x --local --lake LAKE",
        "harvest --event-log-dir LOGS --lake LAKE",
    ],
)
def test_what_writes_nothing_needs_no_home(words: str, tmp_path: Path) -> None:
    log = tmp_path / "driver.log"
    log.write_text("java.lang.OutOfMemoryError: Java heap space\n")
    named = {"LOGS": REPOSITORY / "tests" / "fixtures" / "campaign", "FILE": log, "LAKE": tmp_path / "lake"}
    for name, path in named.items():
        words = words.replace(name, str(path))
    answer = ask(words, SPARKWRIGHT_HOME="/proc/none/home")
    assert answer.code == DONE, answer
    assert "SPARKWRIGHT_HOME" not in answer.error


def test_what_writes_makes_the_home(home: Settings) -> None:
    home.home.rmdir()
    assert ask("keys create --team data --scope launcher").code == DONE
    assert home.home.is_dir()
    shutil.rmtree(home.home)
    Lake(f"{home.home}-lake").merge(Run, simulated_runs(1, 2))
    assert ask("states", SPARKWRIGHT_LAKE_URI=f"{home.home}-lake").code == DONE
    assert (home.home / "mlflow.db").exists()


def test_a_wrong_path_names_the_setting_only_where_it_is_read(tmp_path: Path, home: Settings) -> None:
    missing = tmp_path / "missing"
    for words in (f"report {missing}", f"harvest --event-log-dir {missing}"):
        answer = ask(words)
        assert answer.code == USAGE_ERROR and "check the path" in answer.error
        assert "SPARKWRIGHT_EVENT_LOG_DIR" not in answer.error
    assert "check the path (the place is that of SPARKWRIGHT_EVENT_LOG_DIR)" in ask("harvest").error


def test_advice_without_a_service_names_the_way_without(home: Settings) -> None:
    [port] = free_ports(1)
    answer = ask("recommend --app-name x --platform yarn", SPARKWRIGHT_SERVICE_URL=f"http://127.0.0.1:{port}")
    assert_told(answer, "recommend", "--local decides without it")


@pytest.mark.parametrize("words", ["recommend", "diagnose"])
def test_the_overview_names_the_answer_without_a_service(words: str) -> None:
    assert not COMMANDS[words].help.startswith("ask the service")


@pytest.mark.parametrize("words", NEEDS_HOME)
def test_a_home_that_cannot_be_made(words: str) -> None:
    answer = ask(words.replace("LAKE", "l"), SPARKWRIGHT_HOME="/dev/null/home")
    assert_told(answer, words, "(SPARKWRIGHT_HOME|expected .* /dev/null/home|expected table applications at l/)")


@pytest.mark.parametrize("words", NEEDS_LAKE)
def test_a_lake_that_is_none(home: Settings, tmp_path: Path, words: str) -> None:
    lake = tmp_path / "lake"
    for table in ("runs", "applications", "quarantine", "decisions", "outcomes"):
        log = lake / table / "_delta_log"
        log.mkdir(parents=True)
        (log / "00000000000000000000.json").write_text("no JSON")
    answer = ask(words.replace("LAKE", str(lake)), SPARKWRIGHT_LAKE_URI=str(lake))
    assert_told(answer, words, f"expected .*{re.escape(str(lake))}")


@pytest.mark.parametrize("words", USES_REGISTRY)
def test_mlflow_is_down(home: Settings, words: str) -> None:
    Lake(home.lake_uri).merge(Run, simulated_runs(1, 2))
    [port] = free_ports(1)
    answer = ask(words, SPARKWRIGHT_TRACKING_URI=f"http://user:secret@127.0.0.1:{port}")
    assert_told(answer, words, f"expected MLflow at http://127.0.0.1:{port}: .*SPARKWRIGHT_TRACKING_URI")
    assert "secret" not in answer.error


@pytest.mark.parametrize("words", ["promote", "train"])
@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://u:secret@127.0.0.1:PORT/m", "expected MLflow's database at 127.0.0.1:PORT"),
        ("sqlite:////nowhere/mlflow.db", "expected the folder /nowhere|there is none at /nowhere"),
        (f"sqlite:///{REPOSITORY / 'LICENSE'}", "found a file of another kind"),
        ("http://127.0.0.1:99999", "SPARKWRIGHT_TRACKING_URI"),
    ],
)
def test_a_registry_that_is_none(home: Settings, words: str, uri: str, expected: str) -> None:
    [port] = free_ports(1)
    Lake(home.lake_uri).merge(Run, simulated_runs(1, 2))
    answer = ask(words, SPARKWRIGHT_TRACKING_URI=uri.replace("PORT", str(port)))
    assert_told(answer, words, expected.replace("PORT", str(port)))
    assert "secret" not in answer.error


def test_a_fine_tuning_without_evidence_says_so_before_it_goes_on(home: Settings) -> None:
    """It learns from written scenarios, too; nobody waits for minutes without knowing what for."""
    words = [sys.executable, "-m", "sparkwright.cli", "finetune"]
    with subprocess.Popen(
        words, cwd=REPOSITORY, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGKILL)
    assert lines[0].startswith(f"no evidence in the lake {home.lake_uri}")
    assert lines[1] == "loading torch, transformers and peft ...\n"
