import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.api import EvidenceItem
from sparkwright.diagnosis.answer import answer, check
from sparkwright.diagnosis.prompt import Prompt, answer_text, build
from sparkwright.errors import EngineError

DISK = EvidenceItem(evidence_id="disk", kind="task_failure", source="x", message="IOException: No space left on device")
QUIET = EvidenceItem(evidence_id="quiet", kind="driver_log", source="x", exception_class="a.B", message="it went wrong")


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
def test_whatever_a_model_writes_there_is_a_verdict(text: str) -> None:
    verdict = answer([DISK], Says(text), "llm")
    assert verdict.cause.name == "disk_full"
    assert verdict.answered_by == "rules"
    assert verdict.notes


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
    verdict = answer(items, Says(answer_text("cast_error", [number])), "llm")
    assert (verdict.cause.name, verdict.answered_by, verdict.second_opinion) == (
        "cast_error",
        "troubleshooter",
        "disk_full",
    )
    assert verdict.evidence == (QUIET,)


def test_the_rules_speak_where_they_are_preferred_and_know_something() -> None:
    verdict = answer([QUIET, DISK], Says(answer_text("cast_error", [1])), "rules")
    assert (verdict.cause.name, verdict.answered_by, verdict.second_opinion) == ("disk_full", "rules", "cast_error")


def test_the_model_speaks_where_the_rules_know_nothing() -> None:
    verdict = answer([QUIET], Says(answer_text("corrupt_file", [1])), "rules")
    assert (verdict.cause.name, verdict.answered_by) == ("corrupt_file", "troubleshooter")


def test_a_model_that_knows_nothing_leaves_it_to_the_rules() -> None:
    verdict = answer([DISK, QUIET], Says(answer_text("unknown", [2])), "llm")
    assert (verdict.cause.name, verdict.answered_by) == ("disk_full", "rules")


def test_a_late_model_is_replaced_and_the_verdict_says_so() -> None:
    verdict = answer([DISK], Late(), "llm", properties={})
    assert verdict.answered_by == "rules"
    assert "no answer after 20 s" in verdict.notes[0]
