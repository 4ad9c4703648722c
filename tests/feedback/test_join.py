import json
from collections.abc import Callable

import pytest

from data_contracts.tables import Application, Decision, Run
from sparkwright.feedback.join import outcomes, overridden

Make = Callable[..., object]
OBEYED = {"spark.executor.memory": "1536m", "spark.sql.shuffle.partitions": "64", "spark.app.name": "etl"}


def test_a_run_under_the_allocation_obeyed_and_is_scored(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    [outcome] = outcomes([decision()], [run()], [application(OBEYED)])
    assert (outcome.obeyed, outcome.duration_covered, outcome.memory_regret) == ("all", True, "held")
    assert outcome.forecast_duration_p50_ms == 10_000


def test_the_same_size_in_another_unit_is_obedience() -> None:
    assert overridden({"spark.executor.memory": "2048m"}, [{"spark.executor.memory": "2g"}]) == {}
    assert overridden({"spark.executor.memory": "2048m"}, [{"spark.executor.memory": "2G "}]) == {}


def test_executors_of_another_resource_profile_did_not_obey(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    both = json.dumps({"0": {}, "1": {"spark.executor.memory": "6144m"}})
    [outcome] = outcomes([decision()], [run()], [application(OBEYED, resource_profiles_json=both)])
    assert json.loads(outcome.disobeyed_json) == {
        "spark.executor.memory": {"recommended": "1536m", "effective": "6144m"}
    }
    same = json.dumps({"1": {"spark.executor.memory": "1536m", "spark.executor.cores": "4"}})
    [outcome] = outcomes([decision()], [run()], [application(OBEYED, resource_profiles_json=same)])
    assert outcome.obeyed == "all"


def test_the_decision_id_alone_is_no_obedience(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    changed = {**OBEYED, "spark.executor.memory": "4g"}
    [outcome] = outcomes([decision()], [run()], [application(changed)])
    assert outcome.obeyed == "some"
    assert json.loads(outcome.disobeyed_json) == {"spark.executor.memory": {"recommended": "1536m", "effective": "4g"}}
    # Its memory and its duration say nothing about what was advised.
    assert outcome.memory_regret == "unknown"
    assert outcome.duration_covered is None


@pytest.mark.parametrize("verdict", ["heap_oom", "container_kill"])
def test_a_death_under_the_advised_memory_is_regretted_and_its_duration_not_scored(
    verdict: str,
    decision: Callable[..., Decision],
    run: Callable[..., Run],
    application: Callable[..., Application],
) -> None:
    [outcome] = outcomes([decision()], [run(status="failed", memory_verdict=verdict)], [application(OBEYED)])
    assert (outcome.memory_regret, outcome.duration_covered) == ("died", None)


def test_runs_without_a_known_decision_are_left_alone(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    strangers = [run(decision_id=None), run(decision_id="somebody-else")]
    assert outcomes([decision()], strangers, [application(OBEYED)]) == []


def test_an_answer_without_a_forecast_has_an_outcome_without_a_score(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    [outcome] = outcomes([decision(forecast_json="null")], [run()], [application(OBEYED)])
    assert (outcome.forecast_duration_p50_ms, outcome.duration_covered) == (None, None)


def test_a_forecast_that_an_earlier_version_logged_is_still_scored(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    old = json.loads(decision().forecast_json)
    old["memory_risk"] = [{"executor_memory_bytes": 1, "probability": 0.1, "extrapolated": False}]
    [outcome] = outcomes([decision(forecast_json=json.dumps(old))], [run()], [application(OBEYED)])
    assert outcome.forecast_duration_p50_ms == 10_000


def test_the_claim_goes_from_the_decision_to_its_outcome(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    [claimed] = outcomes([decision(claimed_death_probability=0.004)], [run()], [application(OBEYED)])
    assert (claimed.claimed_death_probability, claimed.held_back) == (0.004, False)
    [held] = outcomes([decision(held_back=True)], [run()], [application(OBEYED)])
    assert (held.claimed_death_probability, held.held_back) == (None, True)


def test_the_memory_of_a_run_counts_what_stands_beside_the_heap(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    sized = run(executor_memory_overhead_bytes=512 * 2**20, executor_count=3, duration_ms=10_000)
    [outcome] = outcomes([decision()], [sized], [application(OBEYED)])
    assert outcome.executor_memory_mib_s == 2048 * 3 * 10


def test_in_local_mode_the_heap_that_is_obeyed_is_the_drivers(
    decision: Callable[..., Decision], run: Callable[..., Run], application: Callable[..., Application]
) -> None:
    advised = decision(allocation_json='{"spark.driver.memory": "1024m"}')
    here = run(platform="local", executor_memory_bytes=2**30)
    [outcome] = outcomes([advised], [here], [application({"spark.driver.memory": "1g"}, platform="local")])
    assert outcome.memory_regret == "held"


@pytest.mark.parametrize("verdict", ["heap_oom", "enough"])
def test_a_run_with_its_own_settings_says_nothing_of_advice_that_nobody_gave(
    verdict: str,
    decision: Callable[..., Decision],
    run: Callable[..., Run],
    application: Callable[..., Application],
) -> None:
    kept = decision(report_only=True, claimed_death_probability=None, forecast_json="null")
    [outcome] = outcomes([kept], [run(memory_verdict=verdict)], [application(OBEYED)])
    assert outcome.report_only
    assert (outcome.memory_regret, outcome.duration_covered) == ("unknown", None)
