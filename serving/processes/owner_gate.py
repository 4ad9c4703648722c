"""A gate before a whole web application: one owner, the names of this machine, no other page.

MLflow's basic-auth app guards route by route and needs Flask-WTF; here nothing behind the gate is reached without the
password, so neither a person on the same machine nor a web page in the owner's browser moves an alias.
"""

import base64
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH = "/health"
"""Answered without the password, by a ``GET`` alone."""


class OwnerGate:
    """ASGI middleware: 403 for another name or page, 401 without the password (HTTP Basic), else the application.

    Args:
        app: What stands behind it.
        user: Name of the owner.
        password: Of the owner.
        hosts: ``name:port`` under which it may be asked; ``Origin``, where a browser sends one, must be one of them.
    """

    def __init__(self, app: "ASGIApp", *, user: str, password: str, hosts: frozenset[str]) -> None:
        self._app = app
        self._credentials = base64.b64encode(f"{user}:{password}".encode())
        self._hosts = hosts
        self._origins = {f"http://{host}" for host in hosts}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if refused := self._refusal(scope):
            await _refuse(scope, send, *refused)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: "Scope") -> tuple[int, str] | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        hosts = [value.decode("latin-1").lower() for value in headers.get(b"host", [])]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 403, f"expected Host to be one of {', '.join(sorted(self._hosts))}"
        origins = [value.decode("latin-1") for value in headers.get(b"origin", [])]
        if not self._origins.issuperset(origins):
            return 403, "expected a request of this server's own pages"
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == HEALTH:
            return None
        given = headers.get(b"authorization", [b""])[0].partition(b" ")
        if given[0].lower() == b"basic" and hmac.compare_digest(given[2].strip(), self._credentials):
            return None
        return 401, "expected the owner's user and password; `sparkwright up` prints where the password is"


async def _refuse(scope: "Scope", send: "Send", status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="sparkwright", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})
