"""The forecaster in a process of its own, with the history of all workloads in memory."""

import asyncio
import logging

import bentoml

from data_contracts.fields.decision import NONE
from serving.bento_options import BEHIND
from serving.messages import Prepared
from sparkwright.advisor.core import ForecastReply, ForecastRequest
from sparkwright.errors import SparkwrightError
from sparkwright.settings import settings

_REFRESH_S = 5.0

logger = logging.getLogger("bentoml.sparkwright.forecast")


# One worker: each holds the whole history, and a forecast takes milliseconds.
@bentoml.service(traffic={"timeout": 30}, **BEHIND)
class ForecastService:
    """Says what a run needs and what to submit it with."""

    def __init__(self) -> None:
        # Imported here: every process of the service imports this module, only this one needs torch.
        import torch

        from serving.forecasting import Forecasting

        torch.set_num_threads(1)
        self._forecasting = Forecasting(settings())
        self._refreshing: asyncio.Task[None] | None = None

    @bentoml.on_startup
    async def start(self) -> None:
        """Read the history, then look for a newer one in the background."""
        await self._refresh_history()
        self._refreshing = asyncio.create_task(self._keep_fresh())

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the background work."""
        if self._refreshing is not None:
            self._refreshing.cancel()

    @bentoml.api
    async def prepare(self, forecaster_version: str) -> Prepared:
        """Load a version, so that the first request for it does not wait."""
        return await self._load(forecaster_version)

    @bentoml.api
    async def recommend(self, questions: list[ForecastRequest]) -> list[ForecastReply]:
        """Decide on each request; computed on the event loop, because threads would only take turns."""
        for version in {question.forecaster_version for question in questions}:
            if version != NONE and not self._forecasting.is_loaded(version):
                await self._load(version)  # this process is new: the front prepared another one
        return self._forecasting.recommend(questions)

    async def _load(self, version: str) -> Prepared:
        try:
            forecaster = await asyncio.to_thread(self._forecasting.forecaster, version)
        except SparkwrightError as error:
            return Prepared(fault=str(error))
        return Prepared(contract_hash=forecaster.contract_hash)

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_S)
            await self._refresh_history()

    async def _refresh_history(self) -> None:
        try:
            if await asyncio.to_thread(self._forecasting.refresh_history):
                logger.info("The history of workloads is newer now")
        except SparkwrightError as error:
            logger.warning("The history stays as it was: %s", error)
        try:
            if await asyncio.to_thread(self._forecasting.refresh_claims):
                logger.info("Earlier claims were judged anew")
        except SparkwrightError as error:
            logger.warning("The judgement of claims stays as it was: %s", error)
