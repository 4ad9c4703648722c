"""How the decision log's database is opened, and when what it committed is on the disk."""

import os
import sqlite3
import time

import sqlalchemy as sa

from sparkwright.errors import ConfigError, DecisionLogError, reason

_BACKENDS = ("sqlite", "postgresql")
"""Decisions are inserted in the words of these two: a launch has one, and SQL's standard has no insert for that."""
_LOCK_WAIT_S = 1.0
"""A launcher waits two seconds: a log that is locked for longer is an error while there is still time to say so."""


def open_database(url: str) -> sa.Engine:
    """The database at a URL.

    Raises:
        ConfigError: It is none that a decision log can be in.
    """
    parts = sa.make_url(url)
    if parts.get_backend_name() not in _BACKENDS:
        raise ConfigError(
            f"SPARKWRIGHT_DECISION_LOG_URL: expected SQLite or PostgreSQL, got {parts.get_backend_name()}: write "
            "sqlite:////folder/decisions.db or postgresql+psycopg://host/name"
        )
    if "uri" in parts.query:
        # What is in the log would never be synced: only SQLite knows which file the URI means.
        raise ConfigError(
            "SPARKWRIGHT_DECISION_LOG_URL: expected sqlite:////folder/decisions.db, got a file: URI (uri=...): write "
            "the path of the file, and leave the parameters out"
        )
    if parts.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": _LOCK_WAIT_S})
    sa.event.listen(engine, "connect", _use_write_ahead_log)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: sa.Connection) -> None:
    """Begin for DDL too, which the driver by itself commits statement by statement; see SQLAlchemy's SQLite dialect."""
    locks = connection.get_execution_options().get("locks_whole_log", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if locks else "BEGIN")


def sync(url: sa.URL) -> None:
    """Have what was committed on the disk: where SQLite does it, every other writer waits for the disk as well.

    Raises:
        DecisionLogError: The disk refused.
    """
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    try:
        # As SQLite names it: beside the file that a link leads to.
        log = os.open(f"{os.path.realpath(url.database)}-wal", os.O_RDONLY)
    except FileNotFoundError:
        return  # who closed the database last wrote it back, with a sync
    try:
        os.fdatasync(log)
    except OSError as error:
        raise DecisionLogError(f"expected to write the decision log at {url.database}: {reason(error)}") from error
    finally:
        os.close(log)


def _use_write_ahead_log(connection: sqlite3.Connection, _: object) -> None:
    """Let readers not wait for the writer; a commit survives a crash of the process, and see :func:`sync`."""
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
