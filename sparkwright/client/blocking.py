"""The client that waits for its answers; standard library only."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar, Unpack

from sparkwright.client import calls
from sparkwright.client.answers import (
    ApplicationList,
    DiagnoseRequest,
    Diagnosis,
    DiagnosisJob,
    DiagnosisJobRequest,
    ExplainRequest,
    Explanation,
    FeedbackAnswer,
    FeedbackRequest,
    ListedDecision,
    PolicyCheckRequest,
    PolicyFindings,
    PolicyList,
    Recommendation,
    RecommendRequest,
    Report,
    RequirementsAnswer,
    ServiceStatus,
    WorkloadDetail,
    WorkloadList,
)
from sparkwright.client.base import BaseClient
from sparkwright.client.exchange import fetch
from sparkwright.client.waiting import PATIENCE_S, Waiting
from sparkwright.errors import ProblemError, ServiceError

T = TypeVar("T")


class Client(BaseClient):
    """Asks the service. Threads may share one, forked processes too: it keeps no connection.

    Every method raises :class:`sparkwright.errors.ServiceError`: ``ProblemError`` where the service said no,
    ``NoAnswerError`` where nobody answered in time, ``CircuitOpenError`` where nobody was asked. ``timeout_s`` is the
    deadline of one call, in place of that of the client.
    """

    def recommend(self, *, timeout_s: float | None = None, **request: Unpack[RecommendRequest]) -> Recommendation:
        """What to submit an application with; repeated where ``launch_id`` names the launch."""
        return self._ask(calls.recommend(request), timeout_s)

    def recommend_many(
        self, requests: Sequence[RecommendRequest], *, timeout_s: float | None = None
    ) -> list[Recommendation | ProblemError]:
        """What to submit 1 to 100 applications with, each answered on its own, in order."""
        return calls.each(requests, self._ask(calls.recommend_many(requests), timeout_s))

    def diagnose(self, *, timeout_s: float | None = None, **request: Unpack[DiagnoseRequest]) -> Diagnosis:
        """Why an application failed: one of the lake by ``app_id``, or ``evidence``."""
        return self._ask(calls.diagnose(request), timeout_s)

    def start_diagnosis(
        self, *, timeout_s: float | None = None, **request: Unpack[DiagnosisJobRequest]
    ) -> DiagnosisJob:
        """Let the service diagnose on its own: an application, ``evidence``, or a ``log`` where it lies."""
        return self._ask(calls.start_diagnosis(request), timeout_s)

    def diagnosis(self, diagnosis_id: str, *, timeout_s: float | None = None) -> DiagnosisJob:
        """How far a diagnosis is, and what came of it; for a day."""
        return self._ask(calls.diagnosis(diagnosis_id), timeout_s)

    def cancel_diagnosis(self, diagnosis_id: str, *, timeout_s: float | None = None) -> DiagnosisJob:
        """Cancel a diagnosis, or forget one that has ended."""
        return self._ask(calls.cancel_diagnosis(diagnosis_id), timeout_s)

    def wait_for_diagnosis(
        self, diagnosis_id: str, *, timeout_s: float = PATIENCE_S, told: Callable[[DiagnosisJob], None] | None = None
    ) -> Diagnosis:
        """What comes of a diagnosis that was started; ``told`` is shown every state of it, with its progress."""
        waiting = Waiting(diagnosis_id, timeout_s, told)
        while True:
            failed: ServiceError | None = None
            try:
                job = self.diagnosis(diagnosis_id)
            except ServiceError as error:
                failed = error
            else:
                if (found := waiting.diagnosis(job)) is not None:
                    return found
            time.sleep(waiting.wait_s(failed))

    def explain(self, *, timeout_s: float | None = None, **request: Unpack[ExplainRequest]) -> Explanation:
        """A diagnosis or a recommendation in plain language: what, why, and what to do next."""
        return self._ask(calls.explain(request), timeout_s)

    def feedback(self, *, timeout_s: float | None = None, **report: Unpack[FeedbackRequest]) -> FeedbackAnswer:
        """Tell what became of a decision, or the cause of a failure that a person confirmed."""
        return self._ask(calls.feedback(report), timeout_s)

    def requirements(self, text: str, *, timeout_s: float | None = None) -> RequirementsAnswer:
        """What a text in plain language says that a job needs, and what has to be asked back."""
        return self._ask(calls.requirements(text), timeout_s)

    def decision(self, decision_id: str, *, timeout_s: float | None = None) -> ListedDecision:
        """A decision as it was answered, and what became of it."""
        return self._ask(calls.decision(decision_id), timeout_s)

    def workloads(self, *, timeout_s: float | None = None, **query: Unpack[calls.WorkloadsQuery]) -> WorkloadList:
        """The workloads that have runs, the one that ran last first."""
        return self._ask(calls.workloads(query), timeout_s)

    def workload(
        self, workload_id: str, *, timeout_s: float | None = None, **query: Unpack[calls.WorkloadQuery]
    ) -> WorkloadDetail:
        """A workload with its last runs and decisions, newest first."""
        return self._ask(calls.workload(workload_id, query), timeout_s)

    def applications(
        self, *, timeout_s: float | None = None, **query: Unpack[calls.ApplicationsQuery]
    ) -> ApplicationList:
        """The applications of the lake with status, cause and waste."""
        return self._ask(calls.applications(query), timeout_s)

    def report(self, *, timeout_s: float | None = None, **query: Unpack[calls.ReportQuery]) -> Report:
        """What the lake says of waste, sizing, failures and slow runs."""
        return self._ask(calls.report(query), timeout_s)

    def policies(self, *, timeout_s: float | None = None) -> PolicyList:
        """The policies that recommendations keep."""
        return self._ask(calls.policies(), timeout_s)

    def check_policies(self, request: PolicyCheckRequest, *, timeout_s: float | None = None) -> PolicyFindings:
        """What is wrong with policies before they hold; nothing is kept."""
        return self._ask(calls.check_policies(request), timeout_s)

    def status(self, *, timeout_s: float | None = None) -> ServiceStatus:
        """What is served right now."""
        return self._ask(calls.status(), timeout_s)

    def _ask(self, call: calls.Call[T], timeout_s: float | None) -> T:
        request, attempts, breaker = self._request(call), self._attempts_at(call, timeout_s), self._breaker_of(call)
        while True:
            try:
                with breaker.attempt():
                    return call.read(request.address, fetch(request, attempts.left_s, self._tls))
            except ServiceError as error:
                wait_s = attempts.wait_s(error)
                if wait_s is None:
                    raise
            time.sleep(wait_s)
