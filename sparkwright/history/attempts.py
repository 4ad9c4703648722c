"""The event logs that a Spark History Server lists: an attempt's log is downloaded when it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sparkwright.errors import HistoryError, UnreachableError, reason
from sparkwright.history.history_server import HistoryServer
from sparkwright.history.log_files import LogSource, Unreadable, find_logs


@dataclass(frozen=True, slots=True)
class AttemptLog(LogSource):
    """The log of one attempt; its size shows when it is there, so only the time of its last change is its state.

    Attributes:
        address: Of the History Server; it may hold a password, so it is never shown.
    """

    address: str = field(default="", repr=False)
    app_id: str = ""
    attempt_id: str | None = None

    @contextmanager
    def fetched(self) -> Iterator[LogSource]:
        """The log from the archive that the History Server makes of it, in a temporary folder."""
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
                    raise HistoryError(f"expected one event log of {self.path}, its archive holds {len(found)}")


@cache
def _server(address: str) -> HistoryServer:
    """A client that keeps its connection, for all attempts that this process reads."""
    return HistoryServer(address)


def attempt_logs(server: HistoryServer) -> Iterator[LogSource]:
    """The log of every attempt that the History Server lists.

    Raises:
        UnreachableError: It does not list them.
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
