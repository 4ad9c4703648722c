"""Diagnoses that were asked for, in a file of the home that all workers share; for its owner only.

A job belongs to whoever runs it: a worker takes one and says twice a second that it is still at it; who finds one that
nobody says so of puts it back. So a job outlives the client, the worker and the service; it is begun anew then.
"""

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from data_contracts.api.diagnosis import Diagnosis
from data_contracts.api.diagnosis_job import DiagnosisJob, DiagnosisJobRequest, ReadProgress
from data_contracts.api.problem import Problem
from serving.gateway.problems import problem_of
from sparkwright.access.caller import Caller
from sparkwright.errors import ServiceError, reason

MAX_OPEN, MAX_OPEN_OF_TEAM = 64, 8
"""Jobs that wait or run: in all, and of one team."""
MAX_RUNNING = 2
"""Of all workers together: each may hold a core."""
STALE_S = 15.0
"""A job that nobody said to be at for so long was left behind."""
MAX_TRIES = 2
KEPT_S = 24 * 3600.0
MAX_KEPT = 500

_VERSION = 1
_TABLE = """
CREATE TABLE jobs (
  diagnosis_id TEXT PRIMARY KEY, owner TEXT NOT NULL, caller_json TEXT NOT NULL, request_json TEXT,
  status TEXT NOT NULL, created_s REAL NOT NULL, started_s REAL, ended_s REAL, beat_s REAL, runner TEXT,
  tries INTEGER NOT NULL DEFAULT 0, read_bytes INTEGER, total_bytes INTEGER, diagnosis_json TEXT, problem_json TEXT
)
"""
_OPEN = "status IN ('queued', 'running')"


class JobsError(ServiceError):
    """The file of the jobs cannot be used."""


class TooManyJobsError(ServiceError):
    """There is no place for another job.

    Attributes:
        is_team: Whether the team has too many; otherwise the service.
    """

    def __init__(self, message: str, *, is_team: bool) -> None:
        super().__init__(message)
        self.is_team = is_team


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job that this process has to do.

    Attributes:
        runner: Shows that it is still ours.
    """

    diagnosis_id: str
    runner: str
    request: DiagnosisJobRequest
    caller: Caller


class DiagnosisStore:
    """The jobs of a home; any thread and any process may use one.

    Args:
        path: Where they are kept; made with the first job.

    Every method raises :class:`JobsError` where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists():
            path.chmod(0o600)  # a copied home may have lost it

    def add(self, request: DiagnosisJobRequest, caller: Caller) -> DiagnosisJob:
        """A new job.

        Raises:
            TooManyJobsError: There is no place for it.
        """
        now_s, diagnosis_id = time.time(), secrets.token_hex(16)
        with self._writing() as db:
            _forget_old(db, now_s)
            owner = _owner(caller)
            [of_all, of_team] = db.execute(
                f"SELECT count(*), count(*) FILTER (WHERE owner = ?) FROM jobs WHERE {_OPEN}", (owner,)
            ).fetchone()
            if of_team >= MAX_OPEN_OF_TEAM:
                raise TooManyJobsError(f"{MAX_OPEN_OF_TEAM} diagnoses of yours are open: wait for one", is_team=True)
            if of_all >= MAX_OPEN:
                raise TooManyJobsError(f"{MAX_OPEN} diagnoses are open already: ask again", is_team=False)
            told = asdict(caller) | {"scopes": sorted(caller.scopes)}
            db.execute(
                "INSERT INTO jobs (diagnosis_id, owner, caller_json, request_json, status, created_s) "
                "VALUES (?, ?, ?, ?, 'queued', ?)",
                (diagnosis_id, owner, json.dumps(told), request.model_dump_json(), now_s),
            )
            return _job(_row(db, diagnosis_id))

    def find(self, diagnosis_id: str, caller: Caller) -> DiagnosisJob | None:
        """A job of the caller's; None where there is none."""
        if not self._path.exists():
            return None
        with self._open() as db:
            row = _row(db, diagnosis_id)
        return _job(row) if row is not None and _is_of(row, caller) else None

    def remove(self, diagnosis_id: str, caller: Caller) -> DiagnosisJob | None:
        """Take a job of the caller's out, as it was; whoever is at it finds out and stops."""
        if not self._path.exists():
            return None
        with self._writing() as db:
            row = _row(db, diagnosis_id)
            if row is None or not _is_of(row, caller):
                return None
            db.execute("DELETE FROM jobs WHERE diagnosis_id = ?", (diagnosis_id,))
        return _job(row)

    def take(self) -> TakenJob | None:
        """The job to do next: of whoever has the fewest running, the oldest; None where there is none to do."""
        if not self._path.exists():
            return None
        now_s = time.time()
        with self._open() as db:  # without the lock of writers, which a decision log on the same disk may wait for
            if not db.execute(f"SELECT 1 FROM jobs WHERE {_OPEN} LIMIT 1").fetchone():
                return None
        with self._writing() as db:
            _put_back_left(db, now_s)
            [running] = db.execute("SELECT count(*) FROM jobs WHERE status = 'running'").fetchone()
            if running >= MAX_RUNNING:
                return None
            row = db.execute(
                "SELECT * FROM jobs WHERE status = 'queued' ORDER BY "
                "(SELECT count(*) FROM jobs AS other WHERE other.owner = jobs.owner AND other.status = 'running'), "
                "created_s LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            runner = f"{os.getpid()}-{secrets.token_hex(8)}"
            db.execute(
                "UPDATE jobs SET status = 'running', runner = ?, started_s = ?, beat_s = ?, tries = tries + 1, "
                "read_bytes = NULL, total_bytes = NULL WHERE diagnosis_id = ?",
                (runner, now_s, now_s, row["diagnosis_id"]),
            )
        told = json.loads(row["caller_json"])
        caller = Caller(
            told["key_id"],
            told["team"],
            frozenset(told["scopes"]),
            tuple(told["queues"]),
            tuple(told["workloads"]),
        )
        request = DiagnosisJobRequest.model_validate_json(row["request_json"])
        return TakenJob(row["diagnosis_id"], runner, request, caller)

    def beat(self, job: TakenJob, progress: ReadProgress | None) -> bool:
        """Say that a job is still worked on; False where it is no longer ours, because it was removed or put back."""
        read_bytes, total_bytes = (progress.read_bytes, progress.total_bytes) if progress else (None, None)
        return self._change(job, "beat_s = ?, read_bytes = ?, total_bytes = ?", (time.time(), read_bytes, total_bytes))

    def succeed(self, job: TakenJob, diagnosis: Diagnosis) -> None:
        """Keep what came of a job, where it is still ours."""
        self._end(job, "succeeded", diagnosis_json=diagnosis.model_dump_json())

    def fail(self, job: TakenJob, problem: Problem) -> None:
        """Keep why nothing came of a job, where it is still ours."""
        self._end(job, "failed", problem_json=problem.model_dump_json())

    def give_back(self, job: TakenJob) -> None:
        """Let somebody else begin it anew: this process ends, which is not the job's fault."""
        self._change(job, "status = 'queued', runner = NULL, tries = tries - 1", ())

    def _end(self, job: TakenJob, status: str, *, diagnosis_json: str = "", problem_json: str = "") -> None:
        # What was asked is not needed any more, and may hold what a log said.
        self._change(
            job,
            "status = ?, ended_s = ?, runner = NULL, request_json = NULL, diagnosis_json = ?, problem_json = ?",
            (status, time.time(), diagnosis_json or None, problem_json or None),
        )

    def _change(self, job: TakenJob, what: str, values: tuple[object, ...]) -> bool:
        with self._writing() as db:
            changed = db.execute(
                f"UPDATE jobs SET {what} WHERE diagnosis_id = ? AND runner = ?",
                (*values, job.diagnosis_id, job.runner),
            )
            return changed.rowcount > 0

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                # Before SQLite opens it: its own files beside it get the same mode.
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            db = sqlite3.connect(self._path, timeout=5.0, isolation_level=None)
            try:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA journal_mode = WAL")
                _make_table(db)
                yield db
            finally:
                db.close()
        except (sqlite3.Error, OSError) as error:
            raise JobsError(f"expected to keep diagnoses in {self._path.name} of the home: {reason(error)}") from error


def _make_table(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        db.execute("DROP TABLE IF EXISTS jobs")  # another version's; nobody needs them for long
        db.execute(_TABLE)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.commit()


def _forget_old(db: sqlite3.Connection, now_s: float) -> None:
    db.execute(f"DELETE FROM jobs WHERE NOT {_OPEN} AND ended_s < ?", (now_s - KEPT_S,))
    db.execute(
        "DELETE FROM jobs WHERE diagnosis_id IN "
        f"(SELECT diagnosis_id FROM jobs WHERE NOT {_OPEN} ORDER BY ended_s DESC LIMIT -1 OFFSET ?)",
        (MAX_KEPT - 1,),
    )


def _put_back_left(db: sqlite3.Connection, now_s: float) -> None:
    left = "status = 'running' AND beat_s < ?"
    problem = problem_of(500, f"the process that worked on it ended, {MAX_TRIES} times: is the log too large?")
    db.execute(
        f"UPDATE jobs SET status = 'failed', ended_s = ?, runner = NULL, request_json = NULL, problem_json = ? "
        f"WHERE {left} AND tries >= ?",
        (now_s, problem.model_dump_json(), now_s - STALE_S, MAX_TRIES),
    )
    db.execute(f"UPDATE jobs SET status = 'queued', runner = NULL WHERE {left}", (now_s - STALE_S,))


def _row(db: sqlite3.Connection, diagnosis_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM jobs WHERE diagnosis_id = ?", (diagnosis_id,)).fetchone()
    return row


def _owner(caller: Caller) -> str:
    """Who may see a job: keys of one team that see different workloads see different jobs."""
    return json.dumps([caller.team, sorted(caller.queues), sorted(caller.workloads)])


def _is_of(row: sqlite3.Row, caller: Caller) -> bool:
    return row["owner"] == _owner(caller) or (caller.may("admin") and not caller.is_limited)


def _job(row: sqlite3.Row | None) -> DiagnosisJob:
    assert row is not None
    total_bytes = row["total_bytes"]
    return DiagnosisJob(
        diagnosis_id=row["diagnosis_id"],
        status=row["status"],
        created_at=_moment(row["created_s"]),
        started_at=None if row["started_s"] is None else _moment(row["started_s"]),
        ended_at=None if row["ended_s"] is None else _moment(row["ended_s"]),
        progress=None if total_bytes is None else ReadProgress(read_bytes=row["read_bytes"], total_bytes=total_bytes),
        diagnosis=Diagnosis.model_validate_json(row["diagnosis_json"]) if row["diagnosis_json"] else None,
        problem=Problem.model_validate_json(row["problem_json"]) if row["problem_json"] else None,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
