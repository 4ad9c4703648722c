"""State of SQL executions, folded from their events: a few numbers and words for each, never its plan."""

from dataclasses import dataclass

from sparkwright.history.application.plan import plan_fingerprint
from sparkwright.history.events.sql_events import SqlEnd, SqlStart
from sparkwright.history.evidence import first_useful_line
from sparkwright.redaction import Redact

_MAX_TEXT = 4000


@dataclass(slots=True)
class SqlExecutionState:
    """One SQL execution; its description is cut, not redacted.

    Attributes:
        root_id: The execution that this one is part of; its own id if it stands alone.
        started_ms: None if only its jobs were seen: they may begin before it is announced, and Spark before 2.0
            announces none.
        error: First useful line of the exception, empty on success; None if the log does not tell.
    """

    execution_id: int
    root_id: int
    description: str = ""
    plan_fingerprint: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    error: str | None = None
    adaptive_update_count: int = 0
    job_count: int = 0
    failed_job_count: int = 0

    @property
    def status(self) -> str:
        """``complete``, ``failed`` or ``unfinished``.

        Source: ``org.apache.spark.sql.execution.ui.SQLExecutionUIData.executionStatus`` (Spark 4): the error decides if
        the log holds one or says that there was none; otherwise (before 3.4) the jobs do.
        """
        if self.ended_ms is None:
            return "unfinished"
        failed = bool(self.error) if self.error is not None else self.failed_job_count > 0
        return "failed" if failed else "complete"

    @property
    def duration_ms(self) -> int | None:
        """Duration from start to end; None if either was not seen."""
        return self.ended_ms - self.started_ms if self.ended_ms is not None and self.started_ms is not None else None

    def start(self, event: SqlStart) -> None:
        """Record the start."""
        if event.root_id is not None:
            self.root_id = event.root_id
        self.description = (event.description or "")[:_MAX_TEXT]
        self.plan_fingerprint = plan_fingerprint(event.plan) if event.plan else None
        self.started_ms = event.time_ms

    def end(self, event: SqlEnd, hidden: Redact) -> None:
        """Record the end; ``hidden`` redacts the error before it is cut, because a cut would disguise secrets."""
        self.ended_ms = event.time_ms
        if event.error is not None:
            self.error = first_useful_line(hidden(event.error, _MAX_TEXT)) if event.error else ""
