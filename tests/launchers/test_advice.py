import pytest

from data_contracts.api.recommendation import Reason, Recommendation
from sparkwright.errors import ServiceError
from sparkwright.launchers.advice import read_advice


def answer(**changes) -> dict[str, object]:
    recommendation = Recommendation(
        decision_id="d1",
        workload_id="w",
        allocation={"spark.executor.memory": "2048m", "spark.executor.memoryOverheadFactor": "0.1"},
        forecast=None,
        cold=True,
        trial=False,
        extrapolated=False,
        observed_run_count=0,
        reasons=[Reason(property="spark.executor.memory", text="a"), Reason(property="*", text="cold")],
        release_version="1",
        forecaster_version="1",
    )
    return {**recommendation.model_dump(mode="json"), **changes}


def test_an_answer_that_keeps_the_contract_is_read():
    advice = read_advice(answer())
    assert (advice.decision_id, advice.workload_id, advice.note) == ("d1", "w", "cold")
    assert advice.allocation["spark.executor.memory"] == "2048m"


@pytest.mark.parametrize(
    "changes",
    [
        {"allocation": {"spark.driver.extraJavaOptions": "-XX:OnOutOfMemoryError=x"}},
        {"allocation": {"spark.jars": "evil.jar"}},
        {"allocation": {"spark.executor.memory": "2g -Dx=y"}},
        {"allocation": {"spark.executor.memory": "2g\n"}},
        {"allocation": {"spark.executor.memory": 2}},
        {"allocation": None},
        {"decision_id": ""},
        {"decision_id": "a/../b"},
        {"decision_id": 7},
        {"workload_id": "a\nb"},
    ],
)
def test_an_answer_that_could_do_more_than_set_resources_is_refused(changes):
    with pytest.raises(ServiceError):
        read_advice(answer(**changes))
