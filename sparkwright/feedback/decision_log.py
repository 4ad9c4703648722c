"""The decision log: every recommendation as answered, and what the launcher reported about it.

It has its own database next to the lake, because it is written while a request waits: SQLite by default, otherwise the
one at ``SPARKWRIGHT_DECISION_LOG_URL``. Its single table has the columns of :class:`data_contracts.tables.Decision`; a
log with an older schema is migrated by :mod:`sparkwright.feedback.migrate`.
"""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from data_contracts.tables import Decision
from sparkwright.errors import ConfigError, DecisionLogError
from sparkwright.feedback.decision_table import DECISION_COLUMNS, DECISIONS, changed_now
from sparkwright.feedback.group_commit import Entry, Written, write_group
from sparkwright.feedback.log_database import open_database, sync
from sparkwright.feedback.log_pages import Page, log_pages
from sparkwright.feedback.migrate import migrate
from sparkwright.feedback.trial_counts import TrialCounts, count_trials

_IDS_PER_QUERY = 500
"""SQLite before 3.32 takes at most 999 variables."""


class DecisionLog:
    """Writes decisions and reports about them; safe to use from several processes and threads at once."""

    def __init__(self, url: str) -> None:
        """Open the log at ``url``; it is created on first use.

        Raises:
            ConfigError: The URL is not one of a supported database whose driver is installed.
        """
        try:
            self._engine = open_database(url)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigError(
                f"SPARKWRIGHT_DECISION_LOG_URL: expected a SQLAlchemy URL whose driver is installed: {error}"
            ) from error
        self._is_current = False

    def write(self, decision: Decision) -> None:
        """Add one decision, unless its launch already has one; once this returns, it survives a machine crash.

        Raises:
            DecisionLogError: It could not be written.
        """
        [written] = self.write_all([Entry(decision)])
        if written.error is not None:
            raise written.error

    def write_all(self, entries: Sequence[Entry]) -> list[Written]:
        """Add decisions with one commit; once this returns, those written survive a machine crash.

        A decision that the database rejects does not keep the others from being written.
        """
        try:
            with self._transaction(writes=True) as connection:
                written = write_group(connection, entries)
            sync(self._engine.url)
            return written
        except DecisionLogError as error:
            if len(entries) == 1 or isinstance(error.__cause__, OperationalError):
                return [Written(error=error)] * len(entries)
            return [one for entry in entries for one in self.write_all([entry])]

    def check(self) -> None:
        """Check that a decision could be written now, by inserting one and rolling it back.

        Raises:
            DecisionLogError: It could not be written.
        """
        with self._transaction(writes=True) as connection:
            with connection.begin_nested() as attempt:
                connection.execute(sa.insert(DECISIONS).values(_probe().model_dump()))
                attempt.rollback()
            if connection.dialect.name == "sqlite":
                # A rolled-back row never reaches the disk, which may be full; this write does, and changes nothing.
                version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
                connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")

    def report(self, decision_id: str, app_id: str | None, exit_code: int | None) -> bool:
        """Record the launcher's report and return whether the decision exists; given values replace earlier ones.

        Raises:
            DecisionLogError: It could not be written.
        """
        given = {"reported_app_id": app_id, "reported_exit_code": exit_code}
        change = {name: value for name, value in given.items() if value is not None}
        this_one = DECISIONS.c.decision_id == decision_id
        with self._transaction() as connection:
            if not change:
                return connection.execute(sa.select(DECISIONS.c.decision_id).where(this_one)).first() is not None
            return connection.execute(sa.update(DECISIONS).where(this_one).values(change | changed_now())).rowcount > 0

    def write_shadows(self, answers: Sequence[tuple[str, str]]) -> None:
        """Add to existing decisions what another release would have advised; a crash may lose the latest ones.

        Args:
            answers: Pairs of decision id and answer as JSON.

        Raises:
            DecisionLogError: They could not be written.
        """
        statement = (
            sa.update(DECISIONS)
            .where(DECISIONS.c.decision_id == sa.bindparam("of_decision"))
            .values(shadow_json=sa.bindparam("answer"), **changed_now())
        )
        with self._transaction(writes=True) as connection:
            connection.execute(statement, [{"of_decision": one, "answer": text} for one, text in answers])

    def count(self) -> int:
        """Return how many decisions were written.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        with self._transaction() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(DECISIONS)).scalar_one())

    def trial_counts(self, workload_id: str, queue: str, at: datetime) -> TrialCounts:
        """Return the trials so far of a workload, and today's in its queue and in the fleet.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        with self._transaction() as connection:
            return count_trials(connection, workload_id, queue, at)

    def read_since(self, moment: datetime | None = None) -> list[Decision]:
        """Return the decisions made at or after ``moment`` (default: all), oldest first.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        query = sa.select(*DECISION_COLUMNS).order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)
        if moment is not None:
            query = query.where(DECISIONS.c.decided_at >= moment)
        return self._read(query)

    def pages(self, changed_since: datetime | None = None) -> Iterator[Page]:
        """Yield the decisions that were written or reported on at or after a moment (default: all), page by page.

        Args:
            changed_since: By the clocks of the writers.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        return log_pages(self._fetch, changed_since)

    def find_all(self, decision_ids: Sequence[str]) -> list[Decision]:
        """Return the decisions with these ids, those that are in this log.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        found = []
        for start in range(0, len(decision_ids), _IDS_PER_QUERY):
            some = decision_ids[start : start + _IDS_PER_QUERY]
            found += self._read(sa.select(*DECISION_COLUMNS).where(DECISIONS.c.decision_id.in_(some)))
        return found

    def find(self, decision_id: str) -> Decision | None:
        """Return the decision with this id, or None if it is not in this log.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        return next(iter(self._read(sa.select(*DECISION_COLUMNS).where(DECISIONS.c.decision_id == decision_id))), None)

    def of_launch(self, workload_id: str, launch_id: str, attempt: int) -> Decision | None:
        """Return the decision given to an attempt of a launch, or None if there is none.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        wanted = {"workload_id": workload_id, "launch_id": launch_id, "attempt": attempt}
        return next(iter(self._read(sa.select(*DECISION_COLUMNS).filter_by(**wanted))), None)

    def last_of(self, workload_id: str, limit: int) -> list[Decision]:
        """Return the latest decisions on a workload, newest first.

        Args:
            workload_id: The workload.
            limit: Maximum number of decisions.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        newest_first = (DECISIONS.c.decided_at.desc(), DECISIONS.c.decision_id)
        of_workload = sa.select(*DECISION_COLUMNS).where(DECISIONS.c.workload_id == workload_id)
        return self._read(of_workload.order_by(*newest_first).limit(limit))

    def close(self) -> None:
        """Close the database connections."""
        self._engine.dispose()

    def _read(self, query: sa.Select[Any]) -> list[Decision]:
        return [Decision.model_validate(dict(row)) for row in self._fetch(query)]

    def _fetch(self, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        with self._transaction() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[sa.Connection]:
        try:
            if not self._is_current:
                migrate(self._engine)
                self._is_current = True
            with (
                self._engine.connect().execution_options(locks_whole_log=writes) as connection,
                connection.begin(),
            ):
                yield connection
        except (SQLAlchemyError, sqlite3.Error, UnicodeError) as error:
            # A restored or deleted file has no table: the next transaction creates it.
            self._is_current = False
            raise DecisionLogError(
                f"expected to use the decision log at {self._engine.url.render_as_string(hide_password=True)}: "
                f"{getattr(error, 'orig', None) or error}"
            ) from error


def _probe() -> Decision:
    return Decision(
        decision_id=f"probe-{uuid.uuid4().hex}",
        workload_id="probe",
        decided_at=datetime.now(UTC),
        release_version="",
        forecaster_version="",
        request_json="",
        forecast_json="",
        allocation_json="",
        cold=False,
        trial=False,
        extrapolated=False,
        reported_app_id=None,
        reported_exit_code=None,
    )
