"""Watch the decision log, also while nobody asks: launchers fail open, so nobody else would notice that it broke."""

import asyncio
import logging

from serving.service_metrics import DECISION_LOG_USABLE
from sparkwright.errors import DecisionLogError
from sparkwright.feedback.decision_log import DecisionLog

_EVERY_S = 30.0

logger = logging.getLogger("bentoml.sparkwright")


async def watch(log: DecisionLog) -> None:
    """Keep the gauge ``sparkwright_decision_log_usable`` and log each change, until cancelled."""
    was_usable = True
    while True:
        try:
            await asyncio.to_thread(log.check)
        except DecisionLogError as error:
            usable = False
            if was_usable:
                logger.error("no recommendation can be answered: %s", error)
        else:
            usable = True
            if not was_usable:
                logger.warning("the decision log can be written again")
        DECISION_LOG_USABLE.set(usable)
        was_usable = usable
        await asyncio.sleep(_EVERY_S)
