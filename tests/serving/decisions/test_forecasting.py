"""Evidence decides in the service too, whether or not a forecaster answers."""

from datetime import UTC, datetime

import pytest

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.properties.spark import GIB, parse_size_bytes
from data_contracts.tables import DeathWatch, Run
from serving.decisions.forecasting import Forecasting
from sparkwright.advisor.core import conclude, prepare
from sparkwright.allocation.need_prior import DEFAULT_PRIOR, LevelComponent
from sparkwright.lake import Lake
from tests.support.running_service import register_forecaster
from tests.support.simulated_runs import simulated_run


@pytest.fixture
def forecasting(registry_home):
    died = simulated_run("nightly", 0, executor_memory_bytes=2 * GIB, memory_verdict="heap_oom", status="failed")
    held = [simulated_run("nightly", number, executor_memory_bytes=4 * GIB) for number in range(1, 4)]
    Lake(registry_home.lake_uri).merge(Run, [died, *held])
    found = Forecasting(registry_home)
    assert found.refresh_history()
    return found


@pytest.mark.parametrize(("version", "told"), [(NONE, ""), ("7", "forecaster")])
def test_a_death_is_not_forgotten_where_there_is_no_forecaster(forecasting, version, told):
    properties = SparkProperties.model_validate({"spark.executor.memory": "2g"})
    request = RecommendRequest(app_name="x", workload="nightly", platform="standalone", properties=properties)
    asked = prepare(request).model_copy(update={"release_version": "3", "forecaster_version": version})
    (reply,) = forecasting.recommend([asked])
    assert told in reply.fault
    assert bool(told) == bool(reply.fault)
    recommendation, decision = conclude(asked, reply)
    assert parse_size_bytes(recommendation.allocation["spark.executor.memory"]) >= 4 * GIB
    assert (recommendation.forecast, recommendation.forecaster_version, decision.forecast_json) == (None, NONE, "null")
    assert recommendation.release_version == decision.release_version == "3"
    assert recommendation.reasons[0].text.startswith(reply.fault or "from 4 earlier run(s)")


def test_runs_that_could_not_be_taken_in_are_told_again(forecasting, registry_home, monkeypatch):
    Lake(registry_home.lake_uri).merge(Run, [simulated_run("nightly", 4, executor_memory_bytes=3 * GIB)])

    def fail(changes):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(forecasting._advisor, "take_in", fail)
        with pytest.raises(MemoryError):
            forecasting.refresh_history()
    assert forecasting.refresh_history()
    request = RecommendRequest(app_name="x", workload="nightly", platform="standalone")
    (reply,) = forecasting.recommend([prepare(request)])
    assert reply.recommendation.observed_run_count == 5


def test_what_the_request_tells_of_the_input_reaches_the_forecast(forecasting, registry_home):
    version = register_forecaster(registry_home)
    durations = []
    for size in (None, 4 * GIB, 400 * GIB):
        request = RecommendRequest(app_name="x", workload="nightly", platform="standalone", input_bytes=size)
        asked = prepare(request).model_copy(update={"release_version": "3", "forecaster_version": version})
        (reply,) = forecasting.recommend([asked])
        forecast = reply.recommendation.forecast
        durations.append(forecast.duration_ms.p50)
        if size:
            assert forecast.input_bytes.p10 == forecast.input_bytes.p90 == pytest.approx(size, rel=1e-4)
        else:
            assert forecast.input_bytes.p10 < forecast.input_bytes.p90
    # Runs of 4 GiB took a minute each: the usual slope says that a hundred times as much takes longer.
    assert durations[1] == pytest.approx(durations[0], rel=0.05)
    assert durations[2] > 1.5 * durations[1]


def test_a_stop_is_heard_while_it_serves(forecasting, registry_home):
    lake = Lake(registry_home.lake_uri)
    assert not forecasting.refresh_claims()
    at = datetime(2026, 5, 1, tzinfo=UTC)
    state = DeathWatch(
        watch="heap",
        decision_count=3,
        died_count=3,
        expected_death_count=0.01,
        evidence_ratio=400.0,
        stopped_at=at,
        cleared_at=None,
        judged_at=at,
    )
    lake.merge(DeathWatch, [state])
    assert forecasting.refresh_claims()
    assert not forecasting.refresh_claims()
    request = prepare(RecommendRequest(app_name="x", workload="nightly", platform="standalone"))

    def told():
        (reply,) = forecasting.recommend([request])
        return any("feedback clear" in one.text for one in reply.recommendation.reasons)

    assert told()
    lake.merge(DeathWatch, [state.model_copy(update={"stopped_at": None, "cleared_at": at})])
    assert forecasting.refresh_claims()
    assert not told()


def test_a_forecaster_brings_the_prior_of_its_fleet(forecasting, registry_home):
    usual = register_forecaster(registry_home)
    wide = DEFAULT_PRIOR.model_copy(update={"levels": (LevelComponent(share=1.0, mean=1.0, spread=0.3),)})
    other = register_forecaster(registry_home, prior=wide)

    def risk(version):
        request = RecommendRequest(app_name="x", workload="nightly", platform="standalone", input_bytes=4 * GIB)
        (reply,) = forecasting.recommend([prepare(request).model_copy(update={"forecaster_version": version})])
        return reply.recommendation.risk.probability

    forecasting.forecaster(usual)
    forecasting.forecaster(other)
    assert risk(usual) == risk(NONE) != risk(other)


LARGEST = {
    "spark.executor.memory": "999p",
    "spark.executor.memoryOverhead": "999p",
    "spark.executor.cores": "2147483647",
    "spark.executor.instances": "2147483647",
    "spark.dynamicAllocation.maxExecutors": "2147483647",
    "spark.sql.shuffle.partitions": "2147483647",
    "spark.task.cpus": "2147483647",
    "spark.driver.memory": "999p",
    "spark.memory.offHeap.enabled": "true",
    "spark.memory.offHeap.size": "999p",
}


def test_the_largest_numbers_that_pass_never_touch_what_others_are_answered(forecasting, registry_home):
    version = register_forecaster(registry_home)

    def question(**given):
        request = RecommendRequest.model_validate({"app_name": "x", "workload": "nightly", **given})
        return prepare(request).model_copy(update={"release_version": "3", "forecaster_version": version})

    ours = question(platform="standalone")
    extreme = [
        *[question(platform="yarn", properties={name: value}) for name, value in LARGEST.items()],
        question(properties=LARGEST, input_bytes=2**53 - 1, deadline_ms=2**53 - 1, attempt=1000),
        question(max_risk=5e-324, deadline_ms=1, input_bytes=1),
    ]
    (alone,) = forecasting.recommend([ours])
    together = forecasting.recommend([*extreme, ours])
    assert together[-1].model_dump() == alone.model_dump()
    assert alone.recommendation.forecast is not None
    for reply, asked in zip(together, [*extreme, ours], strict=True):
        conclude(asked, reply)
