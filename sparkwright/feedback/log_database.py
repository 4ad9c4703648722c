"""Open the decision log's database, and sync its commits to disk."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from sparkwright.errors import ConfigError, DecisionLogError, reason

_BACKENDS = ("sqlite", "postgresql")
"""Inserts use the dialects of these two: standard SQL has no insert that keeps one decision per launch."""
_LOCK_WAIT_S = 1.0
"""A launcher waits two seconds: fail on a log locked for longer while there is still time to say so."""

_MIGRATION_WAIT_S = 60.0


def open_database(url: str) -> sa.Engine:
    """Open the database at a URL.

    Raises:
        ConfigError: The database cannot hold a decision log.
    """
    parts = sa.make_url(url)
    if parts.get_backend_name() not in _BACKENDS:
        raise ConfigError(
            f"SPARKWRIGHT_DECISION_LOG_URL: expected SQLite or PostgreSQL, got {parts.get_backend_name()}: write "
            "sqlite:////folder/decisions.db or postgresql+psycopg://host/name"
        )
    if "uri" in parts.query:
        # The log would never be synced: only SQLite knows which file the URI means.
        raise ConfigError(
            "SPARKWRIGHT_DECISION_LOG_URL: expected sqlite:////folder/decisions.db, got a file: URI (uri=...): give "
            "the path of the file, without parameters"
        )
    if parts.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": _LOCK_WAIT_S})
    sa.event.listen(engine, "connect", _use_write_ahead_log)
    sa.event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def patient(connection: sa.Connection) -> Iterator[None]:
    """Wait for a lock of SQLite as long as the migration of a large log by another process takes.

    Args:
        connection: Has not begun a transaction yet.
    """
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        yield
        return
    driver.execute(f"PRAGMA busy_timeout = {int(1000 * _MIGRATION_WAIT_S)}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(1000 * _LOCK_WAIT_S)}")


def _begin(connection: sa.Connection) -> None:
    """Begin for DDL, too, which the driver would commit statement by statement; see SQLAlchemy's SQLite dialect."""
    locks = connection.get_execution_options().get("locks_whole_log", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if locks else "BEGIN")


def sync(url: sa.URL) -> None:
    """Sync committed transactions to disk: if SQLite did it, every other writer would wait for the disk as well.

    Raises:
        DecisionLogError: The sync failed.
    """
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    try:
        # As SQLite names it: next to the file that a link points to.
        log = os.open(f"{os.path.realpath(url.database)}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return  # whoever closed the database last checkpointed it, with a sync
    try:
        os.fdatasync(log)
    except OSError as error:
        raise DecisionLogError(f"expected to write the decision log at {url.database}: {reason(error)}") from error
    finally:
        os.close(log)


def _use_write_ahead_log(connection: sqlite3.Connection, _: object) -> None:
    """Keep readers from waiting for the writer; a commit survives a process crash (for machines: :func:`sync`)."""
    until = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # While another connection makes this same change, SQLite fails at once, whatever its timeout.
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.isolation_level = None  # the driver begins nothing by itself
