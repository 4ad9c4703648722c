"""From words to a recommendation's request: what is used, what is not, and what stops."""

from datetime import UTC, datetime

import pytest

from sparkwright.advisor.asked import read_requirements, refuse_open
from sparkwright.errors import ConfigError

EVENING = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
HOUR_MS = 3_600_000


def test_what_a_request_has_is_taken_from_the_words():
    answer = read_requirements("200 GB on k8s, within two hours, at most one run in 200 may fail")
    assert answer.request.model_dump() == {
        "input_bytes": 200_000_000_000,
        "deadline_ms": 2 * HOUR_MS,
        "max_risk": 0.005,
        "platform": "kubernetes",
    }
    assert {one.field: one.words for one in answer.taken}["input_bytes"] == "200 GB"
    assert answer.not_used == []


def test_what_changes_no_recommendation_is_said():
    text = "top priority, grows 5% a month, at most $20 per run, memory hungry, two GPUs, nightly, on Databricks"
    answer = read_requirements(text)
    said = answer.requirements.model_dump(exclude_none=True)
    assert {one.field for one in answer.not_used} == said.keys()
    assert answer.request.model_dump(exclude_none=True) == {}


@pytest.mark.parametrize(
    ("text", "submitted_at", "deadline_ms"),
    [
        ("done by 6 am", EVENING, 7.5 * HOUR_MS),
        ("done by 11 pm", EVENING, 0.5 * HOUR_MS),
        ("done by 6 am, within two hours", EVENING, 2 * HOUR_MS),
        ("every day at 2:00, done by 6 am", EVENING, 4 * HOUR_MS),
        ("every day at 22:00, done by 6 am", None, 8 * HOUR_MS),
        ("every day at 6:00, done by 6 am", None, 24 * HOUR_MS),
        ("done by 6 am", None, None),
    ],
)
def test_a_time_to_finish_by_counts_from_the_start(text, submitted_at, deadline_ms):
    answer = read_requirements(text, submitted_at)
    assert answer.request.deadline_ms == deadline_ms
    assert ("finish_by" in {one.field for one in answer.not_used}) == (deadline_ms is None)


def test_a_risk_that_lowers_no_bound_is_not_used():
    answer = read_requirements("70% of the runs may fail")
    assert answer.request.max_risk is None
    assert [one.field for one in answer.not_used] == ["max_risk"]


def test_an_open_question_stops_only_what_rests_on_it():
    answer = read_requirements("done by 6, on yarn, needs GPUs")
    with pytest.raises(ConfigError, match="half of the day") as stopped:
        refuse_open(answer, {})
    assert "GPU" not in str(stopped.value)
    refuse_open(answer, {"deadline_ms": 1})


@pytest.mark.parametrize("text", ["", "x" * 4001])
def test_no_text_and_too_much_text_are_refused(text):
    with pytest.raises(ConfigError, match="1 to 4000 characters"):
        read_requirements(text)
