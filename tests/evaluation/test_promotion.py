from pathlib import Path

import pytest

import evaluation.promotion as promotion
from evaluation.advice.gate import advice_scores
from evaluation.advice.oracle import HeapCase
from evaluation.advice.policies import Choice, Observation
from evaluation.lab.oracle.rows import MEASURED, read
from evaluation.lab.simulator.responses import load_responses
from evaluation.promotion import (
    AdviceScores,
    DiagnosisScores,
    ForecastScores,
    PromotionConfig,
    advice_objections,
    forecaster_objections,
    troubleshooter_objections,
)
from sparkwright.config import load_config

CONFIG = load_config(PromotionConfig, Path(promotion.__file__).with_suffix(".yaml"), [])


def scores(pinball: float, *, worse_p: float = 1.0, coverage: float = 0.8, run_count: int = 50) -> ForecastScores:
    return ForecastScores(run_count, pinball, 1.0, worse_p, coverage)


def test_the_first_forecaster_may_not_be_worse_than_the_naive_baseline_beyond_chance() -> None:
    assert forecaster_objections(scores(0.5), None, CONFIG) == []
    assert forecaster_objections(scores(1.1, worse_p=0.3), None, CONFIG) == []
    assert "naive baseline" in forecaster_objections(scores(1.1, worse_p=0.01), None, CONFIG)[0]


@pytest.mark.parametrize(("pinball", "accepted"), [(0.49, True), (0.5, True), (0.51, False)])
def test_a_challenger_has_to_be_as_good_as_the_champion_on_the_same_runs(pinball: float, accepted: bool) -> None:
    assert (forecaster_objections(scores(pinball), scores(0.5), CONFIG) == []) == accepted


def test_intervals_that_miss_are_no_bargain_unless_so_few_runs_can_miss_by_chance() -> None:
    assert "15 of 50 durations" in forecaster_objections(scores(0.1, coverage=0.3), None, CONFIG)[0]
    assert forecaster_objections(scores(0.1, coverage=0.5, run_count=12), None, CONFIG) == []
    assert forecaster_objections(scores(0.1, coverage=0.25, run_count=12), None, CONFIG) != []


def test_a_handful_of_test_runs_proves_nothing() -> None:
    assert "harvest more" in forecaster_objections(scores(0.1, run_count=2), None, CONFIG)[0]


def test_a_troubleshooter_may_not_lose_what_the_champion_gained_over_the_rules() -> None:
    champion = DiagnosisScores(40, 0.9, 0.8)
    assert troubleshooter_objections(DiagnosisScores(60, 0.75, 0.65), champion, CONFIG) == []
    assert "+0.000 on 60 cases" in troubleshooter_objections(DiagnosisScores(60, 0.8, 0.8), champion, CONFIG)[0]


def test_the_first_troubleshooter_has_to_be_as_good_as_the_rules() -> None:
    assert troubleshooter_objections(DiagnosisScores(40, 0.8, 0.8), None, CONFIG) == []
    assert troubleshooter_objections(DiagnosisScores(40, 0.7, 0.8), None, CONFIG) != []


def test_no_champion_whose_deaths_exceed_its_claim() -> None:
    kept, broken = AdviceScores(6000, 30.0, 50, 1.2), AdviceScores(6000, 30.0, 90, 1.6)
    assert advice_objections({}, CONFIG) == []
    assert advice_objections({"served": kept, "trials": kept}, CONFIG) == []
    (objection,) = advice_objections({"served": kept, "trials": broken}, CONFIG)
    assert objection.startswith("trials: 90 deaths, 30.0 claimed in 6000 attempts")


@pytest.mark.parametrize(("claim_ratio", "accepted"), [(1.0, True), (4.0, False)])
def test_the_gate_follows_the_advice_on_measured_curves(claim_ratio: float, accepted: bool) -> None:
    """Somebody who gives 1.1 times what half of the runs need, and says a part of the risk, or more than all of it."""
    rows = [row for row in read(MEASURED) if row.half_oom_heap_bytes is not None]
    cases = {case.name: case for case in map(HeapCase.of, rows)}

    def near_the_edge(observation: Observation) -> Choice:
        case = cases[observation.workload_id]
        heap = int(1.1 * case.needed_bytes)
        return Choice(heap, claim=case.death_probability(heap) / claim_ratio)

    scores = advice_scores({"edge": near_the_edge}, rows, load_responses(), seeds=1)
    assert scores["edge"].died > 10
    assert (advice_objections(scores, CONFIG) == []) == accepted


def test_advice_that_states_no_risk_breaks_no_claim() -> None:
    rows = read(MEASURED)[-3:]
    scores = advice_scores({"silent": lambda observation: Choice(1)}, rows, load_responses(), seeds=1)
    assert scores == {"silent": AdviceScores(0, 0, 0, 0.0)}


def test_a_claim_of_nothing_is_broken_by_any_death() -> None:
    rows = [row for row in read(MEASURED) if row.half_oom_heap_bytes is not None]
    scores = advice_scores({"sure": lambda observation: Choice(1, claim=0.0)}, rows, load_responses(), seeds=1)
    assert advice_objections(scores, CONFIG) != []
