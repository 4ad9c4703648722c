import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data_contracts.api.diagnosis import Diagnosis

FIXTURES = Path(__file__).parents[1] / "fixtures" / "campaign"
OOM = next((FIXTURES / "drivers").glob("recorded-fault-heap_collect_list-*.log"))
FACT = {
    "evidence_id": "e1",
    "kind": "driver_log",
    "source": "driver",
    "exception_class": "java.lang.OutOfMemoryError",
    "message": "java.lang.OutOfMemoryError: Java heap space",
}


@pytest.fixture
def diagnose(tmp_path):
    """Runs the command where nothing is configured and nothing runs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SPARKWRIGHT_")}
    environ |= {"SPARKWRIGHT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path(__file__).parents[2])}

    def run(*words):
        command = [sys.executable, "-m", "sparkwright.cli", "diagnose", *map(str, words)]
        return subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


def test_an_event_log_is_diagnosed_with_nothing_running(diagnose):
    log = sorted((FIXTURES / "eventlogs").iterdir())[0]
    ran = diagnose(log, "--json")
    assert ran.returncode == 0, ran.stderr
    assert Diagnosis.model_validate_json(ran.stdout).app_id in log.name


def test_a_drivers_log_is_diagnosed_and_shown(diagnose):
    ran = diagnose(OOM)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("The application failed.")
    assert "What to do" in ran.stdout


def test_facts_are_diagnosed_here_where_no_service_is_set(diagnose, tmp_path):
    (tmp_path / "facts.json").write_text(json.dumps([FACT]))
    ran = diagnose("--evidence", "facts.json", "--json")
    assert json.loads(ran.stdout)["root_cause"] == "driver_heap_oom"


@pytest.mark.parametrize(
    ("content", "words"), [("{}", "evidence"), ("[]", "evidence"), ('[{"kind": 1}]', "message"), ("[", "JSON list")]
)
def test_a_list_of_facts_that_is_none_is_told(diagnose, tmp_path, content, words):
    (tmp_path / "facts.json").write_text(content)
    ran = diagnose("--evidence", "facts.json")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert words in ran.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "expected an application id, a path, --evidence"),
        (("app-1", "--evidence", "x.json"), "one of them only"),
        (("app-nobody",), "sparkwright harvest"),
        (("app-nobody", "--driver-log", "missing.log"), "sparkwright harvest"),
    ],
)
def test_wrong_use_is_told_with_what_to_do(diagnose, words, told):
    ran = diagnose(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert told in ran.stderr


UNHEARD = """26/11/01 10:00:00 INFO SparkContext: Running Spark version 4.0.0
Exception in thread "main" com.acme.ZorbException: Zorbulator refused the quuxification of the ledger snapshot
\tat com.acme.Ledger.main(Ledger.scala:12)
"""


def test_a_cause_that_a_person_confirmed_is_answered_until_it_is_taken_back(diagnose, tmp_path):
    (tmp_path / "driver.log").write_text(UNHEARD)

    def cause():
        return json.loads(diagnose("driver.log", "--json").stdout)["root_cause"]

    before = cause()
    kept = diagnose("driver.log", "--confirm", "corrupt_file")
    assert kept.returncode == 0, kept.stderr
    assert "diagnose driver.log --retract" in kept.stdout
    assert (before, cause()) == ("unknown", "corrupt_file")
    assert "for 1 attempt of" in diagnose("driver.log", "--retract").stdout
    assert cause() == "unknown"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("driver.log", "--confirm", "aliens"), "expected a root cause of"),
        (("driver.log", "--confirm", "disk_full", "--retract"), "not allowed with"),
        (("--evidence", "facts.json", "--confirm", "disk_full"), "with --confirm and --retract, not --evidence"),
    ],
)
def test_a_confirmation_that_cannot_be_kept_is_told(diagnose, tmp_path, words, told):
    (tmp_path / "driver.log").write_text(UNHEARD)
    (tmp_path / "facts.json").write_text(json.dumps([FACT]))
    ran = diagnose(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert told in ran.stderr
