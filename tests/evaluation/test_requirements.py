"""What is understood, counted."""

import json

import pytest

from data_contracts.requirements import JobRequirements, RequirementQuestion, UnderstoodRequirements
from evaluation.requirements.scoring import Case, cron_moments, is_same, read_cases, score
from sparkwright.cli import main
from sparkwright.errors import ConfigError


def case(text="t", asks=(), language="en", **requirements):
    return Case(id="c", language=language, text=text, requirements=JobRequirements(**requirements), asks=list(asks))


def answer(asks=(), **requirements):
    questions = [RequirementQuestion(field=name, reason="ambiguous", question="?") for name in asks]
    return lambda text: UnderstoodRequirements(requirements=JobRequirements(**requirements), questions=questions)


def test_a_right_value_a_wrong_one_a_missing_and_an_invented_one():
    cases = [case(gpus=1, platform="yarn", priority="low")]
    scores, answers = score(cases, answer(gpus=1, platform="emr", memory_sensitive=True))
    figures = scores.total.figures()
    assert (figures["decisions"], figures["right"]) == (4, 0.25)
    assert (figures["precision"], figures["recall"]) == (1 / 3, 1 / 3)
    assert answers[0]["wrong"] == ["priority", "memory_sensitive", "platform"]
    assert scores.exact == 0


def test_questions_are_counted_both_ways():
    scores, _ = score([case(asks=["finish_by"]), case(gpus=2)], answer(asks=["finish_by"], gpus=2))
    figures = scores.total.figures()
    assert (figures["asks"], figures["asked_back"], figures["needless_asks"]) == (1, 1.0, 1)
    assert scores.fields["gpus"].figures()["recall"] == 1.0
    assert scores.fields["gpus"].figures()["precision"] == 0.5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("@daily", "0 0 * * *", True),
        ("0 0 * * 0,6", "0 0 * * 6,7", True),
        ("0 0 * * 1-5", "0 0 * * 1,2,3,4,5", True),
        ("*/15 * * * *", "0,15,30,45 * * * *", True),
        ("0 2 * * *", "0 3 * * *", False),
        ("@once", "@daily", False),
        ("@once", "@once", True),
    ],
)
def test_schedules_are_compared_by_their_moments(one, other, same):
    assert (cron_moments(one) == cron_moments(other)) is same
    assert is_same("schedule", one, other) is same


def test_numbers_are_compared_within_a_tolerance():
    assert is_same("growth", {"fraction": 1 / 3, "per": "year"}, {"fraction": 0.3333, "per": "year"})
    assert not is_same("max_risk", 0.005, 0.0051)
    assert not is_same(
        "cost_limit", {"amount": 1, "currency": "USD", "per": "run"}, {"amount": 1, "currency": "EUR", "per": "run"}
    )
    assert not is_same("memory_sensitive", False, None)


def test_the_command_prints_figures_and_writes_answers(tmp_path, capsys):
    cases, answers = tmp_path / "cases.jsonl", tmp_path / "answers.jsonl"
    line = {"id": "1", "language": "en", "text": "within two hours, soon done", "asks": ["finish_by"]}
    line["requirements"] = {"max_duration_ms": 7_200_000}
    cases.write_text(json.dumps(line) + "\n\n")
    figures = tmp_path / "figures.json"
    words = ["evaluate", "requirements", "--cases", str(cases), "--answers", str(answers), "--json", str(figures)]
    assert main(words) == 0
    assert "1 cases, 100.0% exact" in capsys.readouterr().out
    assert json.loads(answers.read_text()) == {
        "id": "1", "requirements": {"max_duration_ms": 7_200_000}, "asks": ["finish_by"], "wrong": [],
    }  # fmt: skip
    assert json.loads(figures.read_text())["languages"]["en"]["asked_back"] == 1.0


@pytest.mark.parametrize(
    "text", ["", "{}\n", '{"id": "1", "language": "en", "text": "t", "requirements": {"gpu": 1}}\n', "no json\n"]
)
def test_what_is_no_case_is_named(tmp_path, text):
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"cases\.jsonl"):
        read_cases(path)


def test_a_missing_file_is_wrong_use(tmp_path, capsys):
    assert main(["evaluate", "requirements", "--cases", str(tmp_path / "none.jsonl")]) == 2
    assert "expected cases in" in capsys.readouterr().err
