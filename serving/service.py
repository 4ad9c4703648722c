"""The one service in front: it follows the champion, asks the services behind it and keeps the decision log.

Its endpoints are :mod:`serving.routes`; ``/readyz`` and ``/livez`` are BentoML's own.
"""

import asyncio
import logging
from collections.abc import Sequence

import bentoml
from aiohttp import ClientConnectionError, ClientError
from bentoml.exceptions import BentoMLException

from data_contracts.api import (
    DiagnoseRequest,
    Diagnosis,
    EvidenceItem,
    FeedbackRequest,
    Recommendation,
    RecommendRequest,
    ServiceStatus,
    SlowFinding,
)
from data_contracts.fields.decision import NONE
from data_contracts.fields.execution import Status
from data_contracts.tables import Decision
from serving.bento_options import QUIET
from serving.champion import Champion
from serving.coalescing import Coalescer
from serving.forecast_service import ForecastService
from serving.llm_service import LlmService, by_rules
from serving.log_watch import watch
from serving.messages import Prepared
from serving.routes import app
from serving.trial_gate import TrialGate
from sparkwright.advisor.core import ForecastReply, ForecastRequest, conclude, given_again, of_no_launch, prepare
from sparkwright.advisor.known_application import look_up, redacted
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.confirmed import confirm, judge_of, retract
from sparkwright.errors import reason
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.prices import load_prices
from sparkwright.registry.releases import Release
from sparkwright.settings import settings

_REFRESH_S = 5.0
_FORECAST_LIMIT_S = 1.5
"""A launcher waits two seconds: its own properties with a decision id are better than no answer."""
_NO_ANSWER = (BentoMLException, ClientError, TimeoutError)

logger = logging.getLogger("bentoml.sparkwright")


@bentoml.service(traffic={"timeout": 120}, **QUIET)
@bentoml.asgi_app(app, path="/")
class Sparkwright:
    """The champion release behind HTTP."""

    forecasting = bentoml.depends(ForecastService)
    troubleshooting = bentoml.depends(LlmService)

    def __init__(self) -> None:
        where = settings()
        self._lake = Lake(where.lake_uri)
        self._log = DecisionLog(where.decision_log_url)
        self._trials = TrialGate(self._log, where)
        self._hold_back = where.hold_back
        self._prices = load_prices(where.prices)
        self._engine_name = where.llm_engine
        self._champion = Champion(where, self._prepare_forecaster, self._prepare_troubleshooter)
        self._questions = Coalescer(self._ask_forecaster, call_limit=2, size_limit=32)
        self._background: list[asyncio.Task[None]] = []

    @bentoml.on_startup
    async def start(self) -> None:
        """Follow the champion and watch the decision log in the background."""
        self._background = [asyncio.create_task(self._follow()), asyncio.create_task(watch(self._log))]

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the background work and close the log."""
        for task in self._background:
            task.cancel()
        self._log.close()

    async def __is_ready__(self) -> bool:
        """Whether the registry was asked once; without a champion the service is ready and says so."""
        return self._champion.looked

    async def recommend(self, request: RecommendRequest) -> Recommendation:
        """The decision on a request, already in the decision log; that of before for a launch that asks again.

        Raises:
            DecisionLogError: It could not be written, so it must not be answered.
        """
        prepared = prepare(request)
        if (earlier := await self._of_launch(prepared)) is not None:
            if (given := given_again(prepared, earlier)) is not None:
                return given
            prepared = of_no_launch(prepared)
        async with self._trials.turn(prepared) as asked:
            recommendation, decision = conclude(
                asked, await self._forecast(asked), hold_back=self._hold_back, prices=self._prices
            )
            await asyncio.to_thread(self._log.write, decision)
        # Of several questions for one launch at the same time one is in the log: all are answered with that.
        written = await self._of_launch(prepared)
        return recommendation if written is None else given_again(prepared, written) or recommendation

    async def _of_launch(self, asked: ForecastRequest) -> Decision | None:
        launch_id, attempt = asked.request.launch_id, asked.request.attempt
        if launch_id is None:
            return None
        return await asyncio.to_thread(self._log.of_launch, asked.workload_id, launch_id, attempt)

    async def _forecast(self, asked: ForecastRequest) -> ForecastReply:
        release = self._champion.release
        fault = ""
        if release is None or release.forecaster_version == NONE:
            fault = "; ".join(self._champion.notes) or "the champion is being loaded"
        if release is not None:
            versions = {"release_version": release.version, "forecaster_version": release.forecaster_version}
            asked = asked.model_copy(update=versions)
        try:
            answer = await asyncio.wait_for(self._questions.ask(asked), _FORECAST_LIMIT_S)
            return answer.model_copy(update={"fault": answer.fault or fault})
        except _NO_ANSWER as error:
            why = f"the forecaster does not answer: {reason(error)}"
            logger.warning(why)
            return ForecastReply(fault=why)

    async def _ask_forecaster(self, questions: Sequence[ForecastRequest]) -> list[ForecastReply]:
        try:
            return await self.forecasting.recommend(questions=list(questions))
        except ClientConnectionError:
            # A connection that idled was closed just now, or the process was replaced: asking again changes nothing.
            return await self.forecasting.recommend(questions=list(questions))

    async def diagnose(self, request: DiagnoseRequest) -> Diagnosis:
        """Why an application failed.

        Raises:
            LakeError: The lake does not know the application.
        """
        release = self._champion.release
        slow: list[SlowFinding] = []
        if request.app_id is None:
            items = tuple(redacted(item) for item in request.evidence or ())
            diagnosis = await self._answer(release, items)
        else:
            known = await asyncio.to_thread(look_up, self._lake, request.app_id, request.attempt_id)
            diagnosis = await self._answer(
                release,
                known.evidence,
                properties=known.properties,
                status=known.status,
                found_logs=sorted(known.surroundings),
            )
            slow = list(known.slow)
        return diagnosis.model_copy(
            update={
                "app_id": request.app_id,
                "slow": slow,
                "release_version": release.version if release else NONE,
                "troubleshooter_version": release.troubleshooter_version if release else NONE,
            }
        )

    async def _answer(
        self,
        release: Release | None,
        items: Sequence[EvidenceItem],
        *,
        properties: dict[str, str] | None = None,
        status: Status | None = None,
        found_logs: list[str] | None = None,
    ) -> Diagnosis:
        judge = await asyncio.to_thread(judge_of, self._lake)
        if not items:
            return answer(items, properties=properties, status=status, found_logs=found_logs, judge=judge)
        if release is None or release.troubleshooter_version == NONE:
            why = "there is no troubleshooter: `sparkwright finetune` and `sparkwright promote` make one"
        else:
            try:
                return await self.troubleshooting.diagnose(
                    troubleshooter_version=release.troubleshooter_version,
                    items=list(items),
                    properties=properties,
                    status=status,
                    found_logs=found_logs,
                )
            except _NO_ANSWER as error:
                why = f"the troubleshooter does not answer: {reason(error)}"
                logger.warning(why)
        found = answer(items, properties=properties, status=status, found_logs=found_logs, judge=judge)
        return by_rules(found, why)

    async def feedback(self, report: FeedbackRequest) -> bool:
        """Whether what it is about is known: a decision, whose report is then in the log, a cause to be taken back.

        Raises:
            DecisionLogError: The report could not be written.
            LakeError: The lake does not know the application, or cannot be written.
            ConfigError: There is no such cause, or nothing failed.
        """
        is_known = True
        if report.app_id is not None and (report.confirmed_cause is not None or report.retracted):
            is_known = await asyncio.to_thread(self._keep_cause, report.app_id, report)
        if report.decision_id is None:
            return is_known
        return await asyncio.to_thread(self._log.report, report.decision_id, report.app_id, report.exit_code)

    def _keep_cause(self, app_id: str, report: FeedbackRequest) -> bool:
        if report.confirmed_cause is None:
            return retract(self._lake, app_id, report.attempt_id) > 0
        known = look_up(self._lake, app_id, report.attempt_id)
        confirm(self._lake, app_id, known.attempt_id or "1", report.confirmed_cause, known.evidence)
        return True

    async def status(self) -> ServiceStatus:
        """What is served right now.

        Raises:
            DecisionLogError: The log cannot be written, so nothing is recommended.
        """
        await asyncio.to_thread(self._log.check)
        release = self._champion.release
        return ServiceStatus(
            release_version=release.version if release else NONE,
            forecaster_version=release.forecaster_version if release else NONE,
            troubleshooter_version=release.troubleshooter_version if release else NONE,
            troubleshooter_engine=self._engine_name,
            contract_hash=self._champion.contract_hash,
            decision_count=await asyncio.to_thread(self._log.count),
            notes=list(self._champion.notes),
        )

    async def _follow(self) -> None:
        while True:
            await self._champion.refresh()
            await asyncio.sleep(_REFRESH_S)

    async def _prepare_forecaster(self, version: str) -> Prepared:
        try:
            return await self.forecasting.prepare(forecaster_version=version)
        except _NO_ANSWER as error:
            return Prepared(fault=f"the forecast process does not answer: {reason(error)}")

    async def _prepare_troubleshooter(self, version: str) -> Prepared:
        try:
            return await self.troubleshooting.prepare(troubleshooter_version=version)
        except _NO_ANSWER as error:
            return Prepared(fault=f"the troubleshooter's process does not answer: {reason(error)}")
