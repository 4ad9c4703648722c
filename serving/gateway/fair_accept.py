"""Connections that are spread over the front workers, which inherit one listener.

The first worker that wakes up takes all that wait: asyncio accepts up to its backlog in one turn, and uvloop until
nothing waits. Of 32 connections that came at once one of two workers got all, more often than not, and kept them:
launchers keep theirs open. Here a worker that has more than its share gives way for a moment to those that have less,
and ends connections with an answer (``Connection: close``), for their clients to come anew: of a worker that was killed
the others have all, and what takes its place has none.

Not by a listener for each worker (``SO_REUSEPORT``): what waits in the queue of one that died would wait for ever, and
the kernel spreads by chance.
"""

import asyncio
import errno
import logging
import os
import select
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import uvicorn.config

from serving.gateway.seats import BEAT_S, VARIABLE, Seats
from serving.gateway.timed_protocol import TimedProtocol

try:
    from uvloop import Loop as _Loop
except ImportError:  # uvicorn takes it where it is there, and so do we
    from asyncio import SelectorEventLoop as _Loop  # type: ignore[assignment]

_LOOK_S, _PATIENCE_S = 0.001, 0.05
"""How often one that gives way looks whether it may go on, and how long it does so for one connection."""
_WITHOUT_FILES_S = 1.0
_AT_ONCE = 64
"""Connections that are accepted in a turn of the event loop: requests are answered in between."""
_NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

logger = logging.getLogger("bentoml.sparkwright.fair_accept")


class FairServer:
    """Accepts from a listener as many connections as are this worker's share; it can do what uvicorn asks of a server.

    Args:
        loop: Where they are served.
        listener: Listens already; others accept from it, too.
        protocol: Makes the protocol of a connection.
        tls: Of the connections; None for plain ones.
        seats: Who has how many.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        protocol: Callable[[], TimedProtocol],
        tls: ssl.SSLContext | None,
        seats: Seats,
    ) -> None:
        self._loop, self._listener, self._protocol, self._tls, self._seats = loop, listener, protocol, tls, seats
        self._open: set[TimedProtocol] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._gave_way_s: float | None = None
        self._look: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._waiting = select.poll()
        self._waiting.register(listener, select.POLLIN)
        listener.setblocking(False)
        self._beat()
        loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Accept no more; what is open stays so."""
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._listener)
        for timer in (self._next_beat, self._look):
            if timer is not None:
                timer.cancel()
        self._seats.leave()

    async def wait_closed(self) -> None:
        """Return at once: uvicorn has waited for the connections by then."""

    def _beat(self) -> None:
        self._seats.beat(len(self._open))
        self._next_beat = self._loop.call_later(BEAT_S, self._beat)

    def _accept(self) -> None:
        """Take what waits, up to the share; called when something waits."""
        for _ in range(_AT_ONCE):
            if len(self._open) >= self._seats.limit() and not self._has_waited():
                self._pause(_LOOK_S)
                return
            if not self._take_one():
                return

    def _has_too_many(self) -> bool:
        """Whether others would take the next one first.

        A worker that died leaves all its clients to the others, and they stay there: launchers keep their connections.
        """
        return len(self._open) > self._seats.limit()

    def _has_waited(self) -> bool:
        now_s = self._loop.time()
        if self._gave_way_s is None:
            self._gave_way_s = now_s
        return now_s - self._gave_way_s >= _PATIENCE_S

    def _take_one(self) -> bool:
        """Whether there was one."""
        self._gave_way_s = None
        try:
            connection, _ = self._listener.accept()
        except ConnectionAbortedError:
            return True
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            if error.errno not in _NO_FILES:
                raise
            logger.error("No connection can be accepted for %g s: %s", _WITHOUT_FILES_S, error)
            self._pause(_WITHOUT_FILES_S)
            return False
        connection.setblocking(False)
        protocol = self._protocol()
        self._open.add(protocol)
        protocol.when_lost, protocol.gives_way = self._gone, self._has_too_many
        self._seats.beat(len(self._open))
        task = self._loop.create_task(self._serve(connection, protocol))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)
        return True

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._look = self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._look = None
        if not self._waiting.poll(0):
            self._gave_way_s = None  # another took it
        self._loop.add_reader(self._listener, self._accept)

    async def _serve(self, connection: socket.socket, protocol: TimedProtocol) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, connection, ssl=self._tls)
        except (OSError, ssl.SSLError) as error:
            logger.debug("A connection was not opened: %s", error)
            connection.close()
            self._gone(protocol)
        except BaseException:
            connection.close()
            self._gone(protocol)
            raise

    def _gone(self, protocol: TimedProtocol) -> None:
        if protocol in self._open:
            self._open.remove(protocol)
            if not self._is_closed:
                self._seats.beat(len(self._open))


class FairLoop(_Loop):
    """The event loop that uvicorn would take, whose servers leave their share to other workers."""

    async def create_server(  # type: ignore[no-untyped-def]  # noqa: D102
        self, protocol_factory, *args, sock=None, ssl=None, **options
    ) -> Any:
        named = os.environ.get(VARIABLE)
        if not named or sock is None:
            return await super().create_server(protocol_factory, *args, sock=sock, ssl=ssl, **options)
        number, _, path = named.partition(":")
        return FairServer(
            cast(asyncio.AbstractEventLoop, self), sock, protocol_factory, ssl, Seats(Path(path), int(number))
        )


def fair_loop_factory(use_subprocess: bool = False) -> Callable[[], asyncio.AbstractEventLoop]:
    """What uvicorn calls for its event loop."""
    return FairLoop


def accept_fairly() -> None:
    """Let uvicorn take this event loop where nobody asks for another: BentoML's worker leaves the choice to it."""
    uvicorn.config.LOOP_FACTORIES["auto"] = f"{__name__}:{fair_loop_factory.__name__}"
