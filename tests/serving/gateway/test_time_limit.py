"""What takes too long ends with 504, and what was answered leaves nothing behind."""

import asyncio
import gc
import json
import weakref
from contextvars import ContextVar

import bentoml
import pytest
from fastapi import FastAPI

from serving.bento_options import ANSWER_LIMIT_S, QUIET
from serving.gateway.refused import Refused
from serving.gateway.time_limit import TimeLimit
from serving.guarded import guard
from serving.routes.direct import DirectRecommendations
from tests.support.running_service import installation

KNOWN = {"app_name": "any"}
OF_THE_REQUEST: ContextVar[object] = ContextVar("OF_THE_REQUEST")
SLOW = FastAPI()


@SLOW.post("/v1/answered")
async def answered() -> dict[str, str]:
    return {}


@SLOW.post("/v1/hangs")
async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def guarded(tmp_path):
    """A service of BentoML's, behind what our own stands behind."""

    @bentoml.service(traffic={"timeout": ANSWER_LIMIT_S}, **QUIET)
    @bentoml.asgi_app(SLOW, path="/")
    class Small:
        pass

    guard(Small)
    with installation(tmp_path / "home"):
        yield Small.to_asgi()


def scope_of(path, host=b"127.0.0.1"):
    headers = [(b"host", host), (b"content-type", b"application/json"), (b"content-length", b"2")]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": "POST",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 3000),
    }  # fmt: skip


async def ask(app, path, body=b"{}"):
    """The messages of an answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    async with asyncio.timeout(30):
        await app(scope_of(path), receive, send)
    return sent


@pytest.mark.parametrize(("path", "status"), [("/v1/answered", 200), ("/v1/nowhere", 404)])
def test_nothing_of_a_request_is_kept_once_it_is_answered(guarded, path, status):
    """BentoML's own limit kept the context of each request, its tracing span among it, for two minutes."""

    class Kept:
        pass

    async def asks_once():
        one = Kept()
        OF_THE_REQUEST.set(one)
        assert (await ask(guarded, path))[0]["status"] == status
        return weakref.ref(one)

    async def main():
        kept = await asyncio.create_task(asks_once())
        await asyncio.sleep(0)
        gc.collect()
        return kept()

    assert asyncio.run(main()) is None


def test_a_decision_that_never_comes_is_given_up():
    """A decision log that hangs: without an end the client, and the place it holds, would wait for ever."""
    given_up = []

    async def hangs(request, caller):
        try:
            await asyncio.Event().wait()
        finally:
            given_up.append(request.app_name)

    app = TimeLimit(DirectRecommendations(None, hangs), limit_s=0.05)
    with pytest.raises(Refused, match=r"expected an answer within 0\.05 s") as refused:
        asyncio.run(ask(app, "/v1/recommend", json.dumps(KNOWN).encode()))
    assert refused.value.status == 504
    assert given_up == ["any"]


def test_what_hangs_behind_bentoml_is_answered_with_a_problem(guarded, monkeypatch):
    monkeypatch.setattr(guarded._app, "_limit_s", 0.05)
    head, answer = asyncio.run(ask(guarded, "/v1/hangs"))
    assert head["status"] == json.loads(answer["body"])["status"] == 504
    assert dict(head["headers"])[b"content-type"] == b"application/problem+json"
    assert dict(head["headers"])[b"content-length"] == b"%d" % len(answer["body"])


def test_an_answer_that_has_begun_is_not_cut_off():
    async def slow(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"whole"})

    assert asyncio.run(ask(TimeLimit(slow, limit_s=0.02), "/v1/report"))[1]["body"] == b"whole"


def test_a_time_out_of_what_is_limited_is_no_time_out_of_the_limit():
    async def fails(scope, receive, send):
        raise TimeoutError("the lake")

    with pytest.raises(TimeoutError, match="the lake"):
        asyncio.run(ask(TimeLimit(fails), "/v1/report"))
