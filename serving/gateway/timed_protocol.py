"""Connections that end when their client does not go on: uvicorn waits for ever for a request that was half sent.

uvicorn closes a connection that idles between requests; it knows no limit for a request that has begun, for a
connection that sends nothing at all, for headers without an end, and for a client that does not read its answer.
"""

from collections.abc import Callable

import uvicorn.config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

REQUEST_TIMEOUT_S = 15.0
"""From the first byte of a request, from the connection or from the answer before, to the end of its body."""
READ_TIMEOUT_S = 30.0
"""How long a client may leave an answer unread."""
MAX_HEAD_BYTES = 65_536
_LOOK_EVERY_S = 5.0


class TimedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to every wait for the client."""

    _began_s: float | None = None
    _stalled_s: float | None = None
    _head_bytes = 0
    _in_head = True
    _last: RequestResponseCycle | None = None
    """The request whose answer is to be the last one of its connection, and would not be if its client had its way."""
    when_lost: Callable[["TimedProtocol"], None] | None = None
    """Called once the connection is gone."""
    gives_way: Callable[[], bool] | None = None
    """Asked at the head of a request: whether its answer ends the connection, so that its client comes anew."""

    def connection_made(self, transport) -> None:  # type: ignore[no-untyped-def]  # noqa: D102
        super().connection_made(transport)
        self._began_s = self.loop.time()
        self.loop.call_later(_LOOK_EVERY_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102
        if self.when_lost is not None:
            self.when_lost(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:  # noqa: D102
        if self._began_s is None:
            self._began_s = self.loop.time()
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n")
                self.transport.close()

    def on_message_begin(self) -> None:  # noqa: D102
        super().on_message_begin()
        self._head_bytes, self._in_head = 0, True
        if self._began_s is None:
            self._began_s = self.loop.time()

    def on_headers_complete(self) -> None:  # noqa: D102
        self._in_head = False
        super().on_headers_complete()
        if self._last is not None and self.pipeline and not self._last.response_started:
            self._last.keep_alive = True  # its client has sent the next request already
        self._last = self.cycle if not self.pipeline and self._gives_way() else None
        if self._last is not None:
            self._last.keep_alive = False

    def on_message_complete(self) -> None:  # noqa: D102
        self._began_s = None
        super().on_message_complete()

    def on_response_complete(self) -> None:  # noqa: D102
        if self._began_s is not None:
            self._began_s = self.loop.time()  # what came meanwhile did not have to go on before
        super().on_response_complete()

    def pause_writing(self) -> None:  # noqa: D102
        self._stalled_s = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:  # noqa: D102
        self._stalled_s = None
        super().resume_writing()

    def _gives_way(self) -> bool:
        return self.gives_way is not None and self.gives_way()

    def _is_answering(self) -> bool:
        """Whether a request that was sent to its end waits for its answer, whatever has come of the next one."""
        cycle = self.cycle
        return bool(self.pipeline) or (cycle is not None and not cycle.more_body and not cycle.response_complete)

    def _look(self) -> None:
        """Abort where the client let us wait too long, else look again: one timer a connection, none a request."""
        if self.transport.is_closing():
            return
        now_s = self.loop.time()
        is_late = self._began_s is not None and now_s - self._began_s > REQUEST_TIMEOUT_S and not self._is_answering()
        if is_late or (self._stalled_s is not None and now_s - self._stalled_s > READ_TIMEOUT_S):
            self.transport.abort()
            return
        self.loop.call_later(_LOOK_EVERY_S, self._look)


def speak(protocol: type[TimedProtocol]) -> None:
    """Let uvicorn take a protocol where nobody asks for another: BentoML's worker leaves the choice to it."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{protocol.__module__}:{protocol.__name__}"
