from collections import Counter

import pytest

from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.errors import ConfigError
from training.lora import corpus
from training.lora.pairs import SCENARIOS, condition_cases, read_scenarios, scenario_cases


def test_every_root_cause_that_is_learned_is_scored() -> None:
    learned = {case.root_cause for case in scenario_cases("train", 1, 0.0, 1)}
    assert len(learned) >= 28
    assert learned <= set(ROOT_CAUSES)
    for split in ("validation", "test"):
        assert {case.root_cause for case in scenario_cases(split, 1, 0.0, 1)} == learned


def test_a_scenario_of_one_split_is_in_no_other() -> None:
    scenarios, _ = read_scenarios(SCENARIOS)
    counted = Counter(scenario for by_split in scenarios.values() for found in by_split.values() for scenario in found)
    assert [scenario for scenario, count in counted.items() if count > 1] == []


def test_every_pair_rests_on_a_fact_it_has_and_every_brace_is_filled() -> None:
    for case in scenario_cases("train", 3, 1.0, 1):
        assert case.cited
        assert set(case.cited) <= {item.evidence_id for item in case.items}
        assert not any("{" in item.exception_class or "{frames" in item.message for item in case.items)


def test_the_same_seed_makes_the_same_pairs_and_another_makes_others() -> None:
    assert scenario_cases("train", 2, 0.5, 1) == scenario_cases("train", 2, 0.5, 1)
    assert scenario_cases("train", 2, 0.5, 1) != scenario_cases("train", 2, 0.5, 2)


def test_error_conditions_of_the_installed_spark_become_pairs_by_their_sqlstate() -> None:
    cases = condition_cases(corpus.error_conditions(corpus.pyspark_folder()), 1, 1)
    by_name = {case.case_id.rsplit("-", 1)[0]: case.root_cause for case in cases}
    assert by_name["UNRESOLVED_COLUMN.WITH_SUGGESTION"] == "analysis_error"
    assert by_name["CAST_INVALID_INPUT"] == "cast_error"
    assert by_name["CAST_OVERFLOW"] == "cast_error"
    assert by_name["DIVIDE_BY_ZERO"] == "arithmetic_overflow"
    assert by_name["PATH_NOT_FOUND"] == "missing_input_path"
    assert "INTERNAL_ERROR" not in by_name
    assert not any("<" in item.message for case in cases for item in case.items if case.root_cause == "cast_error")


@pytest.mark.parametrize(
    ("text", "fault"),
    [("aliens: {train: []}\nnoise: []", "aliens"), ("disk_full: {train: [['*gossip||x']]}\nnoise: []", "gossip")],
)
def test_a_wrong_word_in_the_scenarios_is_named(tmp_path, text: str, fault: str) -> None:
    path = tmp_path / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=fault):
        read_scenarios(path)
