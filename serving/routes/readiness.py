"""``/readyz`` that says what is missing: BentoML's own says only that something is."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

import bentoml

from data_contracts.api.problem import MEDIA_TYPE
from serving.gateway.authentication import CALLER
from serving.gateway.hosts import is_loopback
from sparkwright.access.caller import NOBODY

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


class Ready(Protocol):
    """What is asked of :class:`serving.service.Sparkwright`."""

    def missing(self) -> list[str]: ...  # noqa: D102
    def notes(self) -> list[str]: ...  # noqa: D102


class Readiness:
    """ASGI middleware that answers ``/readyz``: 503 with what keeps recommendations from being answered, else 200.

    Both also say what is worse than it should be, as the status does, to whoever shows a key or asks on this machine: a
    probe from elsewhere needs none, and is told no more than it has to know.

    Args:
        app: Everything else.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["path"] != "/readyz":
            await self._app(scope, receive, send)
            return
        service: Ready = bentoml.get_current_service()
        missing = service.missing()
        told: dict[str, object] = {"ready": not missing, "missing": missing}
        if _is_trusted(scope):
            told["notes"] = service.notes()
        if missing:
            told |= {"title": "Service Unavailable", "status": 503, "detail": "; ".join(missing)}
        body = json.dumps(told).encode()
        media_type = MEDIA_TYPE if missing else "application/json"
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 503 if missing else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _is_trusted(scope: Message) -> bool:
    server = scope.get("server")
    return scope.get(CALLER, NOBODY) is not NOBODY or (server is not None and is_loopback(server[0]))
