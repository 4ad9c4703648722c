import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from data_contracts.tables import Decision
from sparkwright.errors import ConfigError, DecisionLogError
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.group_commit import Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def decision(number: int, decided_at: datetime = NOON) -> Decision:
    return Decision(
        decision_id=f"d{number}",
        workload_id="w",
        decided_at=decided_at,
        release_version="1",
        forecaster_version="2",
        request_json="{}",
        forecast_json="null",
        allocation_json='{"spark.executor.memory": "1024m"}',
        cold=True,
        trial=False,
        extrapolated=False,
        reported_app_id=None,
        reported_exit_code=None,
    )


@pytest.fixture
def log(tmp_path):
    log = DecisionLog(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield log
    log.close()


def test_a_decision_is_read_back_as_it_was_written(log):
    written = decision(1, datetime(2026, 3, 1, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1))))
    log.write(written)
    assert log.read_since() == [written]


def test_decisions_come_oldest_first_from_the_moment_asked_for(log):
    for number in (3, 1, 2):
        log.write(decision(number, NOON + timedelta(hours=number)))
    assert [d.decision_id for d in log.read_since()] == ["d1", "d2", "d3"]
    assert [d.decision_id for d in log.read_since(NOON + timedelta(hours=2))] == ["d2", "d3"]


def test_a_report_is_kept_and_repeating_it_changes_nothing(log):
    log.write(decision(1))
    for _ in range(2):
        assert log.report("d1", "app-1", 137)
    # A later report that knows less takes nothing away.
    assert log.report("d1", None, None)
    (found,) = log.read_since()
    assert (found.reported_app_id, found.reported_exit_code) == ("app-1", 137)


@pytest.mark.parametrize("exit_code", [0, None])
def test_a_report_about_an_unknown_decision_says_so_and_writes_nothing(log, exit_code):
    assert not log.report("nobody", None, exit_code)
    assert log.count() == 0


def test_the_same_decision_is_not_written_twice(log):
    log.write(decision(1))
    with pytest.raises(DecisionLogError, match="UNIQUE"):
        log.write(decision(1))
    assert log.count() == 1


def test_many_writers_that_open_a_new_log_at_once_all_get_through(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"

    def write_ten(writer: int) -> None:
        log = DecisionLog(url)
        for number in range(10):
            log.write(decision(writer * 10 + number))
        log.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_ten, range(8)))
    assert DecisionLog(url).count() == 80


def test_opening_a_new_log_at_the_very_same_moment_is_no_error(tmp_path):
    def open_it(url: str) -> None:
        log = DecisionLog(url)
        log.count()
        log.close()

    with ThreadPoolExecutor(8) as pool:
        for number in range(60):
            list(pool.map(open_it, [f"sqlite:///{tmp_path / f'{number}.db'}"] * 8))


def test_a_writer_that_holds_the_log_makes_the_write_fail_and_the_next_one_succeeds(log, tmp_path):
    log.write(decision(1))
    other = sqlite3.connect(tmp_path / "decisions.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DecisionLogError, match="locked"):
        log.write(decision(2))
    other.rollback()
    log.write(decision(3))
    assert log.count() == 2


def test_a_check_leaves_nothing_behind_and_fails_where_a_write_would(log, tmp_path):
    log.write(decision(1))
    log.check()
    assert log.count() == 1
    with sqlite3.connect(tmp_path / "decisions.db") as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'no space'); END")
    with pytest.raises(DecisionLogError, match="no space"):
        log.check()


def test_a_log_whose_file_was_taken_away_is_made_anew(log, tmp_path):
    log.write(decision(1))
    log.close()
    for file in tmp_path.glob("decisions.db*"):
        file.unlink()
    with pytest.raises(DecisionLogError):
        log.write(decision(2))
    log.write(decision(3))
    assert [d.decision_id for d in log.read_since()] == ["d3"]


def test_a_url_without_a_driver_is_an_error_that_names_the_setting():
    with pytest.raises(ConfigError, match="SPARKWRIGHT_DECISION_LOG_URL"):
        DecisionLog("nosuchdb://host/name")
    with pytest.raises(ConfigError, match="SPARKWRIGHT_DECISION_LOG_URL"):
        DecisionLog("no url")


@pytest.mark.parametrize("url", ["mysql://host/name", "mssql+pyodbc://host/name", "oracle://host/name"])
def test_a_database_that_cannot_hold_the_log_is_refused_when_it_is_opened(url):
    with pytest.raises(ConfigError, match="SPARKWRIGHT_DECISION_LOG_URL: expected SQLite or PostgreSQL"):
        DecisionLog(url)


def test_a_file_that_is_named_by_a_uri_is_refused_with_the_way_to_name_it(tmp_path):
    with pytest.raises(ConfigError, match="SPARKWRIGHT_DECISION_LOG_URL: expected sqlite:////folder/decisions"):
        DecisionLog(f"sqlite:///file:{tmp_path}/decisions.db?mode=rwc&uri=true")


def test_what_is_written_by_a_link_is_on_the_disk_when_the_write_returns(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    (tmp_path / "decisions.db").symlink_to(tmp_path / "disk" / "decisions.db")
    synced = []
    fdatasync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: synced.append(os.fstat(file).st_ino) or fdatasync(file))
    log = DecisionLog(f"sqlite:///{tmp_path / 'decisions.db'}")
    log.write(decision(1))
    assert synced == [(tmp_path / "disk" / "decisions.db-wal").stat().st_ino]
    log.close()


def test_a_log_in_a_folder_that_does_not_exist_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(DecisionLogError, match=r"no/such/folder/x\.db"):
        DecisionLog(f"sqlite:///{tmp_path}/no/such/folder/x.db").count()


def test_trials_are_counted_of_the_workload_and_of_today(log):
    def tried(number: int, hours: int, queue: str, workload: str = "w", *, trial: bool = True) -> None:
        made = decision(number, NOON + timedelta(hours=hours))
        told = {"trial": trial, "workload_id": workload, "request_json": f'{{"queue": "{queue}"}}'}
        log.write(made.model_copy(update=told))

    assert log.trial_counts("w", "etl", NOON) == (0, 0, None, 0, 0)
    tried(1, -13, "etl")
    tried(2, -11, "etl")
    tried(3, -1, "adhoc")
    tried(4, -1, "etl", "other")
    tried(5, -1, "etl", trial=False)
    assert log.trial_counts("w", "etl", NOON) == (4, 3, NOON - timedelta(hours=1), 3, 2)
    assert log.trial_counts("other", "", NOON) == (1, 1, NOON - timedelta(hours=1), 3, 0)
    assert log.trial_counts("w", "etl", NOON + timedelta(days=1)).fleet_trials_today == 0


def test_an_attempt_of_a_launch_has_one_decision_however_often_it_is_written(log):
    def write(number):
        log.write(decision(number).model_copy(update={"launch_id": "l1", "attempt": 1 + number % 2}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    assert log.count() == 2
    for attempt in (1, 2):
        found = log.of_launch("w", "l1", attempt)
        assert found is not None
        assert found.attempt == attempt
    assert log.of_launch("w", "l1", 3) is log.of_launch("another", "l1", 1) is None


def test_decisions_for_no_launch_do_not_stand_in_each_others_way(log):
    for number in range(3):
        log.write(decision(number))
    assert log.count() == 3


def test_a_group_is_written_with_one_commit_and_a_bad_one_spoils_no_other(log, monkeypatch):
    commits = []
    sa.event.listen(log._engine, "commit", commits.append)
    log.count()
    before = len(commits)
    assert [one.decision for one in log.write_all([Entry(decision(number)) for number in range(50)])] == [
        decision(number) for number in range(50)
    ]
    assert len(commits) == before + 1
    bad = decision(51).model_copy(update={"request_json": "\ud800"})
    first, second, third = log.write_all([Entry(decision(50)), Entry(bad), Entry(decision(52))])
    assert first.decision and third.decision
    assert second.error
    assert log.count() == 52
    [again] = log.write_all([Entry(decision(1))])
    assert "UNIQUE" in str(again.error)


def test_a_launch_that_asks_twice_in_a_group_or_later_is_told_the_first_decision(log):
    one, two, three = (
        decision(n).model_copy(update={"launch_id": "launch", "recommendation_json": "{}"}) for n in "123"
    )
    assert [w.decision for w in log.write_all([Entry(one), Entry(two)])] == [one, one]
    assert [w.decision for w in log.write_all([Entry(three)])] == [one]
    assert log.count() == 1


def test_of_many_that_try_at_once_the_budget_lets_one_through(tmp_path):
    """The log is the shared truth: what two processes found before they decided may not hold any more."""
    url = f"sqlite:///{tmp_path / 'decisions.db'}"

    def try_it(number: int) -> bool:
        log = DecisionLog(url)
        entry = Entry(
            decision(number).model_copy(update={"trial": True, "workload_id": f"w{number % 3}"}),
            lambda counts: "spent" if counts.fleet_trials_today >= 2 or counts.last_trial_at else "",
        )
        [written] = log.write_all([entry])
        log.close()
        assert (written.decision is None) == (written.no_trial == "spent")
        return written.decision is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(16))) == 2
    assert {one.workload_id for one in DecisionLog(url).read_since()} < {"w0", "w1", "w2"}


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_check_tells_of_a_full_disk_before_a_decision_is_lost(tmp_path):
    program = (
        "import resource, sys\n"
        "from sparkwright.errors import DecisionLogError\n"
        "from sparkwright.feedback.decision_log import DecisionLog\n"
        "log = DecisionLog(sys.argv[1])\n"
        "log.check()\n"
        "assert log.count() == 0\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    log.check()\n"
        "except DecisionLogError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'decisions.db'}"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "decisions.db" in ran.stdout
