"""Migrate a decision log to the schema that this code writes, by the steps in :mod:`sparkwright.feedback.migrations`.

Alembic orders the steps and keeps the version. Its command line, configuration file and module-wide ``op`` are not
used: MLflow's migrations run in the same process and would share that ``op``, so each step gets its own.
"""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from sparkwright.errors import DecisionLogError
from sparkwright.feedback.log_database import patient

VERSION_TABLE = "decision_log_version"
"""Not ``alembic_version``: MLflow uses that, perhaps in the same database."""

_STEPS = Path(__file__).with_name("migrations")
_LOCK_KEY = 0x5041524B  # any number that no other program on the database locks


def migrate(engine: sa.Engine) -> None:
    """Migrate the log to the current schema; an up-to-date log is only read.

    Several processes may call this at once: one migrates while the others wait and then find nothing to do. If a step
    fails or the process dies, the schema stays unchanged, because SQLite and PostgreSQL can roll back DDL.

    Raises:
        DecisionLogError: A newer version of Sparkwright wrote the log.
        SQLAlchemyError: The database failed.
    """
    steps = _steps()
    with engine.connect() as connection:
        version = _version(connection)
    if version == steps.get_current_head():
        return
    with (
        engine.connect().execution_options(locks_whole_log=True) as connection,
        patient(connection),
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))
        version = _version(connection)  # another process may have been faster
        known = {step.revision for step in steps.walk_revisions()}
        if version is not None and version not in known:
            raise DecisionLogError(
                f"expected a decision log of version {steps.get_current_head()} or older, got {version}: a newer "
                "Sparkwright wrote it. Update this installation, or set SPARKWRIGHT_DECISION_LOG_URL to another log"
            )
        context = _context(connection, lambda heads, _: steps._upgrade_revs("head", heads))
        context.run_migrations(op=Operations(context))


@cache
def _steps() -> ScriptDirectory:
    return ScriptDirectory(_STEPS, version_locations=[_STEPS])


def _version(connection: sa.Connection) -> str | None:
    return _context(connection).get_current_revision()


def _context(connection: sa.Connection, steps: object = None) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "fn": steps})
