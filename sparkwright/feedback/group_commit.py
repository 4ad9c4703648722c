"""Group commit: decisions that arrive during one commit share the cost of the next.

The log is the truth that all processes share, so invariants across processes are enforced here, in the transaction: a
launch has one decision per attempt, and a trial is only written if the budgets still allow it.
"""

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from data_contracts.tables import Decision
from sparkwright.errors import DecisionLogError
from sparkwright.feedback.decision_table import DECISION_COLUMNS, DECISIONS, changed_now
from sparkwright.feedback.trial_counts import TrialCounts, count_trials

_TRIAL_LOCK_KEY = 0x5452494C  # any number that no other program on the database locks
_LAUNCH = ("workload_id", "launch_id", "attempt")
_INSERTS = {
    # Built once: SQLAlchemy finds what it compiled before by the statement, and a new one costs 40 us.
    name: insert(DECISIONS).on_conflict_do_nothing(index_elements=_LAUNCH)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


class Entry(NamedTuple):
    """A decision to write.

    Attributes:
        decision: The row.
        why_no_trial: Called for a trial: says which budget is spent; empty if the trial may be written.
    """

    decision: Decision
    why_no_trial: Callable[[TrialCounts], str] = lambda counts: ""


class Written(NamedTuple):
    """The result of writing an entry.

    Attributes:
        decision: The decision in the log: the entry's own, or an earlier one of its launch. None if not written.
        no_trial: Why the trial is not allowed; nothing was written then.
        error: Why it could not be written.
    """

    decision: Decision | None = None
    no_trial: str = ""
    error: DecisionLogError | None = None


def write_group(connection: sa.Connection, entries: Sequence[Entry]) -> list[Written]:
    """Write decisions in the transaction of ``connection``, which on SQLite must hold the write lock.

    Args:
        connection: To the decision log.
        entries: In the order in which they count against the budgets.

    Returns:
        The result of each, in order; valid once the transaction is committed.
    """
    statement = _INSERTS[connection.dialect.name]
    if connection.dialect.name == "postgresql" and any(entry.decision.trial for entry in entries):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TRIAL_LOCK_KEY)))
    written: list[Written] = []
    rows: list[dict[str, object]] = []
    for decision, why_no_trial in entries:
        if decision.trial:
            if rows:  # earlier entries count
                connection.execute(statement, rows)
                rows = []
            queue = json.loads(decision.request_json or "{}").get("queue", "")
            counts = count_trials(connection, decision.workload_id, queue, decision.decided_at)
            if why := why_no_trial(counts):
                written.append(Written(no_trial=why))
                continue
        rows.append(decision.model_dump() | changed_now())
        written.append(Written(decision))
    if rows:
        connection.execute(statement, rows)
    return _as_launches_were_given(connection, written)


def _as_launches_were_given(connection: sa.Connection, written: list[Written]) -> list[Written]:
    of_launches = [one.decision for one in written if one.decision is not None and one.decision.launch_id is not None]
    if not of_launches:
        return written
    query = sa.select(*DECISION_COLUMNS).where(
        DECISIONS.c.workload_id.in_({one.workload_id for one in of_launches}),
        DECISIONS.c.launch_id.in_({one.launch_id for one in of_launches}),
    )
    found = [Decision.model_validate(dict(row)) for row in connection.execute(query).mappings()]
    given = {_launch(one): one for one in found}
    return [one if one.decision is None else Written(given.get(_launch(one.decision), one.decision)) for one in written]


def _launch(decision: Decision) -> tuple[str, str | None, int]:
    return decision.workload_id, decision.launch_id, decision.attempt
