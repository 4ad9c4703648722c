"""How often edges were tried, as the decision log counts it."""

import json
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from sparkwright.feedback.decision_table import DECISIONS


class TrialCounts(NamedTuple):
    """What was tried so far.

    Attributes:
        attempts: Decisions about the workload.
        trials: Those of them that were trials.
        last_trial_at: When the last of these was decided; None where there was none.
        fleet_trials_today: Trials of all workloads since midnight, UTC.
        queue_trials_today: Those of them in the queue.
    """

    attempts: int
    trials: int
    last_trial_at: datetime | None
    fleet_trials_today: int
    queue_trials_today: int


def count_trials(connection: sa.Connection, workload_id: str, queue: str, at: datetime) -> TrialCounts:
    """What the log says of a workload, and of today in its queue and in the fleet.

    Args:
        connection: To the decision log.
        workload_id: Of which workload.
        queue: Of which queue.
        at: Today is the day of this moment, UTC.
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
