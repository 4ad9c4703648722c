"""Processes that outlive nobody: those we start end with us, and so do the ones they start."""

import contextlib
import ctypes
import os
import signal
import socket
import time
from collections.abc import Collection

import psutil

from sparkwright.errors import ServiceError
from sparkwright.processes import die_with_parent as die_with_parent

_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Make orphans below us our children: workers that start sessions of their own would be missed in a group."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def hangup() -> tuple[signal.Signals, ...]:
    """SIGHUP as a signal to stop on; nothing where nohup had it ignored, so that we outlive the terminal."""
    return () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)


def reap_orphans(own: Collection[int]) -> None:
    """Take note of the end of adopted processes, which stay zombies until somebody does; not of our ``own``."""
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, ChildProcessError):
            if process.pid not in own and process.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(process.pid, os.WNOHANG)


def stop_descendants(*, grace_s: float) -> None:
    """Stop every process below this one: SIGTERM, then SIGKILL after ``grace_s`` seconds, until none is left."""
    me = psutil.Process()
    asked: set[int] = set()
    deadline = time.monotonic() + grace_s
    while below := me.children(recursive=True):
        for process in below:
            try:
                if time.monotonic() > deadline:
                    process.kill()
                elif process.pid not in asked:
                    process.terminate()
                    asked.add(process.pid)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(below, timeout=0.5)


def bound_socket(who: str, host: str, port: int) -> socket.socket:
    """A socket that has ``port`` of ``host``, and does not listen yet.

    Raises:
        ServiceError: Somebody listens there, or the host is none of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
        except OSError:
            made.close()
            raise
    except OSError as error:
        raise ServiceError(
            f"expected port {port} of {host} to be free for {who}: {error.strerror}; choose another (--help)"
        ) from error
    return made


def refuse_taken_port(who: str, host: str, port: int) -> None:
    """Pass if ``port`` of ``host`` is free.

    Raises:
        ServiceError: As :func:`bound_socket`.
    """
    bound_socket(who, host, port).close()
