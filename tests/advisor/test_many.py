"""Many decisions at once are the decisions one by one, with one call to each forecaster."""

from datetime import UTC, datetime

import pytest

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import Forecast, RecommendRequest
from data_contracts.fields.decision import NONE
from data_contracts.properties.spark import parse_size_bytes
from sparkwright.advisor.core import ForecastRequest, prepare
from sparkwright.advisor.many import Decide, recommend_many
from sparkwright.allocation.advise import advise, advising
from sparkwright.allocation.past import PastRun, past_runs
from sparkwright.errors import RegistryError
from sparkwright.features.columns import REQUIREMENTS
from sparkwright.spark.allocation import Allocation
from tests.support.simulated_runs import GIB, as_table, simulated_run

AT = datetime(2026, 3, 1, tzinfo=UTC)


def asked(name: str, version: str) -> ForecastRequest:
    properties = SparkProperties.model_validate({"spark.executor.memory": "2g"})
    request = RecommendRequest(app_name=name, workload=name, platform="standalone", properties=properties)
    return prepare(request, AT).model_copy(update={"forecaster_version": version})


def decisions(requests: list[ForecastRequest], past: list[list[PastRun]]) -> list[Decide]:
    return [
        lambda with_forecast, request=request, runs=runs: advising(request.request, runs, with_forecast=with_forecast)
        for request, runs in zip(requests, past, strict=True)
    ]


def past_of(name: str, runs: int, heap_gib: int) -> list[PastRun]:
    rows = [simulated_run(name, number, executor_memory_bytes=heap_gib * GIB) for number in range(runs)]
    return past_runs(as_table(rows)) if rows else []


class Forecaster:
    """Says as the duration how large the heap is, so that an answer to another question shows."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def __call__(self, version: str, questions: list[tuple[ForecastRequest, Allocation]]) -> list[Forecast]:
        self.calls.append((version, len(questions)))
        if version == "broken":
            raise RegistryError("expected a forecaster, found none")
        return [self.answer(allocation) for _, allocation in questions]

    @staticmethod
    def answer(allocation: Allocation) -> Forecast:
        quantiles = {"p10": 1.0, "p50": float(allocation.executor_memory_bytes), "p90": 1e15}
        return Forecast.model_validate(dict.fromkeys(REQUIREMENTS, quantiles))


QUESTIONS = [("a", "7", 3, 4), ("b", "7", 0, 1), ("c", NONE, 3, 8), ("d", "broken", 5, 6), ("e", "7", 4, 5)]


def test_they_are_the_decisions_one_by_one():
    requests = [asked(name, version) for name, version, _, _ in QUESTIONS]
    past = [past_of(name, runs, heap) for name, _, runs, heap in QUESTIONS]
    together = Forecaster()
    replies = recommend_many(requests, decisions(requests, past), together)
    assert together.calls == [("7", 3), ("broken", 1)]
    alone = [
        recommend_many([request], decisions([request], [runs]), Forecaster())[0]
        for request, runs in zip(requests, past, strict=True)
    ]
    assert replies == alone
    for reply, request, runs in zip(replies, requests, past, strict=True):
        forecast = Forecaster.answer if request.forecaster_version == "7" else None
        assert reply.recommendation.allocation == advise(request.request, runs, forecast).allocation
    assert [reply.recommendation.decision_id for reply in replies] == [one.decision_id for one in requests]


def test_each_has_the_forecast_under_its_own_allocation():
    requests = [asked(name, version) for name, version, _, _ in QUESTIONS]
    past = [past_of(name, runs, heap) for name, _, runs, heap in QUESTIONS]
    replies = recommend_many(requests, decisions(requests, past), Forecaster())
    for number in (0, 1, 4):
        found = replies[number].recommendation
        assert found.forecast.duration_ms.p50 == parse_size_bytes(found.allocation["spark.executor.memory"])
    assert [replies[number].recommendation.forecast for number in (2, 3)] == [None, None]


def test_a_forecaster_that_fails_leaves_the_evidence_and_the_others_alone():
    requests = [asked(name, version) for name, version, _, _ in QUESTIONS]
    past = [past_of(name, runs, heap) for name, _, runs, heap in QUESTIONS]
    replies = recommend_many(requests, decisions(requests, past), Forecaster())
    assert [reply.fault for reply in replies] == ["", "", "", "expected a forecaster, found none", ""]
    failed = replies[3].recommendation
    (without,) = recommend_many([asked("d", NONE)], decisions(requests[3:4], past[3:4]), Forecaster())
    assert failed.allocation == without.recommendation.allocation
    assert (failed.forecaster_version, failed.forecast) == (NONE, None)


def test_requests_and_pasts_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        recommend_many([asked("a", NONE)], [], Forecaster())


def test_a_question_that_breaks_the_forecaster_or_the_decision_spoils_no_other():
    requests = [asked(name, version) for name, version, *_ in QUESTIONS[:3]] + [asked("bad", "7"), asked("worse", "7")]
    past = [past_of(name, runs, heap) for name, _, runs, heap in QUESTIONS[:3]] + [past_of("bad", 3, 4), []]
    forecaster = Forecaster()

    def forecasts(version, questions):
        if any(one.workload_id == "bad" for one, _ in questions):
            raise OverflowError("int too large to convert to float")
        return forecaster(version, questions)

    def fail(with_forecast):
        raise ZeroDivisionError("division by zero")

    alone = recommend_many(requests[:3], decisions(requests[:3], past[:3]), Forecaster())
    together = recommend_many(requests, [*decisions(requests[:4], past[:4]), fail], forecasts)
    assert together[:3] == alone
    bad, worse = together[3:]
    assert "int too large" in bad.fault
    assert bad.recommendation.forecast is None
    assert bad.recommendation.observed_run_count == 3
    assert (worse.recommendation, worse.fault) == (None, "the advice failed: division by zero")
