"""Bring the lake's decisions and outcomes up to date with the decision log and the harvested runs.

A join reads what was written since the one before: decisions by the time at which the log's row was written,
runs and applications by Delta's log. It leaves the same tables as joining everything, in whatever order decisions, runs
and applications come, and wherever it is killed: every write may be repeated, and the checkpoint comes last.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.tables import Application, Decision, Outcome, Run
from sparkwright.feedback.checkpoint import FeedbackCheckpoint, alone, load_checkpoint, save_checkpoint, scope_of
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.join import APPLICATION_COLUMNS, RUN_COLUMNS, outcomes
from sparkwright.feedback.log_pages import Page
from sparkwright.lake import Lake
from sparkwright.lake.changes import Changes, TableFollower
from sparkwright.lake.conditions import Filters

OVERLAP = timedelta(hours=2)
"""Read again each time: by how much the clocks of two writers of the log may differ, and a commit may take."""
_APPLICATIONS_PER_QUERY = 10_000
_ADVISED: Filters = [("decision_id", "!=", ""), ("origin", "!=", "simulated")]
"""Runs with a decision: a missing id meets no condition."""


class Joined(NamedTuple):
    """What a join did.

    Attributes:
        decision_count: Decisions read from the log.
        run_count: Advised runs that were joined to their decisions.
        outcome_count: Outcomes written.
        everything: Whether everything was joined, not only what is new.
        kept: Whether the next join can go on from here; if not, the checkpoint could not be written.
    """

    decision_count: int
    run_count: int
    outcome_count: int
    everything: bool
    kept: bool


def join_outcomes(
    log: DecisionLog, log_url: str, lake: Lake, checkpoint: Path, at: datetime, *, full: bool = False
) -> Joined:
    """Join what is new, or everything if there is no checkpoint to go on from.

    Args:
        log: The decision log.
        log_url: Its address.
        lake: Holds runs and applications, and receives decisions and outcomes.
        checkpoint: File that remembers how far the last join came.
        at: Moment at which it begins.
        full: Whether to join everything, whatever the checkpoint says.

    Raises:
        DecisionLogError: The log cannot be read.
        LakeError: The lake cannot be read or written, or another join is running.
    """
    with alone(checkpoint):
        return _join_outcomes(log, log_url, lake, checkpoint, at, full=full)


def _join_outcomes(log: DecisionLog, log_url: str, lake: Lake, checkpoint: Path, at: datetime, *, full: bool) -> Joined:
    before = None if full else load_checkpoint(checkpoint, scope_of(lake, log_url))
    if before is not None and before.written_at > at:
        before = None  # this clock was ahead: what others wrote meanwhile was passed over
    runs = TableFollower(lake, Run, RUN_COLUMNS, before.runs if before else None)
    applications = TableFollower(lake, Application, APPLICATION_COLUMNS, before.applications if before else None)
    join = _Join(log, lake)
    everything = before is None or not join.new(before.written_at - OVERLAP, runs.poll(), applications.poll())
    if everything:
        join.everything(_whole(runs), _whole(applications))
    # A writer whose clock is ahead must not hide what others write until then.
    written_at = min(at, join.written_at or (before.written_at if before else at))
    now = FeedbackCheckpoint(scope_of(lake, log_url), written_at, runs.position, applications.position)
    kept = save_checkpoint(checkpoint, now)
    return Joined(join.decision_count, join.run_count, join.outcome_count, everything, kept)


class _Join:
    """One join: writes to the lake, and counts."""

    def __init__(self, log: DecisionLog, lake: Lake) -> None:
        self._log = log
        self._lake = lake
        self.decision_count = self.run_count = self.outcome_count = 0
        self.written_at: datetime | None = None

    def everything(self, runs: pa.Table | None, applications: pa.Table | None) -> None:
        """Join all decisions to their runs."""
        advised = None if runs is None else runs.filter(_advised())
        for page in self._log.pages():
            self._copy(page)
            if advised is not None and applications is not None:
                ids = pa.array([one.decision_id for one in page.decisions], pa.string())
                self._join(page.decisions, advised.filter(pc.is_in(advised["decision_id"], ids)), applications)

    def new(self, since: datetime, runs: Changes | None, applications: Changes | None) -> bool:
        """Join what is new; return False, having joined nothing, if too much of a table is new for that.

        Args:
            since: When the log's rows were written that are read.
            runs: Changes of runs.
            applications: Changes of applications.
        """
        if any(changes is not None and changes.whole for changes in (runs, applications)):
            return False
        ids: list[str] = []
        for page in self._log.pages(since):
            self._copy(page)
            ids += [one.decision_id for one in page.decisions]
        if not self._lake.exists(Run) or not self._lake.exists(Application):
            return True
        app_ids = self._carrying(ids)
        if runs is not None:
            app_ids |= _app_ids(runs.added.filter(_advised()))
        if applications is not None:
            app_ids |= _app_ids(applications.added)
        ordered = sorted(app_ids)  # most ids begin with a time, so that each part lies in few files
        for start in range(0, len(ordered), _APPLICATIONS_PER_QUERY):
            self._join_applications(tuple(ordered[start : start + _APPLICATIONS_PER_QUERY]))
        return True

    def _join_applications(self, app_ids: tuple[str, ...]) -> None:
        runs = self._lake.read(Run, columns=RUN_COLUMNS, filters=[("app_id", "in", app_ids), *_ADVISED])
        if runs.num_rows:
            of_runs: Filters = [("app_id", "in", tuple(_app_ids(runs)))]
            applications = self._lake.read(Application, columns=APPLICATION_COLUMNS, filters=of_runs)
            self._join(self._log.find_all(runs["decision_id"].unique().to_pylist()), runs, applications)

    def _carrying(self, decision_ids: list[str]) -> set[str]:
        """The applications that carry these decisions: their runs may have been harvested first."""
        if not decision_ids:
            return set()
        # One column of all runs is read faster than a query is parsed that names all ids.
        carried = self._lake.read(Run, columns=("app_id", "decision_id"), filters=_ADVISED)
        return _app_ids(carried.filter(pc.is_in(carried["decision_id"], pa.array(decision_ids, pa.string()))))

    def _copy(self, page: Page) -> None:
        self._lake.merge(Decision, page.decisions, constant="decided_at")
        self.decision_count += len(page.decisions)
        self.written_at = max(page.written_at, self.written_at or page.written_at)

    def _join(self, decisions: list[Decision], runs: pa.Table, applications: pa.Table) -> None:
        of_runs = applications.filter(pc.is_in(applications["app_id"], runs["app_id"].combine_chunks()))
        # As stored: the tables were checked when they were validated, and these are not their whole rows.
        made = outcomes(
            decisions,
            [Run.model_construct(**row) for row in runs.to_pylist()],
            [Application.model_construct(**row) for row in of_runs.to_pylist()],
        )
        self._lake.merge(Outcome, made, constant="decided_at")
        self.run_count += runs.num_rows
        self.outcome_count += len(made)


def _whole(follower: TableFollower) -> pa.Table | None:
    """The whole table, and the follower where it ends; None if it was never written."""
    follower.start_over()
    changes = follower.poll()
    return None if changes is None else changes.added


def _advised() -> pc.Expression:
    return pc.field("decision_id").is_valid() & (pc.field("origin") != "simulated")


def _app_ids(rows: pa.Table) -> set[str]:
    return set(rows["app_id"].to_pylist())
