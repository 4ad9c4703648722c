"""Keeps the service's processes running: no control channel, a shared listener, back-off, an order of stopping.

``bentoml serve`` leaves this to circus, whose control endpoint is a TCP port without authentication: any local user can
have it run a command as the service's user. Here nothing listens but the service itself.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from serving.processes.children import die_with_parent
from sparkwright.errors import ServiceError

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 10.0
_STABLE_S = 30.0
"""A process that lived so long is started again without delay."""
_SOCKET_PATH_LIMIT = 107
"""Bytes of a Unix socket's path on Linux."""


@dataclass(slots=True)
class Worker:
    """One process that is started again when it ends.

    Attributes:
        title: Names it in messages.
        words: Its command, for a descriptor to listen on.
        listener: Gives that descriptor's socket for each start, and says whether it is to be closed here afterwards.
        env: Its environment.
        folder: Its working directory.
    """

    title: str
    words: Callable[[int], Sequence[str]]
    listener: Callable[[], tuple[socket.socket, bool]]
    env: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    _started_s: float = 0.0
    _wait_s: float = field(default=_FIRST_WAIT_S)
    _due_s: float = 0.0

    def start(self) -> None:
        """Start it."""
        listener, is_own = self.listener()
        try:
            self.process = subprocess.Popen(
                self.words(listener.fileno()),
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                # Ctrl-C of the terminal reaches only us; we stop the processes in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        finally:
            if is_own:
                listener.close()
        self._started_s = time.monotonic()

    def keep(self) -> None:
        """Start it again where it ended, later and later where it ends soon after its start."""
        now_s = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            if now_s - self._started_s >= _STABLE_S:
                self._wait_s = _FIRST_WAIT_S
            self._due_s = now_s + self._wait_s
            print(f"{self.title} {ended(code)}; starts again in {self._wait_s:g} s", file=sys.stderr, flush=True)
            self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
            self.process = None
        if now_s >= self._due_s:
            self.start()

    def terminate(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until_s: float) -> None:
        """Give it until a moment of the monotonic clock to end."""
        if self.process is not None:
            try:
                self.process.wait(timeout=max(0.0, until_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{self.title} does not end; killed", file=sys.stderr, flush=True)
                self.process.kill()


def stop(groups: Sequence[Sequence[Worker]], *, grace_s: float) -> None:
    """Stop groups of workers one after the other: those in front first, which may still need those behind."""
    until_s = time.monotonic() + grace_s
    for group in groups:
        for worker in group:
            worker.terminate()
        for worker in group:
            worker.wait(until_s)


def ended(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was ended by {signal.Signals(-code).name}"


def shared(listener: socket.socket) -> Callable[[], tuple[socket.socket, bool]]:
    """One listener for all workers and all their restarts: a connection waits in its queue until one accepts it."""
    return lambda: (listener, False)


def unix_listener(path: Path) -> Callable[[], tuple[socket.socket, bool]]:
    """A new socket for each start, which no other process holds: when its process dies, whoever waits hears of it.

    Raises:
        ServiceError: The path is too long for a socket.
    """
    if len(os.fsencode(path)) > _SOCKET_PATH_LIMIT:
        raise ServiceError(
            f"expected a socket path of at most {_SOCKET_PATH_LIMIT} bytes, got {path}; set TMPDIR to a shorter folder"
        )

    def listen() -> tuple[socket.socket, bool]:
        path.unlink(missing_ok=True)
        made = socket.socket(socket.AF_UNIX)
        made.bind(os.fspath(path))
        made.listen()
        return made, True

    return listen
