"""Which application a log describes, with what properties it ran, and where another one starts in the same log."""

import re
from dataclasses import dataclass, field

from sparkwright.errors import HistoryError
from sparkwright.history.events import events as e
from sparkwright.history.evidence import FactCollector
from sparkwright.redaction.own_secrets import OwnSecrets

_APP_ID = "spark.app.id"
_ROLLED_NAME = re.compile(
    r"^events_\d{1,18}_(?P<app_id>application_\d+_\d+|[^.]+?)(?:_(?P<attempt>\d{1,4}))?(?:\.[a-z0-9]+)*$"
)


class AnotherApplicationError(HistoryError):
    """Another application starts in the middle of a log, or the same one starts again."""

    def __init__(self, app_id: str, *, again: bool) -> None:
        which = "the same one starts again" if again else f"another one starts ({app_id or 'without an id'})"
        super().__init__(
            f"expected one application in a log, {which}: what follows was not read; give each application its own file"
        )


@dataclass(slots=True)
class Identity:
    """Name, version, properties, start and end of one application.

    A version and properties after the application's start are held back until the next start shows whose they are: the
    same application's after a roll-over, which repeats its identity, or another one's.
    """

    last_ms: int = -1
    spark_version: str = ""
    start: e.ApplicationStart | None = None
    ended_ms: int | None = None
    logged_exit_code: int | None = None
    knows_environment: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    command: str = ""
    facts: FactCollector = field(default_factory=FactCollector)
    is_named_after_file: bool = False
    _next_version: str | None = None
    _next_environment: e.EnvironmentUpdate | None = None

    @property
    def app_id(self) -> str:
        """Spark's id of the application; empty if nothing in the log names it."""
        return (self.start.app_id if self.start else None) or self.properties.get(_APP_ID, "")

    @property
    def secrets(self) -> OwnSecrets:
        """Hides the application's secrets."""
        return self.facts.secrets

    def log_start(self, event: e.LogStart) -> None:
        """Record Spark's version; in the middle of a log, hold it for the application that starts there."""
        if self.start is not None:
            self._next_version, self._next_environment = event.spark_version, None
        else:
            self.spark_version = event.spark_version or self.spark_version

    def application_start(self, event: e.ApplicationStart) -> None:
        """Record the identity; a roll-over repeats it, and the first one counts.

        Raises:
            AnotherApplicationError: It is another application's, or comes after the application's end.
        """
        first = self.start
        if first is None:
            self.start = event
        else:
            again = (first.app_id, first.attempt, first.time_ms) == (event.app_id, event.attempt, event.time_ms)
            if not again or self.ended_ms is not None:
                raise AnotherApplicationError(event.app_id or "", again=again)
            environment, self._next_version, self._next_environment = self._next_environment, None, None
            if environment is not None:
                self.environment(environment)
        self._saw(event.time_ms)

    def application_end(self, event: e.ApplicationEnd) -> None:
        """Record the orderly end."""
        self.ended_ms = event.time_ms
        self.logged_exit_code = event.exit_code
        self._saw(event.time_ms)

    def environment(self, event: e.EnvironmentUpdate) -> None:
        """Record the properties; a later update (a jar was added) replaces an earlier one.

        Raises:
            AnotherApplicationError: They are another application's, which precede its start.
        """
        if self.start is not None:
            known, app_id = self.properties.get(_APP_ID), event.spark.get(_APP_ID)
            if known and app_id and known != app_id:
                raise AnotherApplicationError(app_id, again=False)
            if self._next_version is not None or self.ended_ms is not None:
                self._next_environment = event
                return
        self.knows_environment = True
        self.properties = {name: value or "" for name, value in event.spark.items()}
        self.command = event.system.get("sun.java.command") or ""
        self.secrets.learn(self.properties, self.command)

    def _saw(self, time_ms: int) -> None:
        self.last_ms = max(self.last_ms, time_ms)

    def name_after(self, file_name: str, first_ms: int) -> bool:
        """Take the identity from the name of a rolled file; return whether it holds one.

        Source: ``org.apache.spark.deploy.history.EventLogFileWriter.nameForAppAndAttempt`` (Spark 4): the application's
        id, followed by the attempt if the cluster manager counts attempts.
        """
        found = _ROLLED_NAME.match(file_name)
        if found is None:
            return False
        app_name = self.properties.get("spark.app.name") or found["app_id"]
        self.start = e.ApplicationStart(app_name, found["app_id"], first_ms, attempt=found["attempt"])
        self.is_named_after_file = True
        return True
