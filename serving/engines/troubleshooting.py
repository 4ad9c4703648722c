"""The language model's process as those in front see it: asked only while it is known to be there.

It may be starting, loading a model for a minute, or gone: the rules answer at once then, and recommendations never
wait for it.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, TypeVar

from aiohttp import ClientError
from bentoml.exceptions import BentoMLException

from data_contracts.api.diagnosis import Diagnosis, EvidenceItem
from data_contracts.api.explanation import Explanation
from data_contracts.fields.decision import NONE
from data_contracts.fields.execution import Status
from sparkwright.errors import EngineError, reason

if TYPE_CHECKING:
    from serving.engines.llm_service import LlmService

T = TypeVar("T")

_LOOK_S, _LONGEST_LOOK_S = 0.5, 5.0
_PING_LIMIT_S = 1.5
"""A process that has its model loaded says so at once; one that does not by then is as good as gone."""
_NO_ANSWER = (BentoMLException, ClientError, OSError, TimeoutError)

logger = logging.getLogger("bentoml.sparkwright.troubleshooting")


class Troubleshooting:
    """Diagnoses by the language model.

    Args:
        service: The process behind.

    Attributes:
        note: Why the rules answer; empty while the language model does.
    """

    def __init__(self, service: "LlmService") -> None:
        self._service = service
        self._version = NONE
        self._lost = asyncio.Event()
        self._lose("there is no troubleshooter: `sparkwright finetune` and `sparkwright promote` make one")

    async def prepare(self, version: str) -> None:
        """Have a version loaded; it answers from then on, and is loaded anew should its process be replaced."""
        if version != self._version:
            self._lose("the language model is being loaded")
        self._version = version
        await self._look()

    async def keep(self) -> None:
        """Look whether it is there, until cancelled."""
        wait_s = _LOOK_S
        while True:
            await asyncio.sleep(wait_s)
            if self._version != NONE:
                await self._look()
            wait_s = min(2 * wait_s, _LONGEST_LOOK_S) if self._lost.is_set() else _LOOK_S

    async def diagnose(
        self,
        version: str,
        items: Sequence[EvidenceItem],
        *,
        properties: dict[str, str] | None = None,
        status: Status | None = None,
        found_logs: list[str] | None = None,
    ) -> Diagnosis:
        """The diagnosis of some facts.

        Raises:
            EngineError: The process is not there, or went while it was asked.
        """
        return await self._asked(
            version,
            lambda: self._service.diagnose(
                troubleshooter_version=version,
                items=list(items),
                properties=properties,
                status=status,
                found_logs=found_logs,
            ),
        )

    async def explain(self, version: str, decision: dict[str, object]) -> Explanation:
        """A decision in plain language.

        Raises:
            EngineError: The process is not there, or went while it was asked.
        """
        return await self._asked(
            version, lambda: self._service.explain(troubleshooter_version=version, decision=decision)
        )

    async def _asked(self, version: str, ask: Callable[[], Coroutine[object, object, T]]) -> T:
        """What the process answers.

        Raises:
            EngineError: It is not there, or went while it was asked.
        """
        if self._lost.is_set() or version != self._version:
            raise EngineError(self.note or "the language model is being loaded")
        lost = asyncio.create_task(self._lost.wait())
        call = asyncio.create_task(ask())
        try:
            await asyncio.wait((call, lost), return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                return call.result()
        except _NO_ANSWER as error:
            self._lose(f"the language model does not answer: {reason(error)}")
        finally:
            lost.cancel()
            call.cancel()
        raise EngineError(self.note)

    async def _look(self) -> None:
        version = self._version
        try:
            loading = self._service.prepare(troubleshooter_version=version)
            prepared = await (loading if self._lost.is_set() else asyncio.wait_for(loading, _PING_LIMIT_S))
        except _NO_ANSWER as error:
            self._lose(f"the language model does not answer: {reason(error)}")
            return
        if version != self._version:
            return
        if prepared.fault:
            self._lose(prepared.fault)
        else:
            self.note = ""
            self._lost.clear()

    def _lose(self, why: str) -> None:
        if why != getattr(self, "note", ""):
            logger.warning("The rules diagnose: %s", why)
        self.note = why
        self._lost.set()
