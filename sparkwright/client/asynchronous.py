"""The client for event loops, over httpx."""

import asyncio
import os
import ssl
from collections.abc import Callable, Sequence
from typing import Self, TypeVar, Unpack
from weakref import WeakKeyDictionary

import httpx

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
from sparkwright.client.exchange import HttpRequest, no_answer
from sparkwright.client.reading import MAX_ANSWER_BYTES, Answer
from sparkwright.client.waiting import PATIENCE_S, Waiting
from sparkwright.errors import NoAnswerError, ProblemError, ServiceError

T = TypeVar("T")


class AsyncClient(BaseClient):
    """As :class:`sparkwright.client.Client`, awaited; connections are kept, apart for each event loop and process.

    Close it where it was used: ``async with AsyncClient(...) as client``.
    """

    _pools: tuple[int, WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]] = (0, WeakKeyDictionary())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        pool = self._kept().pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()

    async def recommend(self, *, timeout_s: float | None = None, **request: Unpack[RecommendRequest]) -> Recommendation:
        """What to submit an application with; repeated where ``launch_id`` names the launch."""
        return await self._ask(calls.recommend(request), timeout_s)

    async def recommend_many(
        self, requests: Sequence[RecommendRequest], *, timeout_s: float | None = None
    ) -> list[Recommendation | ProblemError]:
        """What to submit 1 to 100 applications with, each answered on its own, in order."""
        return calls.each(requests, await self._ask(calls.recommend_many(requests), timeout_s))

    async def diagnose(self, *, timeout_s: float | None = None, **request: Unpack[DiagnoseRequest]) -> Diagnosis:
        """Why an application failed: one of the lake by ``app_id``, or ``evidence``."""
        return await self._ask(calls.diagnose(request), timeout_s)

    async def start_diagnosis(
        self, *, timeout_s: float | None = None, **request: Unpack[DiagnosisJobRequest]
    ) -> DiagnosisJob:
        """Let the service diagnose on its own: an application, ``evidence``, or a ``log`` where it lies."""
        return await self._ask(calls.start_diagnosis(request), timeout_s)

    async def diagnosis(self, diagnosis_id: str, *, timeout_s: float | None = None) -> DiagnosisJob:
        """How far a diagnosis is, and what came of it; for a day."""
        return await self._ask(calls.diagnosis(diagnosis_id), timeout_s)

    async def cancel_diagnosis(self, diagnosis_id: str, *, timeout_s: float | None = None) -> DiagnosisJob:
        """Cancel a diagnosis, or forget one that has ended."""
        return await self._ask(calls.cancel_diagnosis(diagnosis_id), timeout_s)

    async def wait_for_diagnosis(
        self, diagnosis_id: str, *, timeout_s: float = PATIENCE_S, told: Callable[[DiagnosisJob], None] | None = None
    ) -> Diagnosis:
        """What comes of a diagnosis that was started; ``told`` is shown every state of it, with its progress."""
        waiting = Waiting(diagnosis_id, timeout_s, told)
        while True:
            failed: ServiceError | None = None
            try:
                job = await self.diagnosis(diagnosis_id)
            except ServiceError as error:
                failed = error
            else:
                if (found := waiting.diagnosis(job)) is not None:
                    return found
            await asyncio.sleep(waiting.wait_s(failed))

    async def explain(self, *, timeout_s: float | None = None, **request: Unpack[ExplainRequest]) -> Explanation:
        """A diagnosis or a recommendation in plain language: what, why, and what to do next."""
        return await self._ask(calls.explain(request), timeout_s)

    async def feedback(self, *, timeout_s: float | None = None, **report: Unpack[FeedbackRequest]) -> FeedbackAnswer:
        """Tell what became of a decision, or the cause of a failure that a person confirmed."""
        return await self._ask(calls.feedback(report), timeout_s)

    async def requirements(self, text: str, *, timeout_s: float | None = None) -> RequirementsAnswer:
        """What a text in plain language says that a job needs, and what has to be asked back."""
        return await self._ask(calls.requirements(text), timeout_s)

    async def decision(self, decision_id: str, *, timeout_s: float | None = None) -> ListedDecision:
        """A decision as it was answered, and what became of it."""
        return await self._ask(calls.decision(decision_id), timeout_s)

    async def workloads(self, *, timeout_s: float | None = None, **query: Unpack[calls.WorkloadsQuery]) -> WorkloadList:
        """The workloads that have runs, the one that ran last first."""
        return await self._ask(calls.workloads(query), timeout_s)

    async def workload(
        self, workload_id: str, *, timeout_s: float | None = None, **query: Unpack[calls.WorkloadQuery]
    ) -> WorkloadDetail:
        """A workload with its last runs and decisions, newest first."""
        return await self._ask(calls.workload(workload_id, query), timeout_s)

    async def applications(
        self, *, timeout_s: float | None = None, **query: Unpack[calls.ApplicationsQuery]
    ) -> ApplicationList:
        """The applications of the lake with status, cause and waste."""
        return await self._ask(calls.applications(query), timeout_s)

    async def report(self, *, timeout_s: float | None = None, **query: Unpack[calls.ReportQuery]) -> Report:
        """What the lake says of waste, sizing, failures and slow runs."""
        return await self._ask(calls.report(query), timeout_s)

    async def policies(self, *, timeout_s: float | None = None) -> PolicyList:
        """The policies that recommendations keep."""
        return await self._ask(calls.policies(), timeout_s)

    async def check_policies(self, request: PolicyCheckRequest, *, timeout_s: float | None = None) -> PolicyFindings:
        """What is wrong with policies before they hold; nothing is kept."""
        return await self._ask(calls.check_policies(request), timeout_s)

    async def status(self, *, timeout_s: float | None = None) -> ServiceStatus:
        """What is served right now."""
        return await self._ask(calls.status(), timeout_s)

    async def _ask(self, call: calls.Call[T], timeout_s: float | None) -> T:
        request, attempts, breaker = self._request(call), self._attempts_at(call, timeout_s), self._breaker_of(call)
        while True:
            try:
                with breaker.attempt():
                    return call.read(request.address, await self._fetch(request, attempts.left_s))
            except ServiceError as error:
                wait_s = attempts.wait_s(error)
                if wait_s is None:
                    raise
            await asyncio.sleep(wait_s)

    async def _fetch(self, request: HttpRequest, timeout_s: float) -> Answer:
        """Whatever is answered; see :func:`sparkwright.client.exchange.fetch`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request)
        except TimeoutError:
            raise NoAnswerError(f"{request.address}: expected an answer within {timeout_s:.3g} s, got none") from None
        except httpx.ConnectError as error:
            raise no_answer(request.address, _cause(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise no_answer(request.address, error) from error

    async def _exchange(self, request: HttpRequest) -> Answer:
        asked = self._pool().stream(request.method, request.address, content=request.payload, headers=request.headers)
        async with asked as response:
            text = bytearray()
            async for chunk in response.aiter_raw():
                text += chunk
                if len(text) > MAX_ANSWER_BYTES:
                    raise ServiceError(f"{request.address}: the answer is too long")
            return Answer(response.status_code, bytes(text), response.headers.get("Retry-After", ""))

    def _pool(self) -> httpx.AsyncClient:
        pools, loop = self._kept(), asyncio.get_running_loop()
        if loop not in pools:
            # The deadline is over everything; a context that trusts nobody, where there is no TLS, is made at once.
            trusted = self._tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            pools[loop] = httpx.AsyncClient(verify=trusted, timeout=None, trust_env=False, follow_redirects=False)
        return pools[loop]

    def _kept(self) -> WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]:
        """The connections of this process, by event loop: two processes on one would read each other's answers."""
        process, pools = self._pools
        if process != os.getpid():
            pools = WeakKeyDictionary()
            self._pools = (os.getpid(), pools)
        return pools


def _cause(error: Exception) -> Exception:
    """The error of the system at the bottom of one of httpx, which keeps words only."""
    found, below = error, error.__cause__ or error.__context__
    while isinstance(below, Exception):
        found = below if isinstance(below, OSError) else found
        below = below.__cause__ or below.__context__
    return found
