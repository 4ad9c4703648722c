"""Marks against what the software prints: each cause in more than one wording, and what only looks like it."""

from pathlib import Path

import pytest
import yaml

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES, Strength

TABLE = yaml.safe_load(Path(__file__).with_name("marks.yaml").read_text(encoding="utf-8"))
SAYS = [(cause, line) for cause, entry in TABLE.items() for line in entry["says"]]
NOT = [(cause, line) for cause, entry in TABLE.items() for line in entry["not"]]


def _item(line: str) -> EvidenceItem:
    kind, *names, message = line.split("|", 2) if line.count("|") > 1 else line.split("|", 1)
    if names and (" " in names[0] or not names[0]):  # the message itself holds a |
        message = f"{names.pop()}|{message}"
    return EvidenceItem.model_validate(
        {
            "evidence_id": "e1",
            "kind": kind,
            "source": "test",
            "exception_class": names[0] if names else "",
            "message": message,
        }
    )


def test_every_cause_has_wordings_and_a_near_miss() -> None:
    assert set(TABLE) == set(ROOT_CAUSES) - {"unknown"}
    assert all(len(entry["says"]) >= 2 and entry["not"] for entry in TABLE.values())


@pytest.mark.parametrize(("cause", "line"), SAYS)
def test_what_the_software_prints_names_its_cause(cause: str, line: str) -> None:
    assert rules.diagnose([_item(line)]).cause.name == cause


@pytest.mark.parametrize(("cause", "line"), SAYS)
def test_case_and_line_breaks_do_not_matter(cause: str, line: str) -> None:
    item = _item(line)
    broken = item.model_copy(update={"message": item.message.replace(" ", "\n  ")})
    assert rules.diagnose([broken]).cause.name == cause
    if "[" not in item.message:  # the name of a condition is written in capitals
        loud = item.model_copy(update={"message": item.message.upper()})
        assert rules.diagnose([loud]).cause.name == cause


@pytest.mark.parametrize(("cause", "line"), NOT)
def test_what_only_looks_like_it_does_not(cause: str, line: str) -> None:
    assert rules.diagnose([_item(line)]).cause.name != cause


HEALTHY = Path(__file__).with_name("healthy_lines.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", HEALTHY)
def test_what_healthy_applications_log_names_no_cause(line: str) -> None:
    for kind in ("driver_log", "executor_log"):
        found = {cause.name: strength for cause, strength in rules.marks_of(_item(f"{kind}|{line}"))}
        assert not [name for name, strength in found.items() if strength > Strength.SYMPTOM]


# What follows from a failure, wherever it stands: the last of a chain, told most often and latest.
STARVED = "Initial job has not accepted any resources"
SYMPTOMS = [
    "executor_removed|The executor with id 3 exited with exit code 137(SIGKILL, possible container OOM).",
    "executor_removed|Executor heartbeat timed out after 142113 ms",
    "task_failure|FetchFailed|FetchFailed(BlockManagerId(3, w3, 37015, None), shuffleId=2, mapId=5, reduceId=1)",
    "job_failure|Job aborted due to stage failure: ShuffleMapStage 6 has failed the maximum allowable number of times: "
    "4. Most recent failure reason: org.apache.spark.shuffle.MetadataFetchFailedException: Missing an output location",
    "driver_log|ERROR TaskSchedulerImpl: Lost executor 3 on w3: Remote RPC client disassociated. Likely due to "
    "containers exceeding thresholds, or network issues.",
    f"driver_log|WARN TaskSchedulerImpl: {STARVED}; check your cluster UI",
    "driver_log|ERROR ExecutorPodsAllocator: Max number of executor failures (6) reached",
    "final_status|Application application_1_0002 failed with final status FAILED, exit code 143",
]


@pytest.mark.parametrize(("cause", "line"), SAYS)
def test_what_follows_never_hides_the_first_cause(cause: str, line: str) -> None:
    item = _item(line)
    strength = {found.name: strength for found, strength in rules.marks_of(item)}.get(cause)
    if strength is None or strength <= Strength.SYMPTOM:
        return
    # Who ends an application that got no executors acts on that: it is no symptom then.
    others = [
        _item(symptom) for symptom in SYMPTOMS if cause != "application_killed_externally" or STARVED not in symptom
    ]
    assert rules.diagnose([*others, item]).cause.name == cause


def test_what_follows_alone_is_called_by_its_own_name() -> None:
    assert {rules.diagnose([_item(symptom)]).cause.name for symptom in SYMPTOMS} <= {
        "executor_lost",
        "executor_heartbeat_timeout",
        "fetch_failure",
        "resource_starvation",
        "unknown",
    }
