"""The one service in front: it follows the champion, asks the services behind it and keeps the decision log.

Its endpoints are :mod:`serving.routes.endpoints`; ``/readyz`` and ``/livez`` are BentoML's own.
"""

import asyncio
from collections.abc import Sequence

import bentoml

from data_contracts.api.diagnosis import DiagnoseRequest, Diagnosis, EvidenceItem
from data_contracts.api.explanation import Explanation
from data_contracts.api.feedback import FeedbackRequest
from data_contracts.api.recommendation import Recommendation, RecommendRequest
from data_contracts.api.status import ServiceStatus
from data_contracts.fields.decision import NONE
from data_contracts.fields.execution import Status
from serving.bento_options import ANSWER_LIMIT_S, QUIET
from serving.decisions.champion import Champion
from serving.decisions.deciding import Deciding
from serving.decisions.log_watch import LogWatch
from serving.decisions.redacting import without_secrets
from serving.decisions.rollout import Rollout
from serving.diagnosis_jobs.jobs import DiagnosisJobs
from serving.diagnosis_jobs.store import DiagnosisStore
from serving.engines.llm_service import LlmService, by_rules
from serving.engines.troubleshooting import Troubleshooting
from serving.gateway.asking import sees_decision
from serving.gateway.overload import Places
from serving.guarded import guard
from serving.routes.endpoints import app
from serving.routes.readiness import Readiness
from serving.service_metrics import recommendations
from sparkwright.access.caller import NOBODY, Caller
from sparkwright.advisor.known_application import KnownApplication, look_up
from sparkwright.advisor.rollout import OFF
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.confirmed import confirm, judge_of, retract
from sparkwright.diagnosis.judge import Judge
from sparkwright.diagnosis.shipped import shipped_judge
from sparkwright.errors import EngineError, LakeError
from sparkwright.explanation.by_template import sentences_of
from sparkwright.feedback.decision_log import DecisionLog
from sparkwright.lake import Lake
from sparkwright.policy.apply import Policies
from sparkwright.policy.diagnosing import within_policies
from sparkwright.registry.releases import Release
from sparkwright.settings import settings

_REFRESH_S = 5.0
_FIRST_LOOK_S = 20.0
"""A registry that does not answer by then is not waited for."""
_DIAGNOSES_AT_ONCE = 32


@bentoml.service(traffic={"timeout": ANSWER_LIMIT_S}, **QUIET)
@bentoml.asgi_app(app, path="/")
class Sparkwright:
    """The champion release behind HTTP."""

    troubleshooting = bentoml.depends(LlmService)

    def __init__(self) -> None:
        where = settings()
        where.make_home()
        self._lake = Lake(where.lake_uri)
        self._log = DecisionLog(where.decision_log_url)
        self._log_watch = LogWatch(self._log)
        self._engine_name = where.llm_engine
        self._rollout = Rollout(where)
        self._deciding = Deciding(where, self._log, self._rollout)
        self._explains_with = where.explain_with
        self._language_model = Troubleshooting(self.troubleshooting)
        self._champion = Champion(
            where, self._deciding.load, self._language_model.prepare, pinned=lambda: self._rollout.pinned
        )
        self._diagnoses = Places("diagnoses", _DIAGNOSES_AT_ONCE)
        self.jobs = DiagnosisJobs(DiagnosisStore(where.home / "diagnoses.db"), self)
        self._background: list[asyncio.Task[None]] = []

    @bentoml.on_startup
    async def start(self) -> None:
        """Read the history, then follow lake, champion, language model and decision log in the background."""
        await self._deciding.start()
        followed = (self._follow(), self._deciding.keep_fresh(), self._language_model.keep(), self._log_watch.keep())
        self._background = [asyncio.create_task(one) for one in (*followed, self.jobs.keep())]
        # Nothing is accepted before: a worker that takes the place of another answers as that one did.
        await self._champion.wait(_FIRST_LOOK_S)
        await self._rollout.wait(_FIRST_LOOK_S)

    @bentoml.on_shutdown
    def stop(self) -> None:
        """End the background work and close the log."""
        self.jobs.stop()
        for task in self._background:
            task.cancel()
        self._deciding.stop()
        self._log.close()

    async def __is_ready__(self) -> bool:
        """Whether recommendations are answered."""
        return not self.missing()

    def missing(self) -> list[str]:
        """What keeps recommendations from being answered; without a champion they are, and say so."""
        log = f"the decision log cannot be written: {self._log_watch.note}" if self._log_watch.note else ""
        registry = "" if self._champion.looked else "the registry was not asked yet"
        return [one for one in (log, registry) if one]

    def policies(self) -> Policies | None:
        """The policies in force; None where everything is allowed."""
        return self._deciding.policies

    def notes(self) -> list[str]:
        """What a person should know."""
        off = f"advice is switched off: remove {OFF} from the home to switch it on" if self._deciding.is_off else ""
        model = f"the rules diagnose: {self._language_model.note}" if self._language_model.note else ""
        notes = (off, *self._champion.notes, *self._rollout.notes, self._deciding.note, model)
        return [one for one in notes if one]

    async def recommend(self, request: RecommendRequest, caller: Caller = NOBODY) -> Recommendation:
        """The decision on a request, already in the decision log; that of before for a launch that asks again.

        Args:
            request: From a launcher.
            caller: Who asks.

        Raises:
            DecisionLogError: It could not be written, so it must not be answered.
            OverloadedError: There is no time for it.
        """
        release = self._champion.release
        fault = ""
        if release is None or release.forecaster_version == NONE:
            fault = "; ".join(self._champion.notes) or "the champion is being loaded"
        return await self._deciding.decide(request, release, fault, caller.team)

    async def diagnose(self, request: DiagnoseRequest, caller: Caller = NOBODY) -> Diagnosis:
        """Why an application failed.

        Raises:
            LakeError: The lake does not know the application, or it is not the caller's to see.
            OverloadedError: There is no time for it.
        """
        with self._diagnoses.one():
            return await self._diagnose(request, caller)

    async def explain(self, decision: Diagnosis | Recommendation) -> Explanation:
        """A decision in plain language: by the language model where the settings want it and it is there."""
        plain = decision.model_dump(mode="json")
        note = ""
        release = self._champion.release
        if self._explains_with == "model":
            try:
                version = release.troubleshooter_version if release else NONE
                return await self._language_model.explain(version, plain)
            except EngineError as error:
                note = f"the template answers: {error}"
        return Explanation(sentences=sentences_of(plain), answered_by="template", notes=[note] if note else [])

    async def _diagnose(self, request: DiagnoseRequest, caller: Caller) -> Diagnosis:
        if request.app_id is not None:
            known = await asyncio.to_thread(look_up, self._lake, request.app_id, request.attempt_id, caller.sees)
            return await self.diagnose_known(known)
        items = await without_secrets(request.evidence or [])
        return self._signed(await self._answer(release := self._champion.release, items), release)

    async def diagnose_known(self, known: KnownApplication) -> Diagnosis:
        """Why an application failed of which everything is known that will be."""
        release = self._champion.release
        diagnosis = await self._answer(
            release,
            known.evidence,
            properties=known.properties,
            status=known.status,
            found_logs=sorted(known.found_logs),
        )
        diagnosis = diagnosis.model_copy(update={"app_id": known.app_id, "slow": list(known.slow)})
        diagnosis = within_policies(diagnosis, self.policies(), known.applicant, known.properties)
        return self._signed(diagnosis, release)

    @staticmethod
    def _signed(diagnosis: Diagnosis, release: Release | None) -> Diagnosis:
        return diagnosis.model_copy(
            update={
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
        why = ""
        if items and (release is None or release.troubleshooter_version == NONE):
            why = "there is no troubleshooter: `sparkwright finetune` and `sparkwright promote` make one"
        elif items and release is not None:
            try:
                return await self._language_model.diagnose(
                    release.troubleshooter_version,
                    items,
                    properties=properties,
                    status=status,
                    found_logs=found_logs,
                )
            except EngineError as error:
                why = str(error)

        def by_the_rules() -> Diagnosis:
            judge, missing = self._judge()
            found = answer(items, properties=properties, status=status, found_logs=found_logs, judge=judge)
            found = by_rules(found, why) if why else found
            return found.model_copy(update={"notes": [*found.notes, *missing]})

        return await asyncio.to_thread(by_the_rules)

    def _judge(self) -> tuple[Judge, list[str]]:
        """Who answers, and what is missing: facts are judged without the lake, too."""
        try:
            return judge_of(self._lake), []
        except LakeError as error:
            return shipped_judge(), [f"without the causes that were confirmed here: {error}"]

    async def feedback(self, report: FeedbackRequest, caller: Caller = NOBODY) -> bool:
        """Whether what it is about is known: a decision, whose report is then in the log, a cause to be taken back.

        Raises:
            DecisionLogError: The report could not be written.
            LakeError: The lake does not know the application, or cannot be written.
            ConfigError: There is no such cause, or nothing failed.
        """
        is_known = True
        if report.app_id is not None and (report.confirmed_cause is not None or report.retracted):
            is_known = await asyncio.to_thread(self._keep_cause, report.app_id, report, caller)
        if report.decision_id is None:
            return is_known
        if caller.is_limited and not await asyncio.to_thread(self._sees_decision, report.decision_id, caller):
            return False
        return await asyncio.to_thread(self._log.report, report.decision_id, report.app_id, report.exit_code)

    def _sees_decision(self, decision_id: str, caller: Caller) -> bool:
        decision = self._log.find(decision_id)
        return decision is not None and sees_decision(caller, decision)

    def _keep_cause(self, app_id: str, report: FeedbackRequest, caller: Caller) -> bool:
        if report.confirmed_cause is None:
            if caller.is_limited:
                look_up(self._lake, app_id, report.attempt_id, caller.sees)
            return retract(self._lake, app_id, report.attempt_id) > 0
        known = look_up(self._lake, app_id, report.attempt_id, caller.sees)
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
            answers=recommendations(),
            rollout=self._rollout.status(),
            notes=self.notes(),
        )

    async def _follow(self) -> None:
        while True:
            await self._champion.refresh()
            await self._rollout.refresh(self._champion.release, self._champion.find, self._deciding.load)
            await asyncio.sleep(_REFRESH_S)


guard(Sparkwright)  # first: around everything else
Sparkwright.add_asgi_middleware(Readiness)  # type: ignore[attr-defined]  # mypy does not follow decorators of classes
