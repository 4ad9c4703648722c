"""Questions of a batch are answered one by one, whatever becomes of the others."""

import asyncio
from datetime import UTC, datetime

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from data_contracts.api.batch import MAX_QUESTIONS, RecommendBatchAnswer
from data_contracts.api.recommendation import Recommendation, RecommendRequest, RunEvidence
from serving.gateway.authentication import CALLER
from serving.gateway.overload import OverloadedError, Places
from serving.routes import batching
from serving.routes import endpoints as routes
from sparkwright.access.caller import NOBODY, Caller

ENDED_AT = datetime(2026, 11, 29, tzinfo=UTC)


class Front:
    """Decides on what has the name of a question, a few at once; what is called `broken` breaks it."""

    def __init__(self, limit: int = 1000) -> None:
        self._places = Places("recommendations", limit)
        self.max_at_once = 0

    async def recommend(self, request: RecommendRequest, caller: Caller = NOBODY) -> Recommendation:
        with self._places.one():
            self.max_at_once = max(self.max_at_once, self._places.taken)
            await asyncio.sleep(0)
            if request.app_name == "broken":
                raise RuntimeError("secret-of-the-service")
            return Recommendation(
                decision_id=request.app_name,
                workload_id="w",
                allocation={},
                cold=True,
                trial=False,
                extrapolated=False,
                observed_run_count=0,
                reasons=[],
                release_version="0",
                forecaster_version="0",
                evidence=RunEvidence(first_ended_at=ENDED_AT, last_ended_at=ENDED_AT),
            )


def ask(
    requests: object, front: Front | None = None, caller: Caller = NOBODY, path: str = "/v1/recommend:batch"
) -> tuple[int, dict]:
    front = front or Front()
    routes.app.dependency_overrides[routes._current] = lambda: front

    async def told(scope, receive, send):
        await routes.app({**scope, CALLER: caller}, receive, send)

    try:
        answer = TestClient(told).post(path, json={"requests": requests} if "batch" in path else requests)
    finally:
        routes.app.dependency_overrides.clear()
    return answer.status_code, answer.json()


def answers(*args, **kwargs) -> list[tuple[str, int]]:
    """Of each answer the id of the decision and the status of the problem."""
    status, told = ask(*args, **kwargs)
    assert status == 200, told
    found = RecommendBatchAnswer.model_validate(told).answers
    assert all((one.recommendation is None) != (one.problem is None) for one in found)
    return [
        (one.recommendation.decision_id if one.recommendation else "", one.problem.status if one.problem else 200)
        for one in found
    ]


def test_every_question_is_answered_in_its_place():
    front = Front()
    asked = [{"app_name": f"d-{number}"} for number in range(MAX_QUESTIONS)]
    assert answers(asked, front) == [(f"d-{number}", 200) for number in range(MAX_QUESTIONS)]
    assert front.max_at_once == batching.AT_ONCE


@pytest.mark.parametrize(
    "wrong", [None, 7, "x", [], {}, {"app_name": 1}, {"app_name": "a", "zzz": 1}, {"app_name": ""}]
)
def test_a_wrong_question_refuses_no_other(wrong):
    assert answers([{"app_name": "a"}, wrong, {"app_name": "b"}]) == [("a", 200), ("", 422), ("b", 200)]


def test_what_is_wrong_is_told_where_it_stands_in_the_body_and_not_repeated():
    wrong = {"app_name": "a", "properties": {"spark.executor.memory": "hunter2"}, "attempt": 0}
    _, told = ask([{"app_name": "a"}, wrong])
    problem = told["answers"][1]["problem"]
    assert {one["pointer"] for one in problem["errors"]} == {
        "#/requests/1/properties/spark.executor.memory",
        "#/requests/1/attempt",
    }
    assert problem["status"] == 422
    alone = ask(wrong, path="/v1/recommend")[1]
    assert {one["detail"] for one in alone["errors"]} == {one["detail"] for one in problem["errors"]}


def test_a_question_that_breaks_the_service_breaks_itself_alone():
    status, told = ask([{"app_name": "broken"}, {"app_name": "a"}])
    assert "secret-of-the-service" not in str(told)
    assert status == 200
    assert told["answers"][0]["problem"]["status"] == 500
    assert told["answers"][1]["recommendation"]["decision_id"] == "a"


def test_those_for_which_there_is_no_place_are_told_to_come_again():
    found = answers([{"app_name": "a"}] * 20, Front(limit=3))
    assert {status for _, status in found} == {200, 503}


def test_a_team_asks_for_its_own_only():
    caller = Caller("k", "red", frozenset({"launcher"}), queues=("red-",))
    asked = [{"app_name": "a", "queue": "red-1"}, {"app_name": "b", "queue": "blue"}]
    assert answers(asked, caller=caller) == [("a", 200), ("", 403)]


@pytest.mark.parametrize(("workloads", "is_told"), [((), False), (("red-", "-/-/a"), True)])
def test_runs_are_named_only_to_whom_the_workload_belongs(workloads, is_told):
    """A key of queues alone may name any workload, together with a queue of its own."""
    caller = Caller("k", "red", frozenset({"launcher"}), queues=("red-",), workloads=workloads)
    request = {"app_name": "a", "queue": "red-1", "workload": "red-nightly"}
    status, answer = ask(request, caller=caller, path="/v1/recommend")
    assert (status, answer["evidence"] is not None) == (200, is_told)


@pytest.mark.parametrize("requests", [[], [{"app_name": "a"}] * (MAX_QUESTIONS + 1), {}, "x", None])
def test_what_is_no_batch_is_refused(requests):
    assert ask(requests)[0] == 422


def test_a_client_that_goes_away_leaves_no_question_behind():
    async def gone() -> None:
        begun: list[str] = []

        async def decide(request: RecommendRequest) -> Recommendation:
            begun.append(request.app_name)
            await asyncio.sleep(60)
            raise HTTPException(503, "never")

        asked = [RecommendRequest(app_name=str(number)) for number in range(40)]
        task = asyncio.create_task(batching.answer_each(asked, decide))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(begun) == batching.AT_ONCE
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(gone())


def test_an_overloaded_service_is_no_fault_of_the_question():
    class Full(Front):
        async def recommend(self, request: RecommendRequest, caller: Caller = NOBODY) -> Recommendation:
            raise OverloadedError("no turn within 1 s: ask again")

    status, told = ask([{"app_name": "a"}], Full())
    assert status == 200
    assert told["answers"][0]["problem"]["detail"] == "no turn within 1 s: ask again"
