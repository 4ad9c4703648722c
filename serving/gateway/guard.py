"""What every request passes before anything works on it: a name that is ours, who asks, a bounded body.

A pure ASGI middleware around everything that BentoML serves, its own pages included: probes and metrics are as
reachable by DNS rebinding as advice is. Errors of BentoML and Starlette go out as problems (RFC 9457).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from data_contracts.api.limits import MAX_BODY_BYTES
from data_contracts.api.problem import MEDIA_TYPE
from serving.gateway.authentication import CALLER, Authentication
from serving.gateway.hosts import AllowedHosts
from serving.gateway.problems import fault_text, problem_body
from serving.gateway.refused import Refused
from sparkwright.access.audit import AuditLog
from sparkwright.access.caller import NOBODY

BODY_TIMEOUT_S = 10.0
"""From the headers to the end of the body."""

_PATHS = frozenset({"/", "/livez", "/healthz", "/readyz", "/metrics", "/openapi.json"})
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
_MAX_ERROR_BYTES = 4096
_MAX_TOLD = 200

logger = logging.getLogger("bentoml.sparkwright.guard")

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """Lets through what may pass.

    Args:
        app: What is guarded.
        hosts: Names the service answers to.
        authentication: Who may ask.
        audit: Where it is written down who did.
        max_body_bytes: A larger body is answered with 413, before it is read or as soon as it is too long.
        body_timeout_s: A body that takes longer is answered with 408.
    """

    def __init__(
        self,
        app: App,
        hosts: AllowedHosts,
        authentication: Authentication,
        audit: AuditLog,
        max_body_bytes: int = MAX_BODY_BYTES,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._authentication = authentication
        self._audit = audit
        self._max_body_bytes = max_body_bytes
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP is closed, the life of the application passes."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = _Answer(send, is_tls=scope["scheme"] == "https")
        started_s = time.perf_counter()
        try:
            length = self._check_head(scope)
            if length is None or length > 0:
                receive = await self._read_body(receive)
            await self._app(scope, receive, answer.send)
        except Refused as refused:
            await answer.refuse(refused)
        except Exception:
            # BentoML would let the client wait for its time-out instead.
            logger.exception("A request failed: %s %s", scope["method"], scope["path"][:200])
            if not answer.is_started:
                await answer.refuse(Refused(500, "the service failed; its log says why"))
        finally:
            self._write_down(scope, answer.status, time.perf_counter() - started_s)

    def _write_down(self, scope: Scope, status: int, took_s: float) -> None:
        """Who asked for what, and what became of it; probes and metrics that went well are not told."""
        path = scope["path"]
        if path in _PATHS and status < 400:
            return
        caller, client = scope.get(CALLER, NOBODY), scope.get("client")
        is_stranger = caller is NOBODY and 400 <= status < 500
        write = self._audit.write_stranger if is_stranger else self._audit.write
        write(
            key=caller.key_id,
            team=caller.team,
            client=client[0] if client else None,
            method=scope["method"],
            path=path[:_MAX_TOLD],
            status=status,
            took_ms=round(1000 * took_s, 1),
        )

    def _check_head(self, scope: Scope) -> int | None:
        """Refuse by the headers alone; the length of the body as they tell it, None where only its end will tell."""
        hosts: list[bytes] = []
        length: int | None = 0
        for name, value in scope["headers"]:
            if name == b"host":
                hosts.append(value)
            elif name == b"content-length":
                length = int(value) if value.isdigit() and len(value) < 20 else self._max_body_bytes + 1
            elif name == b"transfer-encoding":
                length = None
        if len(hosts) != 1:
            raise Refused(400, f"expected one Host header, got {len(hosts)}", closes=True)
        server = scope.get("server")
        if not self._hosts.allow(hosts[0].decode("latin-1"), server[0] if server else None):
            raise Refused(
                421,
                "expected a Host that this service answers to; the owner adds names with SPARKWRIGHT_ALLOWED_HOSTS",
                closes=True,
            )
        path = scope["path"]
        caller = self._authentication.caller(path, scope["headers"], server[0] if server else None)
        scope[CALLER] = caller
        self._authentication.check(caller, scope["method"], path)
        if path not in _PATHS and not path.startswith("/v1/"):
            raise Refused(404, "expected a path of /openapi.json", closes=length != 0)
        if length is not None and length > self._max_body_bytes:
            raise self._too_long()
        return length

    def _too_long(self) -> Refused:
        return Refused(413, f"expected a body of at most {self._max_body_bytes} bytes, got more", closes=True)

    async def _read_body(self, receive: Receive) -> Receive:
        """The whole body, as something to receive it from once more."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        # Nobody hears it; but BentoML waits two minutes for an answer that nobody begins.
                        raise Refused(400, "the client went away before the end of the body", closes=True)
                    body += message.get("body", b"")
                    if len(body) > self._max_body_bytes:
                        raise self._too_long()
                    if not message.get("more_body", False):
                        message = {"type": "http.request", "body": bytes(body), "more_body": False}
                        break
        except TimeoutError:
            raise Refused(
                408, f"expected the whole body within {self._body_timeout_s:g} s, got {len(body)} bytes", closes=True
            ) from None
        return once_more(message, receive)


def once_more(message: Message, receive: Receive) -> Receive:
    """What gives a message that was received already before those that follow it."""
    waiting = [message]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received


class _Answer:
    """What goes out: with our headers, and an error of somebody else as a problem."""

    def __init__(self, send: Send, *, is_tls: bool) -> None:
        self._send = send
        self._headers = [*_HEADERS, _OVER_TLS] if is_tls else _HEADERS
        self._held: Message | None = None
        self._error = bytearray()
        self.status = 0
        self.is_started = False

    async def send(self, message: Message) -> None:
        """Pass on one message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            if self.status >= 400 and (b"content-type", MEDIA_TYPE.encode()) not in headers:
                self._held = message
                return
            self.is_started = True
            await self._send({**message, "headers": [*headers, *self._headers]})
        elif self._held is None:
            await self._send(message)
        else:
            self._error += message.get("body", b"")[: _MAX_ERROR_BYTES - len(self._error)]
            if not message.get("more_body", False):
                kept = [one for one in self._held.get("headers", ()) if one[0] in {b"allow", b"retry-after"}]
                self._held = None
                await self._problem(self.status, fault_text(bytes(self._error)), kept)

    async def refuse(self, refused: Refused) -> None:
        """Say no instead of the application."""
        await self._problem(refused.status, refused.detail, refused.headers)

    async def _problem(self, status: int, detail: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.status, self.is_started = status, True
        body = problem_body(status, detail)
        fixed = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [*fixed, *headers, *self._headers]}
        )
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
