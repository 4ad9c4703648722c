"""``sparkwright evaluate troubleshooter``: its figures, its fit, and what it writes."""

import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sparkwright.diagnosis
from evaluation.troubleshooter import RECORDINGS
from evaluation.troubleshooter.args import troubleshooter_arguments, troubleshooter_run
from evaluation.troubleshooter.bounds import NEVER, REPAIR_FROM, SHOW_FROM, Likeliest, bounds_of
from evaluation.troubleshooter.candidates import MEMBERS, by_product, by_rules, by_weighing
from evaluation.troubleshooter.cases import PublicCase, PublicEvidence, read_cases, thread_of
from evaluation.troubleshooter.figures import auroc, calibration, calibration_error, figures, macro_f1
from evaluation.troubleshooter.fit import PRIOR, Signalled, fit, fold_of, items_of
from evaluation.troubleshooter.full import full_judge
from evaluation.troubleshooter.names import field_name
from evaluation.troubleshooter.ship import choose, write_known_cases
from evaluation.troubleshooter.stress import grounding, withholding
from evaluation.troubleshooter.verdicts import Answer, cost, verdict
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.weighing import probabilities

SCORER = Path(__file__).parents[3] / "shared" / "data" / "failures" / "score.py"


def case(number: int = 1, root_cause: str = "disk_full", **given) -> PublicCase:
    return PublicCase(
        id=f"case-{number}",
        url=f"https://forum.example/{number}",
        platform="yarn",
        spark_version="4.0",
        evidence=(PublicEvidence("task_failure", "No space left on device"),),
        root_cause=root_cause,
        family="storage",
        confidence="high",
        **given,
    )


def said(root_cause: str, properties=None, confidence: float | None = 0.5, best: str = "") -> Answer:
    return Answer(root_cause, properties or {}, confidence, best or root_cause, (), 0.1)


@pytest.mark.parametrize(
    ("answered", "properties", "found", "value"),
    [
        ("disk_full", {}, "right", 1),
        ("bad_node", {}, "right", 1),
        ("executor_lost", {}, "symptom_only", 0),
        ("unknown", {}, "unknown", 0),
        ("cast_error", {}, "wrong", -2),
        ("cast_error", {"spark.x": "1"}, "wrong", -5),
        ("disk_full", {"spark.executor.memory": "8g"}, "right", -5),
        ("disk_full", {"spark.local.dir": "/big"}, "right", 1),
    ],
)
def test_an_answer_is_worth_what_the_scorer_of_the_cases_says(answered, properties, found, value) -> None:
    truth = case(
        acceptable=("bad_node",), symptom_only=("executor_lost",), harmful_properties=("spark.executor.memory",)
    )
    assert verdict(truth, answered) == found
    assert cost(truth, said(answered, properties)) == value


@pytest.mark.skipif(not SCORER.is_file(), reason="../shared/data/failures is not there")
def test_the_figures_are_those_of_the_scorer_of_the_cases(tmp_path) -> None:
    cases = read_cases(RECORDINGS / "train.jsonl")
    answers = [by_rules(one) for one in cases]
    lines = [
        json.dumps({"id": one.id, "root_cause": given.root_cause, "properties": given.named})
        for one, given in zip(cases, answers, strict=True)
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(lines))
    ran = subprocess.run(
        [sys.executable, SCORER, tmp_path / "answers.jsonl", RECORDINGS / "train.jsonl"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = figures(cases, answers, answers)
    assert f"cost score, mean per case: {found.cost.value:+.3f}" in ran.stdout
    shares = re.search(r"^all +\d+ +\d+ +([\d.]+)% +\d+ +([\d.]+)% +\d+ +([\d.]+)% +\d+ +([\d.]+)%", ran.stdout, re.M)
    assert shares is not None
    ours = (found.right.value, found.symptom_only, found.unknown, found.wrong.value)
    assert [float(one) for one in shares.groups()] == pytest.approx([100 * one for one in ours], abs=0.051)


def test_an_acceptable_answer_counts_as_the_cause_itself() -> None:
    cases = [case(1), case(2, acceptable=("bad_node",)), case(3, "cast_error")]
    assert macro_f1(cases, [said("disk_full"), said("bad_node"), said("unknown")]) == pytest.approx(0.5)


def test_cases_of_one_confidence_share_a_bin_whichever_of_them_were_right() -> None:
    cases = [case(number) for number in range(10)]
    answers = [said("disk_full" if number < 6 else "cast_error", confidence=0.6) for number in range(10)]
    bins = calibration(cases, answers)
    assert [(one.case_count, one.right) for one in bins] == [(10, 0.6)]
    assert calibration_error(bins) == pytest.approx(0.0)


def test_overconfidence_is_an_error_of_calibration() -> None:
    cases = [case(number) for number in range(20)]
    answers = [said("disk_full" if number % 2 else "cast_error", confidence=0.9) for number in range(20)]
    assert calibration_error(calibration(cases, answers)) == pytest.approx(0.4)
    assert calibration_error(calibration(cases, [said("disk_full", confidence=None)] * 20)) is None


def test_auroc_is_the_chance_that_the_known_is_surer() -> None:
    assert auroc([0.9, 0.8], [0.1]) == 1.0
    assert auroc([0.1], [0.9]) == 0.0
    assert auroc([0.5, 0.5], [0.5]) == 0.5


def test_the_interval_covers_the_value_and_narrows_with_more_threads() -> None:
    def width(count: int) -> float:
        cases = [case(number) for number in range(count)]
        answers = [said("disk_full" if number % 2 else "unknown") for number in range(count)]
        right = figures(cases, answers, answers).right
        assert right.low <= right.value <= right.high
        return right.high - right.low

    assert width(200) < width(20)


def likeliest(share: float, right: bool, number: int = 0) -> Likeliest:
    return Likeliest(case(number), "disk_full" if right else "cast_error", share, False, {})


def test_where_few_are_wrong_the_costs_say_from_where_on_an_answer_is_shown() -> None:
    assert bounds_of([likeliest(0.9, True, n) for n in range(80)]) == (SHOW_FROM, REPAIR_FROM)


def test_the_bound_rises_until_few_answers_are_wrong() -> None:
    cases = [likeliest(0.95, True, n) for n in range(80)] + [likeliest(0.75, n % 2 == 0, n) for n in range(20)]
    show_from, _ = bounds_of(cases)
    assert 0.75 < show_from <= 0.95


def test_where_too_much_is_wrong_nothing_is_shown() -> None:
    assert bounds_of([likeliest(0.999, n % 2 == 0, n) for n in range(60)]) == (NEVER, REPAIR_FROM)
    assert bounds_of([likeliest(0.9, True)]) == (NEVER, NEVER)  # one case bounds no risk


def test_properties_are_named_from_where_few_repairs_are_wrong() -> None:
    right = [replace(likeliest(0.95, True, n), properties={"spark.local.dir": "/x"}) for n in range(60)]
    wrong = [replace(likeliest(0.9, False, n), properties={"spark.x": "1"}) for n in range(97, 100)]
    _, repair_from = bounds_of([*right, *wrong])
    assert 0.9 < repair_from <= 0.95


def test_a_symptom_is_no_answer_however_likely() -> None:
    wrong = replace(likeliest(0.99, False), is_symptom=True)
    assert bounds_of([wrong] * 60) == (SHOW_FROM, REPAIR_FROM)


def test_the_fit_finds_which_signal_is_right() -> None:
    """``answer_specific`` is right always, ``other_specific`` never: so it is weighed."""
    signals = {"a": {"answer_specific": 1.0}, "b": {"other_specific": 1.0}, "unknown": {"unknown_named": 1.0}}
    weights = fit([Signalled(case(number), signals, frozenset({"a"})) for number in range(60)], ["rules"])
    assert probabilities(signals, weights)["a"] > 0.9
    assert all(value >= 0 for name, value in weights.items() if not name.startswith("unknown"))
    assert weights.keys() <= PRIOR.keys()


def test_a_case_is_scored_by_weights_that_never_saw_it() -> None:
    """Weights fitted with a case's own truth turned round may not change its own answer."""
    cases = read_cases(RECORDINGS / "validation.jsonl")[:24]
    subject = next(one for one in cases if by_rules(one).root_cause == one.root_cause)
    judge, members = full_judge(["rules"]), {"rules, weighed": ("rules",)}
    lied = [replace(one, root_cause="cast_error", acceptable=()) if one is subject else one for one in cases]
    honest, other = (by_weighing(judge, known, members)["rules, weighed"](subject) for known in (cases, lied))
    assert honest.confidence == other.confidence
    in_fold = [one for one in cases if fold_of(one) == fold_of(subject)]
    assert subject in in_fold


def test_a_withheld_cause_is_not_answered() -> None:
    disk = case()
    assert by_product(["disk_full"])(disk).root_cause != "disk_full"
    assert by_product()(disk).root_cause == "disk_full"


def test_answers_to_failures_nobody_heard_of_are_less_sure() -> None:
    cases = read_cases(RECORDINGS / "train.jsonl")
    found = withholding(cases, by_product, draws=2)
    assert found is not None
    assert 0.5 < found.auroc <= 1
    assert withholding(cases[:1], by_product, draws=1) is None


def test_an_answer_is_gone_without_what_it_cites() -> None:
    cases = [
        replace(case(), evidence=(*case().evidence, PublicEvidence("driver_log", "WARN TaskSetManager: it went on"))),
    ]
    answers = [by_product()(one) for one in cases]
    found = grounding(cases, answers, by_product())
    assert (found.shown, found.cited, found.decisive, found.poorer_count) == (1, 1.0, 1.0, 2)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command's own function on a few cases."""
    import argparse

    few = tmp_path / "few.jsonl"
    few.write_text("".join((RECORDINGS / "train.jsonl").read_text().splitlines(keepends=True)[:6]))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> int:
        parser = argparse.ArgumentParser()
        troubleshooter_arguments(parser)
        return troubleshooter_run(parser.parse_args(["--cases", str(few), "--only", "rules, weighed", *words]))

    return run


def test_the_command_writes_answers_figures_and_a_page(run, tmp_path, capsys) -> None:
    assert run("--answers", "a.jsonl", "--json", "f.json", "--html", "p.html") in (0, 3)
    assert "rules, weighed" in capsys.readouterr().out
    answers = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [set(one) for one in answers] == [{"id", "root_cause", "properties"}] * 6
    rows = json.loads((tmp_path / "f.json").read_text())["sections"][0]["rows"]
    assert [row["candidate"] for row in rows] == ["rules", "rules, weighed", "product"]
    page = (tmp_path / "p.html").read_text()
    assert "default-src 'none'" in html.unescape(page)
    assert not re.findall(r"(?:src|href)\s*=", page)


def test_answers_do_not_depend_on_the_cases_before_them() -> None:
    cases = read_cases(RECORDINGS / "train.jsonl")[:8]
    product = by_product()
    there = [product(one).root_cause for one in cases]
    back = [product(one).root_cause for one in reversed(cases)]
    assert there == back[::-1]


def test_nan_is_no_figure() -> None:
    cases = read_cases(RECORDINGS / "train.jsonl")[:8]
    found = figures(cases, [by_product()(one) for one in cases], [by_rules(one) for one in cases])
    assert np.isfinite([found.macro_f1, found.cost.value, found.cost.low, found.seconds]).all()


def test_facts_in_the_product_are_answered_as_in_the_evaluation() -> None:
    for one in read_cases(RECORDINGS / "train.jsonl")[:8]:
        found = answer(items_of(one), properties=one.properties)
        assert by_product()(one).root_cause == ("unknown" if found.symptom_only else field_name(found.root_cause))


def test_of_equal_cost_what_needs_less_ships() -> None:
    cases = [case(number) for number in range(4)]
    right, unknown = [said("disk_full")] * 4, [said("unknown")] * 4
    everybody = dict.fromkeys(MEMBERS, unknown)
    assert choose(cases, everybody) == ["rules, weighed"]
    assert choose(cases, everybody | {"rules + bm25": right}) == ["rules + bm25"]
    assert choose(cases, everybody | {"regression": right}) == ["regression", "rules, weighed"]


def test_the_known_cases_that_ship_are_those_of_the_training_split_and_the_marks(tmp_path) -> None:
    (tmp_path / "retrieval").mkdir()
    assert write_known_cases(read_cases(RECORDINGS / "train.jsonl"), folder=tmp_path) > 400
    written = (tmp_path / "retrieval" / "known_cases.jsonl").read_text()
    assert written == (Path(sparkwright.diagnosis.__file__).parent / "retrieval" / "known_cases.jsonl").read_text()
    held_back = {thread_of(one.url) for one in read_cases(RECORDINGS / "validation.jsonl")}
    assert held_back.isdisjoint(json.loads(line)["thread"] for line in written.splitlines())
