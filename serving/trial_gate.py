"""Trials in turn: what the decision log says of earlier ones is asked before a decision that may be one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from sparkwright.advisor.core import ForecastRequest
from sparkwright.advisor.trials import why_no_trial
from sparkwright.errors import SparkwrightError, reason
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.settings import Settings


class TrialGate:
    """Says of each request whether it may become a trial.

    Args:
        log: Holds every trial so far.
        where: Whether there are trials at all, and how many a day.
    """

    def __init__(self, log: DecisionLog, where: Settings) -> None:
        self._log = log
        self._where = where
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, asked: ForecastRequest) -> AsyncIterator[ForecastRequest]:
        """The request with what it has to know, until its decision is in the log.

        Where trials are allowed, requests of one workload are decided one after the other: two at once would both find
        that no trial is under way. The budgets of queue and fleet may be exceeded by what is decided at the same time.
        """
        if not self._where.allow_trials:
            yield asked
            return
        async with self._turns.setdefault(asked.workload_id, asyncio.Lock()):
            yield await asyncio.to_thread(self._informed, asked)

    def _informed(self, asked: ForecastRequest) -> ForecastRequest:
        try:
            counts = self._log.trial_counts(asked.workload_id, asked.request.queue, asked.at)
        except SparkwrightError as error:
            return asked.model_copy(update={"no_trial": f"no trial: {reason(error)}"})
        why = why_no_trial(counts, self._where.trials_per_day, self._where.queue_trials_per_day)
        return asked.model_copy(update={"no_trial": why, "last_trial_at": counts.last_trial_at})
