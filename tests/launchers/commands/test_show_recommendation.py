import pytest

from data_contracts.api.recommendation import Forecast, HeapEvidence, Quantiles, Reason, Recommendation
from data_contracts.properties.spark import GIB
from sparkwright.errors import ServiceError
from sparkwright.launchers.commands.show_recommendation import recommendation_lines, show_recommendation

NEED = Quantiles(p10=1000, p50=GIB, p90=2 * GIB)


def answer(**changes):
    values = {
        "decision_id": "d1",
        "workload_id": "etl",
        "allocation": {"spark.executor.memory": "4096m"},
        "forecast": Forecast(
            duration_ms=NEED,
            executor_run_time_ms=NEED,
            input_bytes=NEED,
            shuffle_write_bytes=NEED,
            disk_spilled_bytes=NEED,
        ),
        "cold": False,
        "trial": True,
        "extrapolated": False,
        "observed_run_count": 3,
        "heap_evidence": [
            HeapEvidence(executor_memory_bytes=4 * GIB, standing="proven", run_count=3, input_bytes=2 * GIB),
            HeapEvidence(executor_memory_bytes=2 * GIB, standing="died", run_count=1, input_bytes=GIB),
        ],
        "reasons": [
            Reason(property="*", text="from 3 earlier run(s)"),
            Reason(property="spark.executor.memory", text="proven by 3 run(s), and " + "more to say about it " * 9),
            Reason(property="spark.dynamicAllocation.initialExecutors", text="not advised: they contradict"),
        ],
        "release_version": "2",
        "forecaster_version": "5",
    }
    return Recommendation.model_validate(values | changes).model_dump(mode="json")


@pytest.mark.parametrize("columns", [20, 60, 200])
def test_what_is_advised_why_and_what_is_known_is_printed_in_any_width(columns):
    lines = recommendation_lines(answer(), columns)
    text = "\n".join(lines)
    assert "spark.executor.memory=4096m" in text
    assert "proven by 3 run(s) at inputs up to 2.0 GiB" in text
    assert "died 1 time(s), with 1.0 GiB of input or more" in text
    assert "not advised: they contradict" in text
    assert "trial" in lines[-1] and "cold" not in text
    assert max(map(len, lines)) <= max(60, min(columns, 120))


def test_a_heap_without_input_is_told_without_one():
    heaps = [
        HeapEvidence(executor_memory_bytes=GIB, standing=standing, run_count=1, input_bytes=0)
        for standing in ("proven", "died", "never_tried")
    ]
    text = "\n".join(recommendation_lines(answer(heap_evidence=heaps), 80))
    assert "proven by 1 run(s)\n" in text and "died 1 time(s)\n" in text and "never tried\n" in text


def test_a_decision_without_forecast_or_evidence_is_printed():
    text = "\n".join(recommendation_lines(answer(forecast=None, heap_evidence=[], allocation={}, reasons=[]), 80))
    assert "no property to set" in text
    assert "p50" not in text


@pytest.mark.parametrize("broken", [{}, {"allocation": None}, answer() | {"heap_evidence": [{"standing": "sure"}]}])
def test_an_answer_that_breaks_the_contract_is_an_error_that_says_so(broken):
    with pytest.raises(ServiceError, match="expected the answer of a Sparkwright service"):
        show_recommendation(broken)


def test_the_risk_says_what_vouches_for_it():
    own = answer(risk={"probability": 0.004, "basis": "model", "bound": None, "decision_count": 0})
    assert "* P(death) 0.4% by this workload's own runs, not certified" in recommendation_lines(own, 100)
    vouched = answer(risk={"probability": 0.004, "basis": "certified", "bound": 0.0048, "decision_count": 900})
    assert "* P(death) 0.4%, certified: of 900 decisions like it at most 0.5% die" in recommendation_lines(vouched, 100)
    assert not [line for line in recommendation_lines(answer(), 100) if "P(death)" in line]
    assert "held back" in recommendation_lines(answer(held_back=True), 100)[-1]


def test_what_was_asked_for_and_what_is_saved_stand_beside_the_advice():
    changed = {
        **answer(),
        "allocation": {"spark.executor.memory": "2048m", "spark.executor.cores": "2"},
        "changes": [
            {"property": "spark.executor.memory", "current": "4g", "advised": "2048m"},
            {"property": "spark.executor.cores", "current": None, "advised": "2"},
        ],
        "saving": {"memory_gib_h": 10.0, "core_h": 0.0, "money": 0.0445, "currency": "USD"},
    }
    lines = recommendation_lines(changed, 100)
    assert "  spark.executor.memory=2048m (asked for 4g)" in lines
    assert "  spark.executor.cores=2" in lines
    assert "* saved a run, by the forecast: +10 GiB-h, +0 core-h, +0.0445 USD" in lines
