"""The event logs that a Spark History Server lists; an attempt's log is downloaded only when it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sparkwright.errors import HistoryError, UnreachableError, reason
from sparkwright.history.sources.history_server import HistoryServer
from sparkwright.history.sources.log_files import LogSource, Unreadable, find_logs


@dataclass(frozen=True, slots=True)
class AttemptLog(LogSource):
    """The log of one attempt. Its size is unknown until it is downloaded, so its state is its last modification alone.

    Attributes:
        address: Address of the History Server; it may hold a password, so it is never shown.
    """

    address: str = field(default="", repr=False)
    app_id: str = ""
    attempt_id: str | None = None

    @contextmanager
    def fetched(self) -> Iterator[LogSource]:
        """Download the log as the archive that the History Server makes of it, unpacked into a temporary folder."""
        with TemporaryDirectory(prefix="sparkwright-") as folder:
            try:
                _server(self.address).download_log(self.app_id, self.attempt_id, Path(folder, "log.zip"))
            except OSError as error:
                raise UnreachableError(f"expected to keep {self.path} in {folder}: {reason(error)}") from error
            match list(find_logs(Path(folder))):
                case [LogSource() as log]:
                    yield replace(log, path=self.path, modified_at_ns=self.modified_at_ns)
                case [Unreadable() as broken]:
                    raise HistoryError(broken.reason)
                case found:
                    raise HistoryError(f"expected one event log for {self.path}, its archive holds {len(found)}")


@cache
def _server(address: str) -> HistoryServer:
    """One client, with its connection kept open, for all attempts that this process reads."""
    return HistoryServer(address)


def attempt_logs(server: HistoryServer) -> Iterator[LogSource]:
    """The log of every attempt that the History Server lists.

    Raises:
        UnreachableError: The server does not list them.
    """
    for application in server.applications():
        for attempt in application.attempts:
            yield AttemptLog(
                path=server.attempt_url(application.app_id, attempt.attempt_id),
                files=(),
                size_bytes=0,
                modified_at_ns=attempt.updated_at_ms * 1_000_000,
                in_progress=not attempt.completed,
                address=server.address,
                app_id=application.app_id,
                attempt_id=attempt.attempt_id,
            )
