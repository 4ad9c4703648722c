"""Numbers in plain language: what they bound, and where they say nothing of a rule; ``numbers.toml`` has the texts."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sparkwright.policy.language.read import read_policy
from sparkwright.policy.language.score import differences

PHRASINGS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("numbers.toml").read_text(encoding="utf-8"))
RULES: dict[str, dict[str, Any]] = {
    "Executor memory is capped at 8 GB.": {"bounds": {"spark.executor.memory": {"max": "8g"}}},
    "spark.executor.cores must not exceed 4.": {"bounds": {"spark.executor.cores": {"max": "4"}}},
    "A run may use no more than 40 executors.": {"budgets": [{"measure": "executors", "max": 40.0, "per": "run"}]},
    "Speculation must be off.": {"requires": {"spark.speculation": "false"}},
    "Dynamic allocation is forbidden.": {
        "forbids": [{"property": "spark.dynamicAllocation.enabled", "values": ["true"]}]
    },
}


def wrong(text: str, policy: dict[str, Any], asks: list[str]) -> bool:
    return bool(differences(policy, asks, read_policy(text)))


@pytest.mark.parametrize("rule", RULES)
def test_what_is_told_before_or_behind_a_rule_changes_nothing(rule):
    texts = [text for one in PHRASINGS["remarks"] for text in (f"{one} {rule}", f"{rule} {one}")]
    assert [text for text in texts if wrong(text, RULES[rule], [])] == []


@pytest.mark.parametrize("rule", RULES)
def test_reasons_within_the_sentence_of_a_rule_change_nothing(rule):
    texts = [f"{rule[:-1]}{'' if one[0] in ',;' else ' '}{one}." for one in PHRASINGS["reasons"]]
    assert [text for text in texts if wrong(text, RULES[rule], [])] == []


def test_a_text_that_only_tells_or_asks_is_no_policy_and_asks_nothing():
    assert [text for text in PHRASINGS["nothing"] if wrong(text, {}, [])] == []


@pytest.mark.parametrize("form", PHRASINGS["forms"], ids=lambda form: form["texts"][0])
def test_forms_that_mean_the_same_are_read_the_same(form):
    assert [text for text in form["texts"] if wrong(text, form["policy"], form.get("asks", []))] == []
