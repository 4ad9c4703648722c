import json
from datetime import UTC, datetime

import pytest

from data_contracts.api.properties import SparkProperties
from data_contracts.api.recommendation import HeapRisk, Recommendation, RecommendRequest
from sparkwright.advisor.core import (
    VALID_FOR,
    ForecastReply,
    conclude,
    given_again,
    is_held_back,
    of_no_launch,
    prepare,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)


def request(**given):
    properties = given.pop("properties", {})
    return RecommendRequest(app_name="job", properties=SparkProperties.model_validate(properties), **given)


def test_a_request_is_redacted_before_anything_is_named_after_it():
    asked = prepare(request(user_name="x --password hunter2", workload="w --password hunter2"), AT)
    assert "hunter2" not in asked.model_dump_json()
    assert asked.workload_id.startswith("w --password")
    assert asked.at == AT


def test_an_explicit_workload_wins_over_the_property_and_both_over_the_name():
    marked = {"spark.sparkwright.workload": "marked"}
    assert prepare(request(properties=marked)).workload_id == "marked"
    assert prepare(request(properties=marked, workload="named")).workload_id == "named"
    assert prepare(request(user_name="u", queue="q")).workload_id == "q/u/job"


def test_two_decisions_never_share_an_id():
    one = request()
    assert prepare(one).decision_id != prepare(one).decision_id


def test_without_a_forecast_the_users_own_resources_are_the_decision_and_nothing_is_pinned():
    properties = {"spark.executor.memory": "3072", "spark.jars": "a.jar", "spark.app.password": "hunter2"}
    recommendation, decision = conclude(prepare(request(properties=properties), AT), ForecastReply(fault="no champion"))
    assert recommendation.allocation == {"spark.executor.memory": "3072m"}
    assert recommendation.reasons[0].text == "no champion"
    assert (recommendation.release_version, recommendation.forecast) == ("none", None)
    assert decision.decided_at == AT
    assert json.loads(decision.allocation_json) == recommendation.allocation
    assert "hunter2" not in decision.model_dump_json()


def test_a_policy_has_the_last_word_and_the_log_holds_what_went_out():
    class Cap:
        version = "caps-7"

        def apply(self, recommendation, request, at, team):
            return recommendation.model_copy(update={"allocation": {"spark.executor.memory": "1024m"}})

    properties = {"spark.executor.memory": "3g"}
    given, decision = conclude(prepare(request(properties=properties)), ForecastReply(fault="none"), Cap())
    assert decision.policy_version == "caps-7"
    assert json.loads(decision.allocation_json) == given.allocation == {"spark.executor.memory": "1024m"}


def test_attempt_and_input_reach_the_log():
    asked = prepare(request(attempt=2, input_bytes=10**12))
    decision = conclude(asked, ForecastReply(fault="none"))[1]
    assert (decision.attempt, decision.input_bytes, decision.policy_version) == (2, 10**12, "")


def advised(asked, heap="2048m"):
    return ForecastReply(
        recommendation=Recommendation(
            decision_id=asked.decision_id,
            workload_id=asked.workload_id,
            allocation={"spark.executor.memory": heap},
            cold=False,
            trial=True,
            risk=HeapRisk(probability=0.004),
            extrapolated=False,
            observed_run_count=7,
            reasons=[],
            release_version="3",
            forecaster_version="5",
        )
    )


def test_the_claim_is_logged_unless_a_policy_took_another_heap():
    class Policy:
        version = "1"

        def __init__(self, heap):
            self.heap = heap

        def apply(self, recommendation, request, at, team):
            return recommendation.model_copy(update={"allocation": {"spark.executor.memory": self.heap}})

    asked = prepare(request(properties={"spark.executor.memory": "4g"}))
    assert conclude(asked, advised(asked))[1].claimed_death_probability == 0.004
    assert conclude(asked, advised(asked), Policy("2048m"))[1].claimed_death_probability == 0.004
    recommendation, decision = conclude(asked, advised(asked), Policy("1024m"))
    assert (recommendation.risk, decision.claimed_death_probability) == (None, None)


def test_what_is_withheld_is_what_policies_would_have_left_of_it():
    class Cap:
        version = "1"

        def apply(self, recommendation, request, at, team):
            return recommendation.model_copy(update={"allocation": {"spark.executor.memory": "1024m"}})

    asked = prepare(request(properties={"spark.executor.memory": "4g"})).model_copy(update={"report_only": True})
    free = conclude(asked, advised(asked))[0]
    assert free.allocation == {"spark.executor.memory": "4g"}
    assert free.withheld.allocation == {"spark.executor.memory": "2048m"}
    assert free.withheld.claimed_death_probability == 0.004
    capped = conclude(asked, advised(asked), Cap())[0]
    assert capped.allocation == capped.withheld.allocation == {"spark.executor.memory": "1024m"}
    assert (capped.report_only, capped.withheld.claimed_death_probability) == (True, None)


def test_what_chance_holds_back_goes_out_as_the_user_wrote_it_and_claims_nothing():
    asked = prepare(request(properties={"spark.executor.memory": "4g"}))
    recommendation, decision = conclude(asked, advised(asked), hold_back=1.0)
    assert recommendation.allocation == {"spark.executor.memory": "4g"}
    assert (decision.held_back, decision.trial, decision.claimed_death_probability) == (True, False, None)
    # It counts with the release that would have decided otherwise.
    assert (decision.release_version, decision.forecaster_version) == ("3", "5")
    assert "held back by chance" in recommendation.reasons[0].text
    assert not conclude(asked, advised(asked), hold_back=0.0)[1].held_back


def test_neither_a_retry_nor_an_answer_without_advice_is_held_back():
    again = prepare(request(attempt=2))
    assert not conclude(again, advised(again), hold_back=1.0)[1].held_back
    assert not conclude(again, ForecastReply(fault="none"), hold_back=1.0)[1].held_back


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5])
def test_chance_holds_back_the_share_that_was_set(share):
    ids = [f"{number:032x}" for number in range(4000)]
    assert sum(is_held_back(one, share) for one in ids) / 4000 == pytest.approx(share, abs=0.02)
    assert all(is_held_back(one, 0.5) for one in ids if is_held_back(one, 0.05))


def test_a_launch_that_asks_again_is_given_its_decision_until_that_expires():
    asked = prepare(request(launch_id="l1"), AT)
    given, decision = conclude(asked, ForecastReply(fault="no champion"))
    assert decision.launch_id == "l1"
    assert given_again(asked, decision) == given
    assert given.expires_at == AT + VALID_FOR
    assert given_again(asked.model_copy(update={"at": AT + VALID_FOR}), decision) is None
    assert of_no_launch(asked).request.launch_id is None


@pytest.mark.parametrize("other", [{"queue": "adhoc"}, {"user_name": "eve"}, {"queue": ""}])
def test_a_launch_belongs_to_the_queue_and_the_user_that_named_it(other):
    mine = {"queue": "etl", "user_name": "ana", "workload": "nightly", "launch_id": "2026-11-29"}
    given, decision = conclude(prepare(request(**mine), AT), ForecastReply(fault="none"))
    assert given_again(prepare(request(**mine), AT), decision) == given
    assert given_again(prepare(request(**{**mine, **other}), AT), decision) is None


def test_names_that_were_redacted_are_still_those_of_the_launch():
    asked = request(user_name="x --password hunter2", queue="q --password hunter2", launch_id="l1")
    given, decision = conclude(prepare(asked, AT), ForecastReply(fault="none"))
    assert given_again(prepare(asked, AT), decision) == given


@pytest.mark.parametrize(
    "kept", [{"recommendation_json": ""}, {"recommendation_json": '{"decision_id": "d"}'}, {"request_json": "{}"}]
)
def test_an_answer_that_cannot_be_read_is_not_given_again(kept):
    asked = prepare(request(launch_id="l1"), AT)
    decision = conclude(asked, ForecastReply(fault="none"))[1]
    assert given_again(asked, decision.model_copy(update=kept)) is None


def test_an_answer_of_a_newer_version_with_a_field_more_is_not_given_again():
    asked = prepare(request(launch_id="l1"), AT)
    given, decision = conclude(asked, ForecastReply(fault="none"))
    newer = json.dumps({**json.loads(given.model_dump_json()), "of_tomorrow": 1})
    assert given_again(asked, decision.model_copy(update={"recommendation_json": newer})) is None
