"""Recommendations answered without the layers around the routes: tracing, time-outs, routing, the stack of FastAPI.

They cost more processor time than reading, writing and checking the request do. A request that is as the contract
says is read, decided and answered here, in the words of the route; any other goes on to the route, which says what is
wrong with it.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast

import bentoml
from fastapi import HTTPException
from pydantic import ValidationError

from data_contracts.api.problem import MEDIA_TYPE
from data_contracts.api.recommendation import Recommendation, RecommendRequest
from serving.gateway.authentication import CALLER
from serving.gateway.guard import App, Message, Receive, Send, once_more
from serving.gateway.problems import problem_body
from serving.gateway.strict_json import strict_json
from serving.routes.endpoints import Front, decision
from serving.service_metrics import SECONDS
from sparkwright.access.caller import NOBODY, Caller

Decide: TypeAlias = Callable[[RecommendRequest, Caller], Awaitable[Recommendation]]

_PATH, _JSON = "/v1/recommend", b"application/json"


class DirectRecommendations:
    """ASGI middleware that answers ``POST /v1/recommend`` itself.

    It belongs right behind the guard, which has read the whole body by then.

    Args:
        app: Everything else, and every request that breaks its contract.
        decide: The decision on one question, which may raise an HTTPException; default: the service of this process.
    """

    def __init__(self, app: App, decide: Decide | None = None) -> None:
        self._app = app
        self._decide = decide or _by_this_process
        self._seconds = SECONDS.labels(endpoint="recommend")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST" or not _is_json(scope):
            await self._app(scope, receive, send)
            return
        message = await receive()
        request = _request(message)
        if request is None:
            await self._app(scope, once_more(message, receive), send)
            return
        started_s = time.perf_counter()
        status, media_type, more = 200, _JSON, list[tuple[bytes, bytes]]()
        try:
            found = await self._decide(request, scope.get(CALLER, NOBODY))
            # Valid by its type, and serialised by it.
            body = found.__pydantic_serializer__.to_json(found)
            self._seconds.observe(time.perf_counter() - started_s)
        except HTTPException as refused:
            status, media_type = refused.status_code, MEDIA_TYPE.encode()
            body = problem_body(status, str(refused.detail))
            more = [(name.lower().encode(), value.encode()) for name, value in (refused.headers or {}).items()]
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", media_type), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _by_this_process(request: RecommendRequest, caller: Caller) -> Recommendation:
    return await decision(request, cast(Front, bentoml.get_current_service()), caller)


def _is_json(scope: Message) -> bool:
    """Whether the body is said to be JSON in so many words; the route knows other ones."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return kinds == [_JSON]


def _request(message: Message) -> RecommendRequest | None:
    """The question in a whole body; None where it is none."""
    if message["type"] != "http.request" or message.get("more_body", False):
        return None
    try:
        return RecommendRequest.model_validate(strict_json(message["body"]))
    except (json.JSONDecodeError, ValidationError):
        return None
