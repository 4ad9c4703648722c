"""The driver's output: passed on byte by byte, and a bounded copy kept for the diagnosis."""

import fcntl
import os
import pty
import re
import select
import stat
import termios
import tty
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_CHUNK_BYTES = 65536
_APP_ID = re.compile(  # as logged by StandaloneSchedulerBackend, YarnClientImpl and the event log writers of Spark 4.x
    rb"(?:app ID |Submitted application |Logging events to \S*/(?:eventlog_v2_)?)"
    rb"(app-\d+-\d+|application_\d+_\d+|local-\d+|spark-[0-9a-f]{32})(?=[\s/._])"
)
_LONGEST_APP_ID_LINE_BYTES = 1000


class DriverCopy:
    """A bounded copy of the driver's output: the first ``head_bytes`` as they come, the last ``tail_bytes`` at the end.

    The end holds the traceback, the start what was set; a failure to write (full disk) ends the copy, not the job.
    """

    def __init__(self, path: Path, *, head_bytes: int = 8 * 1024**2, tail_bytes: int = 8 * 1024**2) -> None:
        self.app_id: str | None = None
        self.fault: OSError | None = None
        self._head_left = head_bytes
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._tail_limit_bytes = tail_bytes
        self._left_out_bytes = 0
        self._seam = b""
        self._file = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # As Spark's own event logs: for the owner and the group.
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o660)
        except OSError as error:
            self.fault = error

    def write(self, data: bytes) -> None:
        """Keep ``data``, and the application's id where Spark prints it."""
        if self.app_id is None:
            seen = self._seam + data
            found = _APP_ID.search(seen)
            self.app_id = found[1].decode() if found else None
            self._seam = seen[-_LONGEST_APP_ID_LINE_BYTES:]
        now, later = data[: self._head_left], data[self._head_left :]
        self._head_left -= len(now)
        self._append(now)
        if later:
            self._tail.append(later)
            self._tail_bytes += len(later)
            while self._tail_bytes - len(self._tail[0]) >= self._tail_limit_bytes:
                self._left_out_bytes += len(self._tail[0])
                self._tail_bytes -= len(self._tail.popleft())

    def close(self) -> None:
        """Write the tail and close the file."""
        if self._left_out_bytes:
            self._append(f"\n[sparkwright: {self._left_out_bytes} bytes left out]\n".encode())
        for data in self._tail:
            self._append(data)
        if self._file >= 0:
            os.close(self._file)

    def _append(self, data: bytes) -> None:
        try:
            while data and self._file >= 0 and self.fault is None:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.fault = error


@dataclass(slots=True)
class Channel:
    """One way out of the driver: what it writes to ``child_end`` is read from ``our_end`` and goes on to ``target``.

    Attributes:
        streams: The driver's descriptors that lead here: 1, 2, or both where both were the same file.
    """

    streams: tuple[int, ...]
    target: int
    our_end: int
    child_end: int
    is_terminal: bool

    def resize(self) -> None:
        """Give a terminal the size of the real one."""
        if self.is_terminal:
            with suppress(OSError, ValueError):
                size = fcntl.ioctl(self.target, termios.TIOCGWINSZ, b"\0" * 8)
                fcntl.ioctl(self.our_end, termios.TIOCSWINSZ, size)

    def close(self) -> None:
        """Close our end, once."""
        if self.our_end >= 0:
            os.close(self.our_end)
            self.our_end = -1

    def pump(self, copy: DriverCopy) -> bool:
        """Pass on what is there; False when the driver closed its end or nobody reads the target any more."""
        try:
            data = os.read(self.our_end, _CHUNK_BYTES)
        except OSError:  # a terminal without a writer: EIO
            return False
        copy.write(data)
        return bool(data) and _write_all(self.target, data)


def open_channels() -> list[Channel]:
    """Channels for standard output and error that look to the driver like what the user gave us.

    A terminal stays a terminal (progress bars, colours, line buffering); two streams into one file stay one, so that
    their order is kept; a closed stream stays closed. Standard input is the driver's own, untouched.
    """
    streams_by_file: dict[tuple[int, int], list[int]] = {}
    for stream in (1, 2):
        with suppress(OSError):
            status = os.fstat(stream)
            # A terminal is known by its device: the same one can be opened through several names.
            same = (0, status.st_rdev) if stat.S_ISCHR(status.st_mode) else (status.st_dev, status.st_ino)
            streams_by_file.setdefault(same, []).append(stream)
    channels = []
    for streams in streams_by_file.values():
        is_terminal = os.isatty(streams[0])
        if is_terminal:
            our_end, child_end = pty.openpty()
            tty.setraw(child_end)  # the real terminal turns \n into \r\n; doing it twice would show
        else:
            our_end, child_end = os.pipe()
        channels.append(Channel(tuple(streams), streams[0], our_end, child_end, is_terminal))
        channels[-1].resize()
    return channels


def _write_all(target: int, data: bytes) -> bool:
    try:
        while data:
            try:
                data = data[os.write(target, data) :]
            except BlockingIOError:
                select.select([], [target], [])
    except OSError:
        return False
    return True
