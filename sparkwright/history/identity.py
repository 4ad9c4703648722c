"""Which application a log tells of, with what properties it ran, and where another one starts in the same log."""

import re
from dataclasses import dataclass, field

from sparkwright.errors import HistoryError
from sparkwright.history import events as e
from sparkwright.history.evidence import FactCollector
from sparkwright.redaction.own_secrets import OwnSecrets

_APP_ID = "spark.app.id"
_ROLLED_NAME = re.compile(
    r"^events_\d{1,18}_(?P<app_id>application_\d+_\d+|[^.]+?)(?:_(?P<attempt>\d{1,4}))?(?:\.[a-z0-9]+)*$"
)


class AnotherApplicationError(HistoryError):
    """In the middle of a log another application starts, or the same one from its beginning."""

    def __init__(self, app_id: str, *, again: bool) -> None:
        which = "the same one starts again" if again else f"another one starts ({app_id or 'without an id'})"
        super().__init__(
            f"expected one application in a log, {which}: what follows was not read; give each application a file of "
            "its own"
        )


@dataclass(slots=True)
class Identity:
    """Name, version, properties, start and end of one application.

    Between the first line of another application and its start, what comes waits: it is the first one's only where that
    is rolled over and says again who it is.
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
        """As Spark knows it; empty where nothing in the log says it."""
        return (self.start.app_id if self.start else None) or self.properties.get(_APP_ID, "")

    @property
    def secrets(self) -> OwnSecrets:
        """What hides the application's secrets."""
        return self.facts.secrets

    def log_start(self, event: e.LogStart) -> None:
        """Spark's version; in the middle of a log it waits for the application that starts there."""
        if self.start is not None:
            self._next_version, self._next_environment = event.spark_version, None
        else:
            self.spark_version = event.spark_version or self.spark_version

    def application_start(self, event: e.ApplicationStart) -> None:
        """Identity; a roll-over repeats it, the first one counts.

        Raises:
            AnotherApplicationError: It is another's, or comes after the application's end.
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
        """The orderly end."""
        self.ended_ms = event.time_ms
        self.logged_exit_code = event.exit_code
        self._saw(event.time_ms)

    def environment(self, event: e.EnvironmentUpdate) -> None:
        """Properties; a later update (a jar was added) replaces an earlier one.

        Raises:
            AnotherApplicationError: They are another's; they come before its start.
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
        """Take the identity that the name of a rolled file holds; whether it holds one.

        Source: ``org.apache.spark.deploy.history.EventLogFileWriter.nameForAppAndAttempt`` (Spark 4): the application's
        id, and behind it an attempt where the cluster manager counts them.
        """
        found = _ROLLED_NAME.match(file_name)
        if found is None:
            return False
        app_name = self.properties.get("spark.app.name") or found["app_id"]
        self.start = e.ApplicationStart(app_name, found["app_id"], first_ms, attempt=found["attempt"])
        self.is_named_after_file = True
        return True
