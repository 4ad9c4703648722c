import random

import pytest
from sklearn.metrics import accuracy_score, f1_score

from data_contracts.api.diagnosis import EvidenceItem
from sparkwright.diagnosis.cases import Case
from sparkwright.diagnosis.prompt import Prompt, answer_text
from sparkwright.diagnosis.scoring import chance_of_as_many, evaluate_engine, evaluate_rules, preferred
from sparkwright.diagnosis.taxonomy import ROOT_CAUSES


class Guesses:
    """An engine that names causes by dice."""

    def __init__(self) -> None:
        self.rng = random.Random(3)
        self.said: list[str] = []

    def complete(self, prompt: Prompt) -> str:
        self.said.append(self.rng.choice(list(ROOT_CAUSES)[:6]))
        return answer_text(self.said[-1], [1])


def _cases(count: int) -> list[Case]:
    rng = random.Random(1)
    item = EvidenceItem(evidence_id="e1", kind="driver_log", source="x", message="nothing that the rules know")
    return [Case(str(n), (item,), rng.choice(list(ROOT_CAUSES)[:4]), "test", "scenario", ("e1",)) for n in range(count)]


def test_accuracy_and_macro_f1_agree_with_scikit_learn() -> None:
    cases, engine = _cases(60), Guesses()
    report = evaluate_engine(engine, cases, 400)
    truth = [case.root_cause for case in cases]
    assert report.accuracy == pytest.approx(accuracy_score(truth, engine.said))
    labels = sorted(set(truth))
    assert report.macro_f1 == pytest.approx(f1_score(truth, engine.said, labels=labels, average="macro"))
    assert len(report.mistakes) == sum(a != b for a, b in zip(truth, engine.said, strict=True))
    assert report.cited_right_share == report.valid_json_share == 1.0


def test_broken_json_counts_as_wrong() -> None:
    class Broken:
        def complete(self, prompt: Prompt) -> str:
            return '{"root_cause": "disk'

    report = evaluate_engine(Broken(), _cases(5), 400)
    assert (report.accuracy, report.valid_json_share, report.citation_share) == (0, 0, 0)


def test_the_rules_keep_the_word_unless_the_model_is_better() -> None:
    by_rules = evaluate_rules(_cases(10))
    assert by_rules.accuracy == 0
    assert preferred(by_rules, by_rules) == "rules"
    # Five of five could be a coin's; six of six are not.
    assert preferred(by_rules.model_copy(update={"mistakes": by_rules.mistakes[5:]}), by_rules) == "rules"
    better = by_rules.model_copy(update={"mistakes": by_rules.mistakes[6:]})
    assert preferred(better, by_rules) == "llm"
    assert preferred(better.model_copy(update={"valid_json_share": 0.9}), by_rules) == "rules"
    # Six gained and three lost say nothing.
    gave = by_rules.model_copy(update={"mistakes": by_rules.mistakes[6:9]})
    took = by_rules.model_copy(update={"mistakes": by_rules.mistakes[:6]})
    assert preferred(gave, took) == "rules"


@pytest.mark.parametrize(("heads", "tosses"), [(0, 0), (0, 5), (3, 7), (6, 6), (20, 31)])
def test_the_chance_of_a_coin_agrees_with_scipy(heads: int, tosses: int) -> None:
    from scipy.stats import binomtest

    expected = binomtest(heads, tosses, alternative="greater").pvalue if tosses else 1.0
    assert chance_of_as_many(heads, tosses) == pytest.approx(expected)
