"""Jobs in a file that several processes share."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from data_contracts.api.diagnosis import Diagnosis, Remediation
from data_contracts.api.diagnosis_job import DiagnosisJobRequest, ReadProgress
from serving.diagnosis_jobs import store as diagnosis_store
from serving.diagnosis_jobs.store import DiagnosisStore, JobsError, TooManyJobsError
from serving.gateway.problems import problem_of
from sparkwright.access.caller import NOBODY, Caller

RED = Caller("1", "red", frozenset({"reader"}), ("red-",))
RED_ALL = Caller("2", "red", frozenset({"reader"}))
BLUE = Caller("3", "blue", frozenset({"reader"}), ("blue-",))
ADMIN = Caller("4", "ops", frozenset({"admin"}))
ASKED = DiagnosisJobRequest(app_id="app-1")
FOUND = Diagnosis(
    root_cause="none", title="t", explanation="e", evidence=[], remediation=Remediation(text=""), answered_by="rules"
)


@pytest.fixture
def store(tmp_path):
    return DiagnosisStore(tmp_path / "jobs.db")


def test_a_job_is_seen_by_its_team_and_by_an_admin_only(store):
    job = store.add(ASKED, RED)
    assert (job.status, job.progress, job.diagnosis) == ("queued", None, None)
    for stranger in (BLUE, RED_ALL):
        assert store.find(job.diagnosis_id, stranger) is None
        assert store.remove(job.diagnosis_id, stranger) is None
    assert store.find(job.diagnosis_id, ADMIN) == store.find(job.diagnosis_id, RED) == job
    assert store.find(job.diagnosis_id[:-1], RED) is None
    assert store.remove(job.diagnosis_id, RED) == job
    assert store.find(job.diagnosis_id, RED) is None


def test_a_job_is_taken_once_and_ends_with_its_diagnosis(store):
    job = store.add(ASKED, RED)
    taken = store.take()
    assert (taken.diagnosis_id, taken.request, taken.caller) == (job.diagnosis_id, ASKED, RED)
    assert store.take() is None
    assert store.beat(taken, ReadProgress(read_bytes=3, total_bytes=9))
    running = store.find(job.diagnosis_id, RED)
    assert (running.status, running.progress) == ("running", ReadProgress(read_bytes=3, total_bytes=9))
    assert running.started_at >= running.created_at
    store.succeed(taken, FOUND)
    ended = store.find(job.diagnosis_id, RED)
    assert (ended.status, ended.diagnosis, ended.problem) == ("succeeded", FOUND, None)
    assert not store.beat(taken, None)


def test_a_removed_job_is_no_longer_anybodys(store):
    job = store.add(ASKED, RED)
    taken = store.take()
    store.remove(job.diagnosis_id, RED)
    assert not store.beat(taken, None)
    store.fail(taken, problem_of(500, "too late"))
    assert store.find(job.diagnosis_id, RED) is None


def test_a_job_that_was_left_behind_is_begun_again_once_and_its_first_runner_finds_out(store, monkeypatch):
    job = store.add(ASKED, RED)
    first = store.take()
    monkeypatch.setattr(diagnosis_store, "STALE_S", -1.0)
    second = store.take()
    assert second.diagnosis_id == job.diagnosis_id
    assert second.runner != first.runner
    assert not store.beat(first, None)
    store.succeed(first, FOUND)
    assert store.find(job.diagnosis_id, RED).status == "running"
    assert store.take() is None
    failed = store.find(job.diagnosis_id, RED)
    assert (failed.status, failed.problem.status) == ("failed", 500)


def test_a_job_that_was_given_back_counts_as_never_begun(store):
    store.add(ASKED, RED)
    for _ in range(5):
        store.give_back(store.take())
    assert store.take() is not None


def test_no_more_run_than_may_and_no_team_keeps_another_from_its_turn(store):
    for _ in range(3):
        store.add(ASKED, RED)
    blue = store.add(ASKED, BLUE)
    first, second = store.take(), store.take()
    assert (first.caller, second.diagnosis_id) == (RED, blue.diagnosis_id)
    assert store.take() is None
    store.succeed(first, FOUND)
    assert store.take().caller == RED


def test_a_team_and_a_service_have_only_so_many(store, monkeypatch):
    monkeypatch.setattr(diagnosis_store, "MAX_OPEN", diagnosis_store.MAX_OPEN_OF_TEAM + 1)
    for _ in range(diagnosis_store.MAX_OPEN_OF_TEAM):
        store.add(ASKED, RED)
    with pytest.raises(TooManyJobsError) as told:
        store.add(ASKED, RED)
    assert told.value.is_team
    store.add(ASKED, BLUE)
    with pytest.raises(TooManyJobsError) as told:
        store.add(ASKED, BLUE)
    assert not told.value.is_team


def test_what_ended_is_forgotten_by_age_and_by_number(store, monkeypatch):
    monkeypatch.setattr(diagnosis_store, "MAX_KEPT", 2)
    ids = []
    for _ in range(4):
        ids.append(store.add(ASKED, RED).diagnosis_id)
        store.succeed(store.take(), FOUND)
    assert [store.find(one, RED) is not None for one in ids] == [False, False, True, True]
    monkeypatch.setattr(diagnosis_store, "KEPT_S", -1.0)
    last = store.add(ASKED, RED)
    assert [store.find(one, RED) for one in ids] == [None] * 4
    assert store.find(last.diagnosis_id, RED) is not None


def test_the_file_is_its_owners_and_holds_no_question_that_was_answered(store, tmp_path):
    before = os.umask(0)
    try:
        store.add(DiagnosisJobRequest(app_id="app-very-own"), NOBODY)
        store.succeed(store.take(), FOUND)
        with store._open() as db:  # SQLite's files beside it are there while it is open only
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
            [kept] = db.execute("SELECT request_json FROM jobs").fetchone()
    finally:
        os.umask(before)
    assert len(modes) > 1
    assert set(modes.values()) == {0o600}
    assert kept is None
    (tmp_path / "jobs.db").chmod(0o644)
    DiagnosisStore(tmp_path / "jobs.db")
    assert stat.S_IMODE((tmp_path / "jobs.db").stat().st_mode) == 0o600


def test_processes_and_threads_take_each_job_once(store, tmp_path, monkeypatch):
    monkeypatch.setattr(diagnosis_store, "MAX_RUNNING", 100)
    for number in range(6):
        store.add(ASKED, Caller(str(number), str(number), frozenset()))
    program = (
        "import sys; from pathlib import Path; from serving.diagnosis_jobs import store as s; s.MAX_RUNNING = 100\n"
        "store = s.DiagnosisStore(Path(sys.argv[1]))\n"
        "while (job := store.take()) is not None: print(job.diagnosis_id)"
    )
    words = [sys.executable, "-c", program, tmp_path / "jobs.db"]
    other = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    here = []

    def take():
        while (job := store.take()) is not None:
            here.append(job.diagnosis_id)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = other.communicate(timeout=60)[0].split()
    assert len(here + there) == len(set(here + there)) == 6


def test_another_versions_file_is_begun_anew_and_a_broken_one_is_told(store, tmp_path):
    job = store.add(ASKED, RED)
    with store._open() as db:
        db.execute("PRAGMA user_version = 99")
    assert store.find(job.diagnosis_id, RED) is None
    (tmp_path / "broken.db").write_bytes(b"no database at all, but long enough to be read as one" * 100)
    with pytest.raises(JobsError, match=r"broken\.db"):
        DiagnosisStore(tmp_path / "broken.db").add(ASKED, RED)
