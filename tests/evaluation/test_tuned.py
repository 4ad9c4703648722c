"""A language model among those who answer why an application failed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation.troubleshooter import RECORDINGS
from evaluation.troubleshooter.candidates import PRODUCT, RULES, by_product, by_rules
from evaluation.troubleshooter.cases import read_cases, thread_of
from evaluation.troubleshooter.evaluate import evaluate
from evaluation.troubleshooter.fit import PRIOR, items_of, signalled, weights_of
from evaluation.troubleshooter.tuned import (
    BASE,
    CAUSES,
    COMBINED,
    LORA,
    LORA_RETRIEVED,
    Likelihoods,
    gains,
    read_likelihoods,
    said_by,
    tuned_candidates,
)
from sparkwright.diagnosis.choosing import CandidateCauses, words_for
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.weighing import Weights
from sparkwright.errors import ConfigError
from tests.support.tuned_troubleshooter import tuned_troubleshooter

CASES = read_cases(RECORDINGS / "train.jsonl")[:14]


class Knows:
    """A model that finds one cause likely, and counts how often it is asked."""

    def __init__(self, cause: str) -> None:
        self.cause, self.times = cause, 0

    def score(self, messages, choices: Sequence[str], adapter: str | None = None) -> list[float]:
        self.times += 1
        silent = "\n" in messages[0]["content"].strip()
        return [-1.0 if silent and one == words_for(self.cause) else -9.0 for one in choices]


def likelihoods(cause: str, file: Path) -> Likelihoods:
    return Likelihoods(Knows(cause), None, 400, read_likelihoods(file), file, "m")


def test_what_was_asked_is_kept_and_not_asked_again(tmp_path) -> None:
    file = tmp_path / "kept.jsonl"
    one = likelihoods("disk_full", file)
    first = one.of(items_of(CASES[0]))
    assert one.of(items_of(CASES[0])) == first
    assert one.model.times == 1
    again = likelihoods("cast_error", file)
    assert again.of(items_of(CASES[0])) == first
    assert again.model.times == 0
    # A run that was killed while it wrote leaves half a line.
    with file.open("a") as opened:
        opened.write('{"key": "abc", "sco')
    assert len(read_likelihoods(file)) == 1
    file.write_text('{"key": "abc"}\n')
    with pytest.raises(ConfigError, match=r"line 1 has .*remove the file"):
        read_likelihoods(file)


def test_only_retrieved_causes_have_a_share_and_a_baseline_is_taken_off(tmp_path) -> None:
    one = likelihoods("disk_full", tmp_path / "kept.jsonl")
    items = items_of(CASES[0])
    everything = said_by(one, None)(items, "")
    assert set(everything) == set(CAUSES)
    assert sum(everything.values()) == pytest.approx(1.0)
    retrieved = said_by(one, CandidateCauses())(items, "")
    assert 1 <= len(retrieved) <= 10
    corrected = said_by(one, None, corrected=True)(items, "")
    assert max(corrected, key=lambda name: corrected[name]) == "disk_full"


def test_a_model_that_is_always_right_gets_the_say_and_one_that_never_is_does_not(tmp_path) -> None:
    validation = read_cases(RECORDINGS / "validation.jsonl")
    truths = {tuple(items_of(case)): case.root_cause for case in validation}

    def knows(items, thread: str) -> dict[str, float]:
        return {truths.get(tuple(items), "unknown"): 1.0} if truths.get(tuple(items)) in CAUSES else {}

    def never(items, thread: str) -> dict[str, float]:
        return {"disk_full": 1.0}

    members = ("rules", "bm25", "model")
    good, bad = (
        weights_of(signalled(validation, Judge(Weights(members, PRIOR, 0.5, 0.8), model=model)), members)
        for model in (knows, never)
    )
    assert good.weights["model"] > PRIOR["model"] > bad.weights["model"]


def test_every_candidate_answers_and_the_gains_are_paired(tmp_path) -> None:
    tuned = tuned_troubleshooter()
    kept = tmp_path / "kept" / "likelihoods.jsonl"
    asked = tuned_candidates(tuned.folder, tuned.home, kept, CASES)
    assert {BASE, LORA, LORA_RETRIEVED, COMBINED} <= set(asked)
    candidates = {RULES: by_rules, PRODUCT: by_product(), **asked}
    _, answers, scored = evaluate(CASES, candidates, settings={"cases": "some"})
    assert all(len(one) == len(CASES) for one in answers.values())
    section = gains(CASES, answers)
    assert section.rows[0]["compared"] == f"{COMBINED} - {PRODUCT}"
    for row in section.rows:
        assert row["cost"].low <= row["cost"].value <= row["cost"].high
    assert {thread_of(case.url) for case in CASES}
    # Base and LoRA, all causes and the retrieved ones; the base's own habit, without any facts, was asked once.
    keys = [json.loads(line)["key"] for line in kept.read_text().splitlines()]
    assert len(keys) == len(set(keys)) == 4 * len({items_of(case) for case in CASES}) + 1
    assert all(figures.wrong.value <= 1 for figures in scored.values())
