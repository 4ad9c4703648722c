"""Count trials in the decision log."""

import json
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from sparkwright.feedback.decision_table import DECISIONS


class TrialCounts(NamedTuple):
    """Trials so far.

    Attributes:
        attempts: Decisions about the workload.
        trials: Those that were trials.
        last_trial_at: When the last trial was decided; None if there was none.
        fleet_trials_today: Trials of all workloads since midnight UTC.
        queue_trials_today: Those in the queue.
    """

    attempts: int
    trials: int
    last_trial_at: datetime | None
    fleet_trials_today: int
    queue_trials_today: int


def count_trials(connection: sa.Connection, workload_id: str, queue: str, at: datetime) -> TrialCounts:
    """Return the trials of a workload, and today's in its queue and in the fleet.

    Args:
        connection: To the decision log.
        workload_id: The workload.
        queue: The queue.
        at: A moment of today, which is its UTC day.
    """
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tried = DECISIONS.c.trial.is_(True)
    of_workload = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(sa.case((tried, 1), else_=0)), 0),
        sa.func.max(sa.case((tried, DECISIONS.c.decided_at)), type_=DECISIONS.c.decided_at.type),
    ).where(DECISIONS.c.workload_id == workload_id)
    of_today = sa.select(DECISIONS.c.request_json).where(DECISIONS.c.decided_at >= midnight, tried)
    attempts, trials, last = connection.execute(of_workload).one()
    queues = [json.loads(text or "{}").get("queue", "") for (text,) in connection.execute(of_today)]
    return TrialCounts(int(attempts), int(trials), last, len(queues), queues.count(queue))
