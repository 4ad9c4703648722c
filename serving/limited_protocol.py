"""More requests than can be answered in time are refused at their head, before anything is done for them.

A refusal by the application costs half of an answer: thousands that ask at once would all be refused too late. Only
whole requests count, so that one whose client does not go on takes nobody's place.
"""

from data_contracts.problem import MEDIA_TYPE
from serving.guard import Message, Receive, Send
from serving.overload import OPEN_LIMIT, RETRY_AFTER_S
from serving.problems import problem_body
from serving.service_metrics import RECOMMENDATIONS
from serving.timed_protocol import TimedProtocol

_RECOMMEND, _DIAGNOSE = b"/v1/recommend", b"/v1/diagnose"
_BODY = problem_body(503, f"{OPEN_LIMIT} requests are open already in this process: ask again")
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"content-length", str(len(_BODY)).encode()),
    (b"retry-after", str(RETRY_AFTER_S).encode()),
]


class LimitedProtocol(TimedProtocol):
    """HTTP/1.1 as uvicorn speaks it, with a limit of requests that are work; probes and status are always answered."""

    open_count = 0
    """Of this process."""
    _is_work = False
    _is_counted = False

    def on_headers_complete(self) -> None:  # noqa: D102
        self._is_work = self.url.startswith((_RECOMMEND, _DIAGNOSE))
        if not self._is_work or LimitedProtocol.open_count < OPEN_LIMIT:
            super().on_headers_complete()
            return
        self._is_work = False
        app, self.app = self.app, _refuse
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def on_message_complete(self) -> None:  # noqa: D102
        super().on_message_complete()
        if self._is_work and not self._is_counted and not self.cycle.response_complete:
            self._is_counted = True
            LimitedProtocol.open_count += 1

    def on_response_complete(self) -> None:  # noqa: D102
        self._release()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102
        self._release()
        super().connection_lost(exc)

    def _release(self) -> None:
        if self._is_counted:
            self._is_counted = False
            LimitedProtocol.open_count -= 1


async def _refuse(scope: Message, receive: Receive, send: Send) -> None:
    if scope["path"].encode().startswith(_RECOMMEND):
        RECOMMENDATIONS.labels(answered_by="overloaded").inc()
    await send({"type": "http.response.start", "status": 503, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})
