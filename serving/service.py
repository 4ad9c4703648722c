"""The one endpoint in front: recommendations, diagnoses, reports of launchers, and what is served.

FastAPI answers a wrong request with 422 and the field; ``/readyz`` and ``/livez`` are BentoML's own.
"""

import asyncio
import json
import logging
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated

import bentoml
from bentoml.exceptions import BentoMLException
from fastapi import Depends, FastAPI, HTTPException, Response

from data_contracts.api import (
    FeedbackAnswer,
    FeedbackRequest,
    Recommendation,
    RecommendRequest,
    ServiceStatus,
)
from data_contracts.tables import Decision
from serving.champion import Champion
from serving.fallback import own_properties
from serving.forecast_service import ForecastService
from serving.messages import Prepared
from serving.service_metrics import MEDIA_TYPE, RECOMMENDATIONS, REPORTS, SECONDS, exposition
from sparkwright.errors import DecisionLogError
from sparkwright.features.workload import workload_id
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.redaction import redact_properties
from sparkwright.registry.releases import NONE
from sparkwright.settings import settings

_REFRESH_S = 5.0
_WORKLOAD = "spark.sparkwright.workload"

logger = logging.getLogger("bentoml.sparkwright")
app = FastAPI(
    title="Sparkwright",
    summary="What to submit a Spark application with, and why one failed.",
    version="1",
    docs_url=None,
    redoc_url=None,
)


# BentoML's request metrics are off: their labels are raw paths, one series for every path a client invents.
@bentoml.service(traffic={"timeout": 120}, logging={"access": {"enabled": False}}, metrics={"enabled": False})
@bentoml.asgi_app(app, path="/")
class Sparkwright:
    """The champion release behind HTTP."""

    forecasting = bentoml.depends(ForecastService)

    def __init__(self) -> None:
        where = settings()
        self._lake = Lake(where.lake_uri)
        self._log = DecisionLog(where.decision_log_url)
        self._engine_name = where.llm_engine
        self._champion = Champion(where, self._prepare_forecaster, self._prepare_troubleshooter)
        self._following: asyncio.Task[None] | None = None

    @bentoml.on_startup
    async def start(self) -> None:
        """Follow the champion in the background."""
        self._following = asyncio.create_task(self._follow())

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the background work and close the log."""
        if self._following is not None:
            self._following.cancel()
        self._log.close()

    async def __is_ready__(self) -> bool:
        """Whether the registry was asked once; without a champion the service is ready and says so."""
        return self._champion.looked

    async def recommend(self, request: RecommendRequest) -> Recommendation:
        """The decision on a request, already in the decision log.

        Raises:
            DecisionLogError: It could not be written, so it must not be answered.
        """
        properties = request.properties.as_conf()
        if request.workload:
            properties[_WORKLOAD] = request.workload
        workload = workload_id(request.app_name, request.user_name, request.queue, properties)
        decided_at = datetime.now(UTC)
        recommendation = await self._decide(request, workload, uuid.uuid4().hex, decided_at)
        await asyncio.to_thread(self._log.write, _logged(request, recommendation, decided_at))
        return recommendation

    async def _decide(
        self, request: RecommendRequest, workload: str, decision_id: str, decided_at: datetime
    ) -> Recommendation:
        release = self._champion.release
        if release.forecaster_version == NONE:
            why = "; ".join(self._champion.notes) or "the champion is being loaded"
        else:
            try:
                advised = await self.forecasting.recommend(
                    request=request,
                    workload_id=workload,
                    decision_id=decision_id,
                    release_version=release.version,
                    forecaster_version=release.forecaster_version,
                    at=decided_at,
                )
            except (BentoMLException, OSError) as error:
                advised = None
                why = f"the forecaster does not answer: {error}"
                logger.warning(why)
            else:
                if advised.recommendation is not None:
                    return advised.recommendation
                why = advised.fault
        return own_properties(request, workload_id=workload, decision_id=decision_id, why=why)

    async def feedback(self, report: FeedbackRequest) -> bool:
        """Whether the decision is known; the report is then in the log.

        Raises:
            DecisionLogError: It could not be written.
        """
        return await asyncio.to_thread(self._log.report, report.decision_id, report.app_id, report.exit_code)

    async def status(self) -> ServiceStatus:
        """What is served right now.

        Raises:
            DecisionLogError: The log cannot be read.
        """
        champion = self._champion
        return ServiceStatus(
            release_version=champion.release.version,
            forecaster_version=champion.release.forecaster_version,
            troubleshooter_version=champion.release.troubleshooter_version,
            troubleshooter_engine=self._engine_name,
            contract_hash=champion.contract_hash,
            decision_count=await asyncio.to_thread(self._log.count),
            notes=list(champion.notes),
        )

    async def _follow(self) -> None:
        while True:
            await self._champion.refresh()
            await asyncio.sleep(_REFRESH_S)

    async def _prepare_forecaster(self, version: str) -> Prepared:
        return await self.forecasting.prepare(forecaster_version=version)

    async def _prepare_troubleshooter(self, version: str) -> Prepared:
        return Prepared()


def _logged(request: RecommendRequest, recommendation: Recommendation, decided_at: datetime) -> Decision:
    told = request.model_dump(mode="json", exclude={"properties"})
    told["properties"] = redact_properties(request.properties.as_conf())
    forecast = recommendation.forecast
    return Decision(
        decision_id=recommendation.decision_id,
        workload_id=recommendation.workload_id,
        decided_at=decided_at,
        release_version=recommendation.release_version,
        forecaster_version=recommendation.forecaster_version,
        request_json=json.dumps(told, sort_keys=True),
        forecast_json=forecast.model_dump_json() if forecast is not None else "null",
        allocation_json=json.dumps(recommendation.allocation, sort_keys=True),
        cold=recommendation.cold,
        trial=recommendation.trial,
        extrapolated=recommendation.extrapolated,
        reported_app_id=None,
        reported_exit_code=None,
    )


Current = Annotated[Sparkwright.inner, Depends(bentoml.get_current_service)]


@app.post("/v1/recommend")
async def recommend(request: RecommendRequest, service: Current) -> Recommendation:
    """What to submit an application with, how long it will take, and why."""
    started_s = time.perf_counter()
    try:
        recommendation = await service.recommend(request)
    except DecisionLogError as error:
        RECOMMENDATIONS.labels(basis="log_failed").inc()
        raise HTTPException(503, f"the decision could not be written, so it is not given: {error}") from error
    RECOMMENDATIONS.labels(basis="forecast" if recommendation.forecast else "own_properties").inc()
    SECONDS.labels(endpoint="recommend").observe(time.perf_counter() - started_s)
    return recommendation


@app.post("/v1/feedback")
async def feedback(report: FeedbackRequest, service: Current) -> FeedbackAnswer:
    """Keep what a launcher saw of a submitted decision; repeating it changes nothing."""
    try:
        is_known = await service.feedback(report)
    except DecisionLogError as error:
        REPORTS.labels(result="log_failed").inc()
        raise HTTPException(503, str(error)) from error
    REPORTS.labels(result="recorded" if is_known else "unknown_decision").inc()
    if not is_known:
        raise HTTPException(404, f"expected the id of a decision made here, got {report.decision_id!r}")
    return FeedbackAnswer(decision_id=report.decision_id)


@app.get("/v1/status")
async def status(service: Current) -> ServiceStatus:
    """What is served right now, and what a person should know about it."""
    try:
        return await service.status()
    except DecisionLogError as error:
        raise HTTPException(503, str(error)) from error


@app.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """The counters of all workers together, as Prometheus reads them."""
    return Response(exposition(), media_type=MEDIA_TYPE)
