"""Trials and their budgets: asked of the decision log before a decision that may be one, and again as it is written."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sparkwright.advisor.core import ForecastRequest
from sparkwright.advisor.trials import why_no_trial
from sparkwright.errors import SparkwrightError, reason
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.feedback.trial_counts import TrialCounts
from sparkwright.settings import Settings

_READERS = 4
"""Several, for a log on another machine: they wait for the network."""


class TrialGate:
    """Says of each request whether it may become a trial.

    What is found before a decision is made may not hold any more when it is written: another process decides, too. So
    :meth:`budget` is asked once more in the transaction that writes a trial, and the log's word is the last.

    Args:
        log: Holds every trial so far.
        where: Whether there are trials at all, and how many a day.
    """

    def __init__(self, log: DecisionLog, where: Settings) -> None:
        self._log = log
        self._where = where
        # Of its own: neither readers of a lake that hangs nor commits may keep a request from being informed.
        self._readers = ThreadPoolExecutor(_READERS, "trial-counts")

    async def informed(self, asked: ForecastRequest) -> ForecastRequest:
        """The request with what it has to know; without trials the log is not asked."""
        if not self._where.allow_trials:
            return asked
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._informed, asked)

    def stop(self) -> None:
        """Let what is being read be read."""
        self._readers.shutdown()

    def budget(self, asked: ForecastRequest) -> Callable[[TrialCounts], str]:
        """Which budget is spent where the request became a trial, by what the log counts; empty where none is.

        Args:
            asked: As it was informed: a trial that was made since is under way.
        """

        def why(counts: TrialCounts) -> str:
            if counts.last_trial_at != asked.last_trial_at:
                return "no trial: another one of the workload was decided at the same time"
            return self._why(counts)

        return why

    def _informed(self, asked: ForecastRequest) -> ForecastRequest:
        try:
            counts = self._log.trial_counts(asked.workload_id, asked.request.queue, asked.at)
        except SparkwrightError as error:
            return asked.model_copy(update={"no_trial": f"no trial: {reason(error)}"})
        return asked.model_copy(update={"no_trial": self._why(counts), "last_trial_at": counts.last_trial_at})

    def _why(self, counts: TrialCounts) -> str:
        return why_no_trial(counts, self._where.trials_per_day, self._where.queue_trials_per_day)
