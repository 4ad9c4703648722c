"""A release in shadow: asked what the served one was asked, after that was answered, and only logged.

It gets what time is left: it waits while anybody is waiting for an answer, takes at most a tenth of the time, and what
does not fit into a short queue is dropped and counted.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from serving.service_metrics import SHADOWS
from sparkwright.advisor.allowed import Policy
from sparkwright.advisor.core import ForecastReply, ForecastRequest, unapplied
from sparkwright.errors import reason
from sparkwright.registry.releases import Release

QUEUE_LIMIT = 256
_REST = 9
"""So many times as long as an answer took, nothing is asked."""
_MIN_REST_S = 0.01
_WRITTEN_TOGETHER = 64
_WRITE_WITHIN_S = 1.0

logger = logging.getLogger("bentoml.sparkwright.shadow")


class Shadow:
    """Asks a release beside the one that is served.

    Args:
        prepare: Makes what the answer reads, in another thread: the first time on a workload that may take long.
        answer: Decides on questions, on the event loop.
        write: Keeps answers by decision id, as JSON.
        is_busy: Whether anybody waits for an answer now.
        policy: What may go out.
    """

    def __init__(
        self,
        prepare: Callable[[ForecastRequest], None],
        answer: Callable[[Sequence[ForecastRequest]], list[ForecastReply]],
        write: Callable[[Sequence[tuple[str, str]]], Awaitable[None]],
        is_busy: Callable[[], bool],
        policy: Callable[[], Policy | None] = lambda: None,
    ) -> None:
        self._prepare = prepare
        self._answer = answer
        self._write = write
        self._is_busy = is_busy
        self._policy = policy
        self._waiting: deque[ForecastRequest] = deque()
        self._came = asyncio.Event()

    def offer(self, asked: ForecastRequest, release: Release) -> None:
        """Ask the release the same question when there is time; never waits.

        Args:
            asked: As it was decided on, and is in the log.
            release: In shadow.
        """
        if asked.release_version == release.version:
            return  # it has answered already
        if len(self._waiting) >= QUEUE_LIMIT:
            SHADOWS.labels(result="dropped").inc()
            return
        versions = {"release_version": release.version, "forecaster_version": release.forecaster_version}
        self._waiting.append(asked.model_copy(update=versions))
        self._came.set()

    async def keep(self) -> None:
        """Answer what waits, until cancelled."""
        answered: list[tuple[str, str]] = []
        write_at_s = 0.0
        while True:
            if not self._waiting:
                self._came.clear()
                await self._came_within(max(0.0, write_at_s - time.monotonic()) if answered else None)
            if self._waiting:
                asked = self._waiting.popleft()
                took_s, text = await self._asked(asked)
                if not answered:
                    write_at_s = time.monotonic() + _WRITE_WITHIN_S
                answered += [(asked.decision_id, text)] if text else []
                await asyncio.sleep(max(_MIN_REST_S, _REST * took_s))
            if answered and (len(answered) >= _WRITTEN_TOGETHER or time.monotonic() >= write_at_s):
                await self._keep_answers(answered)
                answered = []

    async def _asked(self, asked: ForecastRequest) -> tuple[float, str]:
        """How long the answer took, and the answer; empty where there is none."""
        took_s = 0.0
        try:
            await self._idle()
            started_s = time.monotonic()
            await asyncio.to_thread(self._prepare, asked)
            took_s = time.monotonic() - started_s
            await self._idle()
            started_s = time.monotonic()
            [reply] = self._answer([asked])
            text = unapplied(asked, reply, self._policy()).model_dump_json()
            return took_s + time.monotonic() - started_s, text
        # Nobody waits for this one, and the next may go well.
        except Exception as error:
            SHADOWS.labels(result="failed").inc()
            logger.warning("The release in shadow has no answer on workload %s: %s", asked.workload_id, reason(error))
            return took_s, ""

    async def _idle(self) -> None:
        while self._is_busy():
            await asyncio.sleep(_MIN_REST_S)

    async def _came_within(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._came.wait(), seconds)
        except TimeoutError:
            return

    async def _keep_answers(self, answered: Sequence[tuple[str, str]]) -> None:
        try:
            await self._write(answered)
        # Whatever the log says: nobody waits for these.
        except Exception as error:
            SHADOWS.labels(result="failed").inc(len(answered))
            logger.warning("%d answer(s) of the release in shadow are lost: %s", len(answered), reason(error))
            return
        SHADOWS.labels(result="answered").inc(len(answered))
