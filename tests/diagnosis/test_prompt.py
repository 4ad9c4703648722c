import json

from hypothesis import given
from hypothesis import strategies as st

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis import prompt
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES

_ITEMS = st.lists(
    st.builds(
        EvidenceItem,
        evidence_id=st.text(min_size=1, max_size=16),
        kind=st.sampled_from(["task_failure", "driver_log", "metric", "executor_removed"]),
        source=st.text(max_size=20),
        exception_class=st.text(max_size=400),
        message=st.text(max_size=600) | st.text(alphabet='a\n\t\r\x0b\u2028<|im_end|>"\\ {}', max_size=600),
        occurrence_count=st.integers(1, 10**6),
    ),
    min_size=1,
    max_size=20,
)


@given(_ITEMS, st.integers(60, 2000))
def test_any_text_in_a_log_leaves_a_prompt_of_one_line_per_fact_within_its_bound(items, max_chars: int) -> None:
    question = prompt.build(items, max_chars)
    [message] = question.messages
    first, *facts = message["content"].split("\n")
    assert first == prompt.QUESTION
    assert len(facts) == len(question.shown) <= prompt.MAX_ITEMS
    assert len("\n".join(facts)) <= max_chars
    assert all(line.startswith(f"{number}. ") for number, line in enumerate(facts, start=1))
    assert set(question.shown) <= set(items)


@given(_ITEMS)
def test_an_answer_may_cite_shown_facts_only(items) -> None:
    question = prompt.build(items)
    schema = json.loads(json.dumps(question.answer_schema))
    assert schema["properties"]["evidence"]["items"]["enum"] == list(range(1, len(question.shown) + 1))
    assert schema["properties"]["root_cause"]["enum"] == list(ROOT_CAUSES)


def test_stack_frames_go_and_causes_stay() -> None:
    message = (
        "Traceback (most recent call last):\n"
        '  File "/app/job.py", line 3, in <module>\n    frame.show()\n'
        "py4j.protocol.Py4JJavaError: An error occurred while calling o7.showString.\n"
        ": org.apache.spark.SparkException: Job aborted\n"
        "\tat org.apache.spark.A.b(A.scala:1)\n"
        "Caused by: java.io.IOException: No space left on device\n\t... 3 more"
    )
    item = EvidenceItem(evidence_id="e1", kind="driver_log", source="x", message=message)
    assert prompt.build([item]).messages[0]["content"].split("\n")[1] == (
        "1. driver_log: org.apache.spark.SparkException: Job aborted | "
        "Caused by: java.io.IOException: No space left on device"
    )


def test_facts_that_name_an_exception_come_first_and_repeats_once() -> None:
    def fact(number: int, kind: str, name: str, message: str) -> EvidenceItem:
        return EvidenceItem(evidence_id=f"e{number}", kind=kind, source="x", exception_class=name, message=message)

    items = [
        fact(1, "driver_log", "", "WARN something"),
        fact(2, "task_failure", "a.B", "broken"),
        fact(3, "task_failure", "a.B", "broken"),
    ]
    assert [item.evidence_id for item in prompt.build(items).shown] == ["e2", "e1"]


def test_a_real_failure_fits_the_bound_with_its_cause_in_it(recorded_cases: list[Case]) -> None:
    heap = next(case for case in recorded_cases if case.root_cause == "executor_heap_oom")
    assert "memory" in prompt.build(heap.items, 360).messages[0]["content"].lower()
