import json
from datetime import UTC, datetime

from data_contracts.api import RecommendRequest
from data_contracts.request_properties import SparkProperties
from sparkwright.advisor.core import ForecastReply, conclude, prepare

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

        def apply(self, recommendation):
            return recommendation.model_copy(update={"allocation": {"spark.executor.memory": "1024m"}})

    properties = {"spark.executor.memory": "3g"}
    given, decision = conclude(prepare(request(properties=properties)), ForecastReply(fault="none"), Cap())
    assert decision.policy_version == "caps-7"
    assert json.loads(decision.allocation_json) == given.allocation == {"spark.executor.memory": "1024m"}


def test_attempt_and_input_reach_the_log():
    asked = prepare(request(attempt=2, input_bytes=10**12))
    decision = conclude(asked, ForecastReply(fault="none"))[1]
    assert (decision.attempt, decision.input_bytes, decision.policy_version) == (2, 10**12, "")
