"""Decision logs of older layouts are brought to today's, by one of several processes that start at once."""

import importlib.util
import multiprocessing
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data_contracts.tables import Decision
from sparkwright.errors import DecisionLogError
from sparkwright.feedback import decision_log, migrate
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.decision_table import DECISIONS
from tests.feedback.postgres import running_postgres

FIRST_LAYOUT = (
    """
    CREATE TABLE decisions (
        decision_id VARCHAR(64) NOT NULL,
        workload_id TEXT NOT NULL,
        decided_at {moment} NOT NULL,
        release_version TEXT NOT NULL,
        forecaster_version TEXT NOT NULL,
        request_json TEXT NOT NULL,
        forecast_json TEXT NOT NULL,
        allocation_json TEXT NOT NULL,
        cold BOOLEAN NOT NULL,
        trial BOOLEAN NOT NULL,
        extrapolated BOOLEAN NOT NULL,
        reported_app_id TEXT,
        reported_exit_code BIGINT,
        PRIMARY KEY (decision_id)
    )
    """,
    "CREATE INDEX ix_decisions_decided_at ON decisions (decided_at)",
)
"""What version 0.1.0 executed on an empty database, word for word."""

INSERT = """
    INSERT INTO decisions (decision_id, workload_id, decided_at, release_version, forecaster_version, request_json,
        forecast_json, allocation_json, cold, trial, extrapolated, reported_app_id, reported_exit_code)
    VALUES (:decision_id, 'etl', '2026-03-01 12:00:00.123456', '1', '2', '{}', 'null', '{}', :yes, :no, :no, 'app-1',
        137)
"""
"""A row as version 0.1.0 wrote it."""


def decision(decision_id: str, **changes: object) -> Decision:
    values = {
        "decision_id": decision_id,
        "workload_id": "etl",
        "decided_at": datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
        "release_version": "1",
        "forecaster_version": "2",
        "request_json": "{}",
        "forecast_json": "null",
        "allocation_json": "{}",
        "cold": True,
        "trial": False,
        "extrapolated": False,
        "reported_app_id": "app-1",
        "reported_exit_code": 137,
    }
    return Decision.model_validate({**values, **changes})


def execute(url: str, *statements: str, **values: object) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), values)
    engine.dispose()


def write_first_layout(url: str) -> None:
    moment = "DATETIME" if url.startswith("sqlite") else "TIMESTAMP WITHOUT TIME ZONE"
    execute(url, *(statement.format(moment=moment) for statement in FIRST_LAYOUT))
    execute(url, INSERT, decision_id="old", yes=True, no=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'decisions.db'}"
    else:
        with running_postgres() as address:
            yield address


def test_a_log_that_the_first_version_wrote_is_read_and_written_on(url: str) -> None:
    write_first_layout(url)
    log = DecisionLog(url)
    assert log.read_since() == [decision("old", attempt=1, input_bytes=None, policy_version="")]
    new = decision(
        "new", attempt=2, input_bytes=5 * 2**40, policy_version="7", claimed_death_probability=0.004, held_back=True
    )
    log.write(new)
    assert log.report("old", "app-2", 0)
    again = DecisionLog(url)
    assert again.read_since() == [new, decision("old", reported_app_id="app-2", reported_exit_code=0)]
    for one in (log, again):
        one.close()


def test_a_service_of_the_first_version_that_still_runs_can_write_into_the_new_layout(url: str) -> None:
    log = DecisionLog(url)
    log.write(decision("new"))
    execute(url, INSERT, decision_id="old", yes=True, no=False)
    assert [one.decision_id for one in log.read_since()] == ["new", "old"]
    log.close()


def test_the_steps_lead_to_the_columns_of_the_contract(url: str) -> None:
    log = DecisionLog(url)
    log.count()
    log.close()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrate.VERSION_TABLE})
        differences = compare_metadata(context, DECISIONS.metadata)
    engine.dispose()
    assert differences == [], "a column of Decision has no step in sparkwright/feedback/migrations"


def test_a_log_that_a_newer_version_wrote_is_refused_and_left_alone(url: str) -> None:
    log = DecisionLog(url)
    log.write(decision("d1"))
    log.close()
    execute(url, f"UPDATE {migrate.VERSION_TABLE} SET version_num = 'v9999'")
    newer = DecisionLog(url)
    for use in (newer.count, lambda: newer.write(decision("d2"))):
        with pytest.raises(DecisionLogError, match=r"v9999.*newer"):
            use()
    newer.close()
    execute(url, f"UPDATE {migrate.VERSION_TABLE} SET version_num = 'v0006'")
    assert [one.decision_id for one in DecisionLog(url).read_since()] == ["d1"]


def _write_at(barrier: "multiprocessing.synchronize.Barrier", url: str, writer: int) -> None:
    log = DecisionLog(url)
    barrier.wait(60)
    log.write(decision(f"new-{writer}"))
    log.close()


@pytest.mark.parametrize("is_old", [True, False])
def test_processes_that_start_at_the_same_moment_migrate_once_and_all_write(url: str, is_old: bool) -> None:
    if is_old:
        write_first_layout(url)
    spawning = multiprocessing.get_context("spawn")
    barrier = spawning.Barrier(4)
    writers = [spawning.Process(target=_write_at, args=(barrier, url, number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    log = DecisionLog(url)
    written = {one.decision_id for one in log.read_since()}
    log.close()
    assert written == {f"new-{number}" for number in range(4)} | ({"old"} if is_old else set())


def test_a_step_that_fails_leaves_the_old_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'decisions.db'}"
    write_first_layout(url)
    steps = tmp_path / "migrations"
    shutil.copytree(Path(decision_log.__file__).with_name("migrations"), steps)
    last = max(steps.glob("v*.py"))
    last.write_text(last.read_text() + "    raise sa.exc.InternalError('no more space', None, Exception())\n")
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "_STEPS", steps)
        migrate._steps.cache_clear()
        with pytest.raises(DecisionLogError):
            DecisionLog(url).count()
    migrate._steps.cache_clear()
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(decisions)")]
    assert "attempt" not in columns
    assert DecisionLog(url).count() == 1


def test_the_version_is_kept_apart_from_that_of_another_program_in_the_same_database(url: str) -> None:
    execute(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    execute(url, "INSERT INTO alembic_version VALUES ('of-mlflow')")
    assert DecisionLog(url).count() == 0


def test_the_steps_lie_in_the_package_where_an_installed_wheel_has_them() -> None:
    spec = importlib.util.find_spec("sparkwright.feedback.migrations")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    assert sorted(Path(spec.submodule_search_locations[0]).glob("v*.py"))


def test_what_another_release_would_have_advised_is_added_to_decisions_that_are_there(url: str) -> None:
    write_first_layout(url)
    log = DecisionLog(url)
    log.write(decision("new", report_only=True, withheld_json='{"allocation": {}}'))
    log.write_shadows([("new", "{}"), ("old", '{"trial": true}'), ("gone", "{}")])
    found = {one.decision_id: one for one in log.read_since()}
    log.close()
    assert {name: one.shadow_json for name, one in found.items()} == {"new": "{}", "old": '{"trial": true}'}
    assert found["new"] == decision("new", report_only=True, withheld_json='{"allocation": {}}', shadow_json="{}")
    assert (found["old"].report_only, found["old"].withheld_json) == (False, "")


def test_who_opens_a_log_waits_for_the_migration_of_another_process(tmp_path: Path) -> None:
    """Of a large log it takes longer than a writer may wait."""
    path = tmp_path / "decisions.db"
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(2.5, other.rollback).start()
    log = DecisionLog(f"sqlite:///{path}")
    assert log.count() == 0
    other.execute("BEGIN IMMEDIATE")
    began_s = time.monotonic()
    with pytest.raises(DecisionLogError, match="locked"):
        log.check()
    assert time.monotonic() - began_s < 2, "a writer waits no longer than before"
    other.rollback()
    log.close()
