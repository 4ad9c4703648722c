from collections.abc import Callable
from pathlib import Path

import pytest

import sparkwright.feedback.judge as judge_module
from data_contracts.tables import Application, Decision, Outcome, Run
from sparkwright.config import load_config
from sparkwright.feedback.join import outcomes
from sparkwright.feedback.judge import JudgeConfig, Judgement, judge

CONFIG = load_config(JudgeConfig, Path(judge_module.__file__).with_name("judge.yaml"), [])
OBEYED = {"spark.executor.memory": "1536m", "spark.sql.shuffle.partitions": "64"}


@pytest.fixture
def outcome(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> Callable[..., Outcome]:
    def make(*, trial: bool = False, **changes: object) -> Outcome:
        return outcomes([decision(trial=trial)], [run(**changes)], [application(OBEYED)])[0]

    return make


def judged(found: list[Outcome], *, run_count: int = 100, trained: int | None = 100) -> Judgement:
    return judge(found, run_count=run_count, trained_run_count=trained, config=CONFIG)


def test_without_a_champion_a_training_is_due() -> None:
    assert judged([], trained=None).reasons == ("there is no champion yet",)


def test_a_champion_that_covers_is_kept(outcome: Callable[..., Outcome]) -> None:
    found = [outcome(duration_ms=11_000)] * 8 + [outcome(duration_ms=20_000)] * 2
    judgement = judged(found)
    assert judgement.reasons == ()
    assert judgement.covered_ratio == 0.8
    assert judgement.median_error_ratio == pytest.approx(1.1)


def test_intervals_that_miss_ask_for_a_training_once_it_cannot_be_chance(outcome: Callable[..., Outcome]) -> None:
    missed = outcome(duration_ms=50_000)
    assert judged([missed] * 2).reasons == ()
    assert "between p10 and p90" in judged([missed] * 5).reasons[0]


def test_deaths_on_advice_ask_for_a_training_and_those_of_trials_count(outcome: Callable[..., Outcome]) -> None:
    death = {"status": "failed", "memory_verdict": "heap_oom"}
    assert judged([outcome(**death)]).reasons == (
        "1 of 1 runs died of memory on advice (at most 5%), 0 of them in 0 trials",
    )
    trial = judged([outcome(trial=True, **death), outcome(trial=True), outcome(**death), outcome()])
    assert trial.reasons == ("2 of 4 runs died of memory on advice (at most 5%), 1 of them in 2 trials",)
    assert (trial.trial_count, trial.trial_died_count, trial.died_count) == (2, 1, 2)


def test_few_deaths_are_within_the_bound_whether_or_not_in_trials(outcome: Callable[..., Outcome]) -> None:
    death = {"status": "failed", "memory_verdict": "heap_oom"}
    found = [outcome(trial=True, **death), *[outcome() for _ in range(19)]]
    assert judged(found).reasons == ()
    assert "died of memory" in judged(found[:-1]).reasons[0]


@pytest.mark.parametrize(("run_count", "due"), [(100, False), (119, False), (120, True)])
def test_growth_asks_for_a_training(run_count: int, due: bool) -> None:
    assert bool(judged([], run_count=run_count).reasons) == due
