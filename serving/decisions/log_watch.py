"""Watch the decision log, also while nobody asks: launchers fail open, so nobody else would notice that it broke."""

import asyncio
import logging

from serving.service_metrics import DECISION_LOG_USABLE
from sparkwright.errors import DecisionLogError
from sparkwright.feedback.decision_log import DecisionLog

_EVERY_S, _SOON_S = 5.0, 0.5

logger = logging.getLogger("bentoml.sparkwright")


class LogWatch:
    """Whether the decision log can be written.

    Args:
        log: The log.

    Attributes:
        note: Why it could not be, when that was tried last; empty where it could.
    """

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self.note = ""

    async def keep(self) -> None:
        """Keep the note and the gauge ``sparkwright_decision_log_usable``, and log each change, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._log.check)
            except DecisionLogError as error:
                if not self.note:
                    logger.error("no recommendation can be answered: %s", error)
                self.note = str(error)
            else:
                if self.note:
                    logger.warning("the decision log can be written again")
                self.note = ""
            DECISION_LOG_USABLE.set(not self.note)
            await asyncio.sleep(_SOON_S if self.note else _EVERY_S)
