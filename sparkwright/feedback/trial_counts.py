"""How often edges were tried, as the decision log counts it."""

from datetime import datetime
from typing import NamedTuple


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
