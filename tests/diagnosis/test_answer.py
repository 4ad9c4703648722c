import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.answer import answer, check, missing_logs
from sparkwright.diagnosis.prompt import Prompt, answer_text, build
from sparkwright.errors import EngineError

DISK = EvidenceItem(evidence_id="disk", kind="task_failure", source="x", message="IOException: No space left on device")
QUIET = EvidenceItem(evidence_id="quiet", kind="driver_log", source="x", exception_class="a.B", message="it went wrong")
EXIT = EvidenceItem(
    evidence_id="exit", kind="metric", source="driver exit code", message="The driver exited with code 1."
)
HEAP = EvidenceItem(evidence_id="heap", kind="task_failure", source="x", message="OutOfMemoryError: Java heap space")


class Says:
    """An engine that always writes the same."""

    def __init__(self, text: str) -> None:
        self.text = text

    def complete(self, prompt: Prompt) -> str:
        return self.text


class Late:
    """An engine that gives up."""

    def complete(self, prompt: Prompt) -> str:
        raise EngineError("no answer after 20 s")


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_a_model_writes_there_is_a_diagnosis(text: str) -> None:
    found = answer([DISK], Says(text), "llm")
    assert found.root_cause == "disk_full"
    assert found.answered_by == "rules"
    assert found.notes


@pytest.mark.parametrize(
    "text",
    [
        '{"root_cause": "aliens", "evidence": [1]}',
        '{"root_cause": "disk_full", "evidence": []}',
        '{"root_cause": "disk_full", "evidence": [0]}',
        '{"root_cause": "disk_full", "evidence": [-1]}',
        '{"root_cause": "disk_full", "evidence": [9]}',
        '{"root_cause": ["disk_full"], "evidence": [1]}',
        '{"root_cause": "disk_full", "evid',
        "[1, 2]",
        # The fact says `No space left on device`.
        '{"root_cause": "cast_error", "evidence": [1]}',
        '{"root_cause": "unknown", "evidence": [1]}',
    ],
)
def test_an_answer_that_does_not_hold_up_is_refused(text: str) -> None:
    with pytest.raises(EngineError):
        check(text, build([DISK]))


def test_the_model_speaks_where_it_is_preferred_and_the_rules_stand_beside_it() -> None:
    items = [QUIET, DISK]
    number = build(items).shown.index(QUIET) + 1
    found = answer(items, Says(answer_text("cast_error", [number])), "llm")
    assert (found.root_cause, found.answered_by, found.second_opinion) == ("cast_error", "troubleshooter", "disk_full")
    assert [fact.evidence_id for fact in found.evidence] == ["quiet"]


def test_the_rules_speak_where_they_are_preferred_and_know_something() -> None:
    found = answer([QUIET, DISK], Says(answer_text("cast_error", [1])), "rules")
    assert (found.root_cause, found.answered_by, found.second_opinion) == ("disk_full", "rules", "cast_error")


@pytest.mark.parametrize("prefer", ["rules", "llm"])
def test_where_the_rules_know_nothing_a_model_only_guesses(prefer) -> None:
    properties = {"spark.master": "yarn", "spark.executor.memory": "4g"}
    found = answer([QUIET], Says(answer_text("executor_heap_oom", [1])), prefer, properties=properties)
    assert (found.root_cause, found.answered_by) == ("unknown", "rules")
    assert (found.guess, found.second_opinion) == ("executor_heap_oom", None)
    assert found.remediation.properties == {}
    assert [fact.line for fact in found.evidence] == ["a.B: it went wrong"]


def test_a_model_that_knows_nothing_leaves_it_to_the_rules() -> None:
    found = answer([DISK, QUIET], Says(answer_text("unknown", [2])), "llm")
    assert (found.root_cause, found.answered_by, found.second_opinion) == ("disk_full", "rules", None)


def test_a_late_model_is_replaced_and_the_diagnosis_says_so() -> None:
    found = answer([DISK], Late(), properties={})
    assert found.answered_by == "rules"
    assert "no answer after 20 s" in found.notes[0]


def test_an_unknown_cause_says_which_log_would_tell_more() -> None:
    found = answer([QUIET], status="failed", found_logs={"driver_log"})
    assert "would tell more" not in found.remediation.text
    found = answer([QUIET, HEAP.model_copy(update={"message": "strange"})], status="failed", found_logs=())
    assert "log of the driver or the executors that had trouble" in found.remediation.text
    assert found.notes == []


@pytest.mark.parametrize(
    ("status", "items", "cause", "title", "ending"),
    [
        ("succeeded", [], "none", "Succeeded", "The application succeeded."),
        (
            "succeeded",
            [HEAP],
            "executor_heap_oom",
            "Succeeded, after: Executor ran out of heap",
            "The application succeeded; it recovered from what failed on the way.",
        ),
        (
            "succeeded",
            [QUIET],
            "unknown",
            "Succeeded, after failures of unknown cause",
            "The application succeeded; it recovered from what failed on the way.",
        ),
        ("failed", [EXIT], "unknown", "Cause not found", "The application failed. The driver exited with code 1."),
        ("failed", [HEAP], "executor_heap_oom", "Executor ran out of heap", "The application failed."),
        ("unknown", [], "unknown", "Cause not found", "How the application ended is not known."),
        (None, [QUIET], "unknown", "Cause not found", ""),
    ],
)
def test_how_the_application_ended_is_said_first(status, items, cause, title, ending) -> None:
    found = answer(items, status=status)
    assert (found.root_cause, found.title, found.ending) == (cause, title, ending)
    assert found.application_status == (status or "unknown")


def test_nothing_failed_and_nobody_is_asked() -> None:
    released = EvidenceItem(evidence_id="e1", kind="executor_removed", source="x", message="Executor killed by driver.")
    found = answer([released], Late(), status="succeeded")
    assert (found.root_cause, found.notes, found.evidence) == ("none", [], [])


@pytest.mark.parametrize("found_logs", [(), {"driver_log"}, None])
def test_what_our_launcher_says_names_no_cause(found_logs) -> None:
    found = answer([EXIT], status="failed", properties={"spark.executor.memory": "1g"}, found_logs=found_logs)
    assert (found.root_cause, found.evidence, found.remediation.properties) == ("unknown", [], {})


LOST = EvidenceItem(evidence_id="e1", kind="executor_removed", source="x", message="Command exited with code 1")


@pytest.mark.parametrize(
    ("status", "items", "found", "missing"),
    [
        ("failed", (LOST,), set(), ["driver_log", "executor_log"]),
        ("failed", (LOST,), {"driver_log"}, ["executor_log"]),
        ("unknown", (), set(), ["driver_log"]),
        ("failed", (LOST,), {"driver_log", "executor_log"}, []),
        ("succeeded", (LOST,), set(), []),
    ],
)
def test_the_logs_that_a_diagnosis_had_to_do_without_are_named(status, items, found, missing) -> None:
    assert missing_logs(status, items, found) == missing
    notes = " ".join(answer(items, status=status, found_logs=found).notes)
    assert ("no log of the" in notes) == (bool(missing) and bool(items))


def test_a_message_that_a_repair_reads_is_no_property_where_the_cause_is_unknown() -> None:
    strange = QUIET.model_copy(update={"message": "5.6 GB of 5.5 GB physical memory used, and more than max threshold"})
    found = answer([strange], properties={"spark.master": "yarn"}, status="failed", found_logs=())
    assert (found.root_cause, found.remediation.properties) == ("unknown", {})


@pytest.mark.parametrize(
    ("cause", "message", "name", "too_little", "own"),
    [
        (
            "executor_heartbeat_timeout",
            "Executor heartbeat timed out after 5487 ms",
            "spark.network.timeout",
            "4s",
            "120s",
        ),
        (
            "fetch_failure",
            "ShuffleMapStage 3 has failed the maximum allowable number of times: 1. Most recent failure reason: "
            "org.apache.spark.shuffle.FetchFailedException: Error in reading FileSegmentManagedBuffer",
            "spark.stage.maxConsecutiveAttempts",
            "1",
            "4",
        ),
    ],
)
def test_of_a_symptom_only_a_limit_below_sparks_own_is_taken_back(
    cause: str, message: str, name: str, too_little: str, own: str
) -> None:
    facts = [EvidenceItem(evidence_id="e1", kind="job_failure", source="x", message=message)]
    found = answer(facts, properties={name: too_little})
    assert (found.root_cause, found.symptom_only) == (cause, True)
    assert found.remediation.properties == {name: own}
    for enough in ({name: own}, {}, None):
        assert answer(facts, properties=enough).remediation.properties == {}
