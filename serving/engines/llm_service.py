"""The troubleshooter in a process of its own: the language model, checked, with the rules behind it."""

import asyncio
import logging
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

import bentoml

from data_contracts.api.diagnosis import Diagnosis, EvidenceItem
from data_contracts.api.explanation import Explanation
from data_contracts.fields.execution import Status
from serving.bento_options import BEHIND
from serving.messages import LoadReply
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.confirmed import judge_of
from sparkwright.errors import EngineError, SparkwrightError
from sparkwright.explanation.by_model import LIMIT_S, explain
from sparkwright.explanation.by_template import sentences_of
from sparkwright.lake import Lake
from sparkwright.settings import settings

if TYPE_CHECKING:
    from sparkwright.diagnosis.choosing import CauseChooser
    from sparkwright.diagnosis.version import TroubleshooterVersion

_ANSWER_LIMIT_S = 20.0
"""A model that takes longer is not waited for: the rules answer."""
_KEPT_VERSIONS = 2
"""The one that is served and the one that is about to be."""

logger = logging.getLogger("bentoml.sparkwright.llm")


@bentoml.service(traffic={"timeout": 90}, **BEHIND)
class LlmService:
    """Says why an application failed."""

    def __init__(self) -> None:
        self._where = settings()
        self._loaded: OrderedDict[str, tuple[TroubleshooterVersion, CauseChooser]] = OrderedDict()
        self._loading = asyncio.Lock()
        # One answer at a time: two would share the cores and both be late.
        self._answering = asyncio.Lock()

    @bentoml.on_shutdown
    def stop(self) -> None:
        """Close every engine."""
        for _, engine in self._loaded.values():
            engine.close()

    @bentoml.api
    async def prepare(self, troubleshooter_version: str) -> LoadReply:
        """Load a version, so that the first diagnosis does not wait."""
        try:
            await self._engine(troubleshooter_version)
        except SparkwrightError as error:
            return LoadReply(fault=str(error))
        return LoadReply()

    @bentoml.api
    async def diagnose(
        self,
        troubleshooter_version: str,
        items: list[EvidenceItem],
        properties: dict[str, str] | None = None,
        status: Status | None = None,
        found_logs: list[str] | None = None,
    ) -> Diagnosis:
        """The diagnosis of some facts; where the model cannot answer in time, that of the rules, with a note."""
        judge = await asyncio.to_thread(judge_of, Lake(self._where.lake_uri))
        diagnose = partial(answer, items, properties=properties, status=status, found_logs=found_logs, judge=judge)
        try:
            version, engine = await self._engine(troubleshooter_version)
            await asyncio.wait_for(self._answering.acquire(), _ANSWER_LIMIT_S)
        except SparkwrightError as error:
            return by_rules(diagnose(), str(error))
        except TimeoutError:
            return by_rules(diagnose(), f"the language model was busy for {_ANSWER_LIMIT_S:g} s")
        try:
            return await asyncio.to_thread(diagnose, engine, version.prefer, max_chars=version.prompt_chars)
        finally:
            self._answering.release()

    @bentoml.api
    async def explain(self, troubleshooter_version: str, decision: dict[str, Any]) -> Explanation:
        """A decision in the words of the base model that the troubleshooter stands on, or by template with a note."""
        try:
            _, engine = await self._engine(troubleshooter_version)
            await asyncio.wait_for(self._answering.acquire(), LIMIT_S)
        except (SparkwrightError, TimeoutError) as error:
            note = f"the template answers: {error or 'the language model is busy'}"
            return Explanation(sentences=sentences_of(decision), answered_by="template", notes=[note])
        try:
            return await asyncio.to_thread(explain, decision, engine.model)
        finally:
            self._answering.release()

    async def _engine(self, name: str) -> "tuple[TroubleshooterVersion, CauseChooser]":
        """The engine of a version, loaded on first use; of more than two, the one unused longest is closed.

        Raises:
            EngineError: There shall be no language model, or it cannot be loaded.
            RegistryError: There is no such version.
        """
        async with self._loading:
            if name not in self._loaded:
                self._loaded[name] = await asyncio.to_thread(self._load, name)
                logger.info("Troubleshooter version %s is loaded", name)
            self._loaded.move_to_end(name)
            if len(self._loaded) > _KEPT_VERSIONS:
                # Whoever still asks it is waited for: only one answer is made at a time.
                async with self._answering:
                    _, (_, unused) = self._loaded.popitem(last=False)
                    await asyncio.to_thread(unused.close)
            return self._loaded[name]

    def _load(self, name: str) -> "tuple[TroubleshooterVersion, CauseChooser]":
        if self._where.llm_engine == "none":
            raise EngineError("SPARKWRIGHT_LLM_ENGINE is none")
        # Imported here: every process of the service imports this module, only this one needs the models.
        from serving.engines.llm_engines import load_engine
        from sparkwright.diagnosis.version import read_version
        from sparkwright.registry import models, tracking

        folder = models.download(tracking.connect(self._where), models.TROUBLESHOOTER, name)
        return read_version(folder), load_engine(self._where.llm_engine, folder, _ANSWER_LIMIT_S, self._where.home)


def by_rules(diagnosis: Diagnosis, why: str) -> Diagnosis:
    """The diagnosis with a note that says why no language model had a say."""
    return diagnosis.model_copy(update={"notes": [f"the rules answer: {why}", *diagnosis.notes]})
