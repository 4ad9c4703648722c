"""Whether a trial may be made now: budgets of workload, queue and fleet, and one at a time."""

from collections.abc import Iterable
from datetime import datetime

from sparkwright.allocation.past import PastRun
from sparkwright.feedback.trial_counts import TrialCounts

MAX_SHARE, EARLY_ATTEMPTS = 0.15, 100
"""So many of a workload's attempts may be trials. The share of the first hundred may be spent at once: what a trial
teaches is worth most early, and trials that wait for their share fall into runs that could have rested on them."""


def why_no_trial(counts: TrialCounts, per_day: int | None = None, per_queue_and_day: int | None = None) -> str:
    """Which budget is spent; empty where none is.

    Args:
        counts: From the decision log, without the decision to be made.
        per_day: Trials of the fleet, from midnight UTC; None: any number.
        per_queue_and_day: The same of each queue.
    """
    if counts.trials + 1 > MAX_SHARE * max(counts.attempts + 1, EARLY_ATTEMPTS):
        return (
            f"no trial: {counts.trials} of {counts.attempts} attempts were, at most {MAX_SHARE:.0%} may be, of the "
            f"first {EARLY_ATTEMPTS} in any order"
        )
    for made, most, whose in (
        (counts.fleet_trials_today, per_day, "the fleet"),
        (counts.queue_trials_today, per_queue_and_day, "the queue"),
    ):
        if most is not None and made >= most:
            return f"no trial: {whose} had {made} today, at most {most} may be"
    return ""


def why_not_yet(last_trial_at: datetime | None, past: Iterable[PastRun]) -> str:
    """Why another trial has to wait for the one before; empty where it need not.

    Its outcome is there once a run has ended that began after it was decided. A trial whose run never came is over with
    the next run that does.
    """
    if last_trial_at is None or any(run.started_at >= last_trial_at for run in past):
        return ""
    return f"no trial: what became of that of {last_trial_at:%Y-%m-%d %H:%M} UTC is not known yet"
