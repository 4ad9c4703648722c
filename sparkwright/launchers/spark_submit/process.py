"""Run ``spark-submit`` as if the launcher were not there: streams, signals and exit code pass through."""

import os
import selectors
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sparkwright.errors import MissingProgramError
from sparkwright.launchers.spark_submit.driver_output import Channel, DriverCopy, open_channels

_FORWARDED = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH}
)
_SENT_BY_KERNEL = 0x80  # SI_KERNEL of <asm-generic/siginfo.h>: the terminal signals the whole group, driver included
_DRAIN_S, _DRAIN_LIMIT_S = 0.2, 2.0


def run_passing_through(program: Path, words: Sequence[str], environ: Mapping[str, str], copy: DriverCopy) -> int:
    """The exit code of the program: its own, or 128 + n where signal n ended it.

    Signals sent to this process go to the program (those a terminal sends reach it anyway). ``copy`` gets its output.

    Raises:
        MissingProgramError: The program cannot be started.
    """
    channels = open_channels()
    # Blocked before the program starts: a signal in between waits instead of killing us and leaving it behind.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    try:
        child = _spawn(program, words, environ, channels, mask)
        handle = os.pidfd_open(child)  # unlike the number, it never means another process later
        threading.Thread(target=_forward_signals, args=(handle, channels), daemon=True).start()
        _pump_until_exit(handle, channels, copy)
        _, status = os.waitpid(child, 0)
    finally:
        for channel in channels:
            channel.close()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _spawn(
    program: Path,
    words: Sequence[str],
    environ: Mapping[str, str],
    channels: Sequence[Channel],
    mask: set[int | signal.Signals],
) -> int:
    ends = [(os.POSIX_SPAWN_DUP2, channel.child_end, stream) for channel in channels for stream in channel.streams]
    try:
        return os.posix_spawn(
            program,
            [str(program), *words],
            environ,
            file_actions=ends,
            setsigmask=mask,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores them, and an ignored signal is inherited
        )
    except OSError as error:
        raise MissingProgramError(f"expected to start {program}: {error.strerror}") from error
    finally:
        for channel in channels:
            os.close(channel.child_end)


def _forward_signals(program_handle: int, channels: Sequence[Channel]) -> None:
    while True:
        received = signal.sigwaitinfo(_FORWARDED)
        if received.si_signo == signal.SIGWINCH:
            for channel in channels:
                channel.resize()
        elif received.si_code != _SENT_BY_KERNEL:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(program_handle, received.si_signo)


def _pump_until_exit(program_handle: int, channels: Sequence[Channel], copy: DriverCopy) -> None:
    """Pass output on until the program has exited and what it had written is through.

    A process it left in the background may hold the streams open for hours: its output is not waited for.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(program_handle, selectors.EVENT_READ)
        for channel in channels:
            selector.register(channel.our_end, selectors.EVENT_READ, channel)
        exited_at_s = float("inf")
        while selector.get_map() and time.monotonic() < exited_at_s + _DRAIN_LIMIT_S:
            running = exited_at_s == float("inf")
            ready = selector.select(None if running else _DRAIN_S)
            if not ready and not running:
                return
            for key, _ in ready:
                if key.data is None:
                    exited_at_s = time.monotonic()
                    selector.unregister(program_handle)
                elif not key.data.pump(copy):
                    # Closing our end tells a driver whose reader went away (| head) what it would have been told.
                    selector.unregister(key.data.our_end)
                    key.data.close()
