"""More requests than can be answered in time are refused at their head, before anything is done for them.

A refusal by the application costs half of an answer: thousands that ask at once would all be refused too late. Only
whole requests count, so that one whose client does not go on takes nobody's place.

A request that comes whole, in one piece and in plain words, is refused without parsing it: a connection is answered for
a tenth of what a parsed request costs. Whatever is less plain is parsed, and refused after that.
"""

import re
import time

from data_contracts.api.problem import MEDIA_TYPE
from serving.gateway.guard import Message, Receive, Send
from serving.gateway.overload import ARRIVED_S, PACE, RETRY_AFTER_S
from serving.gateway.problems import problem_body
from serving.gateway.timed_protocol import TimedProtocol
from serving.service_metrics import RECOMMENDATIONS

_RECOMMEND = b"/v1/recommend"
_WORK = (_RECOMMEND, b"/v1/diagnose", b"/v1/admission/")
_BODY = problem_body(503, "as many requests are open in this process as it can answer in time: ask again")
_HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()),
    (b"content-length", str(len(_BODY)).encode()),
    (b"retry-after", str(RETRY_AFTER_S).encode()),
]
_REFUSAL, _LAST_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n%b\r\n%b" % (b"".join(b"%b: %b\r\n" % header for header in headers), _BODY)
    for headers in (_HEADERS, [*_HEADERS, (b"connection", b"close")])
)
_PLAIN_HEAD = re.compile(rb"POST (/v1/(?:recommend|diagnose)[!-~]*) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,9})\r\n", re.IGNORECASE)
# With one of them a request ends elsewhere, or its connection does not go on.
_NOT_PLAIN = re.compile(
    rb"\r\n(?:transfer-encoding|connection|upgrade|expect|content-length[^\r]*\r\n"
    rb"(?:[^\r]+\r\n)*content-length)\b",
    re.IGNORECASE,
)


class LimitedProtocol(TimedProtocol):
    """HTTP/1.1 as uvicorn speaks it, with a limit of requests that are work; probes and status are always answered."""

    open_count = 0
    """Of this process."""
    _is_work = False
    _is_counted = False
    _is_between = True
    """Whether the parser has nothing of a request."""

    def data_received(self, data: bytes) -> None:  # noqa: D102
        if _is_full() and self._is_idle() and (path := _path_of_whole(data)) is not None:
            self._refuse_unparsed(path)
        else:
            super().data_received(data)

    def _is_idle(self) -> bool:
        return self._is_between and not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _refuse_unparsed(self, path: bytes) -> None:
        _count(path)
        self._began_s = None
        if self._gives_way():
            self.transport.write(_LAST_REFUSAL)
            self.transport.close()
            return
        self.transport.write(_REFUSAL)
        super().on_response_complete()

    def on_message_begin(self) -> None:  # noqa: D102
        self._is_between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:  # noqa: D102
        self._is_work = self.url.startswith(_WORK)
        if not self._is_work or not _is_full():
            ARRIVED_S.set(time.monotonic())  # the task that answers takes the context along
            super().on_headers_complete()
            return
        self._is_work = False
        app, self.app = self.app, _refuse
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def on_message_complete(self) -> None:  # noqa: D102
        self._is_between = True
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


def _is_full() -> bool:
    return LimitedProtocol.open_count >= PACE.places


def _path_of_whole(data: bytes) -> bytes | None:
    """The path of a plain request for work that is there to its end, and nothing behind it; None of anything else."""
    found = _PLAIN_HEAD.match(data)
    end = data.find(b"\r\n\r\n") if found else -1
    if found is None or end < 0:
        return None
    head = data[found.end() - 2 : end + 2]
    length = _LENGTH.search(head)
    if length is None or _NOT_PLAIN.search(head) or end + 4 + int(length[1]) != len(data):
        return None
    return found[1]


def _count(path: bytes) -> None:
    if path.startswith(_RECOMMEND):
        RECOMMENDATIONS.labels(answered_by="overloaded").inc()


async def _refuse(scope: Message, receive: Receive, send: Send) -> None:
    _count(scope["path"].encode())
    await send({"type": "http.response.start", "status": 503, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})
