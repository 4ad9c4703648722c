from concurrent.futures import ThreadPoolExecutor

from data_contracts.api import Recommendation
from sparkwright.feedback.decision_log import DecisionLog

KNOWN = {"app_name": "any", "workload": "workload-001", "platform": "standalone"}


def logged(service):
    log = DecisionLog(f"sqlite:///{service.home}/decisions.db")
    decisions = {decision.decision_id: decision for decision in log.read_since()}
    log.close()
    return decisions


def test_a_known_workload_gets_an_allocation_a_forecast_and_reasons(service):
    status, answer = service.ask("/v1/recommend", KNOWN)
    assert status == 200, answer
    decision = Recommendation.model_validate(answer)
    assert decision.workload_id == "workload-001"
    assert not decision.cold
    assert decision.observed_run_count > 0
    assert decision.allocation["spark.executor.memory"].endswith("m")
    assert decision.forecast.duration_ms.p10 <= decision.forecast.duration_ms.p50 <= decision.forecast.duration_ms.p90
    assert {reason.property for reason in decision.reasons} >= {"*", "spark.executor.memory"}
    assert decision.release_version == decision.forecaster_version == "1"


def test_an_unseen_workload_says_that_it_is_cold(service):
    status, answer = service.ask("/v1/recommend", {"app_name": "never seen", "platform": "yarn"})
    assert (status, answer["cold"], answer["observed_run_count"]) == (200, True, 0)
    assert answer["forecast"] is not None


def test_the_decision_is_in_the_log_when_the_answer_comes(service):
    def ask(_: int) -> None:
        _, answer = service.ask("/v1/recommend", KNOWN)
        decision = logged(service)[answer["decision_id"]]
        assert decision.workload_id == answer["workload_id"]
        assert decision.release_version == answer["release_version"]
        assert decision.allocation_json.count("spark.") == len(answer["allocation"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(20)))


def test_secrets_do_not_reach_the_log(service):
    properties = {"spark.hadoop.fs.s3a.secret.key": "hunter2", "spark.driver.extraJavaOptions": "-Dpassword=hunter2"}
    _, answer = service.ask("/v1/recommend", {"app_name": "x", "properties": properties})
    assert "hunter2" not in logged(service)[answer["decision_id"]].request_json


def test_a_wrong_request_is_answered_with_the_field(service):
    for body, field in [
        ({"app_name": "x", "properties": {"spark.executor.memory": "lots"}}, "spark.executor.memory"),
        ({"app_name": "x", "properties": {"spark.executor.cores": "0"}}, "spark.executor.cores"),
        ({"app_name": ""}, "app_name"),
        ({}, "app_name"),
        ({"app_name": "x", "platform": "mainframe"}, "platform"),
        ({"app_name": "x", "surprise": 1}, "surprise"),
    ]:
        status, answer = service.ask("/v1/recommend", body)
        assert status == 422, body
        assert field in answer["detail"][0]["loc"]
