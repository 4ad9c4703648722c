"""The decision log: every recommendation as it was answered, and what the launcher reported about it.

A database of its own beside the lake, because it is written on the way of a request: SQLite by default, another one by
``SPARKWRIGHT_DECISION_LOG_URL``. The columns of its one table are :class:`data_contracts.tables.Decision`; a log of an
older layout is brought to today's by :mod:`sparkwright.feedback.migrate`.
"""

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from data_contracts.arrow import may_be_missing
from data_contracts.row import column_of, primary_key
from data_contracts.tables import Decision
from sparkwright.errors import ConfigError, DecisionLogError
from sparkwright.feedback.migrate import migrate
from sparkwright.feedback.trial_counts import TrialCounts

_LOCK_WAIT_S = 1.0
"""A launcher waits two seconds: a log that is locked for longer is an error while there is still time to say so."""


class _Utc(sa.TypeDecorator[datetime]):
    """A moment, stored in UTC without its zone: SQLite knows none."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


_SQL_TYPE: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "utc": _Utc,
    "flag": sa.Boolean,
    "probability": sa.Float,
} | dict.fromkeys(("count", "bytes"), sa.BigInteger)


def _decision_table() -> sa.Table:
    keys = primary_key(Decision)
    return sa.Table(
        Decision.table,
        sa.MetaData(),
        *(
            sa.Column(
                name,
                sa.String(64) if name in keys else _SQL_TYPE.get(column_of(field).unit, sa.Text),
                primary_key=name in keys,
                nullable=may_be_missing(field.annotation),
                index=name in {"decided_at", "workload_id"},
            )
            for name, field in Decision.model_fields.items()
        ),
        sa.Index("ix_decisions_launch", "workload_id", "launch_id", "attempt", unique=True),
    )


_TABLE = _decision_table()


class DecisionLog:
    """Writes decisions and reports about them; safe to use from several processes and threads at once."""

    def __init__(self, url: str) -> None:
        """Open the log at ``url``; it is made on first use.

        Raises:
            ConfigError: No database can be reached by this URL.
        """
        try:
            self._engine = _engine(url)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigError(
                f"SPARKWRIGHT_DECISION_LOG_URL: expected a SQLAlchemy URL whose driver is installed: {error}"
            ) from error
        self._is_current = False

    def write(self, decision: Decision) -> None:
        """Add one decision, unless its launch has one; when this returns, a crash of the process loses nothing.

        Raises:
            DecisionLogError: It could not be written.
        """
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        with self._transaction() as connection:
            connection.execute(
                insert(_TABLE)
                .values(decision.model_dump())
                .on_conflict_do_nothing(index_elements=["workload_id", "launch_id", "attempt"])
            )

    def check(self) -> None:
        """Raise where a decision could not be written now: one is inserted and taken back.

        Raises:
            DecisionLogError: It could not be written.
        """
        with self._transaction() as connection, connection.begin_nested() as attempt:
            connection.execute(sa.insert(_TABLE).values(_probe().model_dump()))
            attempt.rollback()

    def report(self, decision_id: str, app_id: str | None, exit_code: int | None) -> bool:
        """Whether the decision exists; what is given replaces what was reported before.

        Raises:
            DecisionLogError: It could not be written.
        """
        given = {"reported_app_id": app_id, "reported_exit_code": exit_code}
        change = {name: value for name, value in given.items() if value is not None}
        this_one = _TABLE.c.decision_id == decision_id
        with self._transaction() as connection:
            if not change:
                return connection.execute(sa.select(_TABLE.c.decision_id).where(this_one)).first() is not None
            return connection.execute(sa.update(_TABLE).where(this_one).values(change)).rowcount > 0

    def count(self) -> int:
        """How many decisions were written.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        with self._transaction() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(_TABLE)).scalar_one())

    def trial_counts(self, workload_id: str, queue: str, at: datetime) -> TrialCounts:
        """What was tried so far of a workload, and today in its queue and in the fleet.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        tried = _TABLE.c.trial.is_(True)
        of_workload = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((tried, 1), else_=0)), 0),
            sa.func.max(sa.case((tried, _TABLE.c.decided_at)), type_=_Utc),
        ).where(_TABLE.c.workload_id == workload_id)
        of_today = sa.select(_TABLE.c.request_json).where(_TABLE.c.decided_at >= midnight, tried)
        with self._transaction() as connection:
            attempts, trials, last = connection.execute(of_workload).one()
            queues = [json.loads(text or "{}").get("queue", "") for (text,) in connection.execute(of_today)]
        return TrialCounts(int(attempts), int(trials), last, len(queues), queues.count(queue))

    def read_since(self, moment: datetime | None = None) -> list[Decision]:
        """The decisions made at or after ``moment`` (all of them without one), oldest first.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        query = sa.select(_TABLE).order_by(_TABLE.c.decided_at, _TABLE.c.decision_id)
        if moment is not None:
            query = query.where(_TABLE.c.decided_at >= moment)
        return self._read(query)

    def find(self, decision_id: str) -> Decision | None:
        """The decision with this id; None where none was made here.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        return next(iter(self._read(sa.select(_TABLE).where(_TABLE.c.decision_id == decision_id))), None)

    def of_launch(self, workload_id: str, launch_id: str, attempt: int) -> Decision | None:
        """The decision that an attempt of a launch was given; None where it was given none.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        wanted = {"workload_id": workload_id, "launch_id": launch_id, "attempt": attempt}
        return next(iter(self._read(sa.select(_TABLE).filter_by(**wanted))), None)

    def last_of(self, workload_id: str, most: int) -> list[Decision]:
        """The last decisions on a workload, newest first.

        Args:
            workload_id: Of which workload.
            most: How many of them.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        newest_first = (_TABLE.c.decided_at.desc(), _TABLE.c.decision_id)
        return self._read(
            sa.select(_TABLE).where(_TABLE.c.workload_id == workload_id).order_by(*newest_first).limit(most)
        )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _read(self, query: sa.Select[Any]) -> list[Decision]:
        with self._transaction() as connection:
            return [Decision.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            if not self._is_current:
                migrate(self._engine)
                self._is_current = True
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            # A restored or deleted file has no table: the next transaction makes it.
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


def _engine(url: str) -> sa.Engine:
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": _LOCK_WAIT_S})
    sa.event.listen(engine, "connect", _use_write_ahead_log)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    """Begin for DDL too, which the driver by itself commits statement by statement; see SQLAlchemy's SQLite dialect."""
    locks = connection.get_execution_options().get("locks_whole_log", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if locks else "BEGIN")


def _use_write_ahead_log(connection: sqlite3.Connection, _: object) -> None:
    """Let readers not wait for the writer; a commit survives a crash of the process, not of the machine."""
    until = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # While another one makes this very change, SQLite says no at once, however long it was told to wait.
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.isolation_level = None  # the driver begins nothing by itself
