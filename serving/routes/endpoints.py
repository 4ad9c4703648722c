"""The endpoints: a wrong request is answered with 422 and the field (BentoML's own endpoints would say 400)."""

import time
from typing import Annotated, Any, Protocol, cast

import bentoml
from fastapi import Depends, FastAPI, HTTPException, Response

from data_contracts.api.batch import RecommendBatchAnswer, RecommendBatchRequest
from data_contracts.api.diagnosis import DiagnoseRequest, Diagnosis
from data_contracts.api.feedback import FeedbackAnswer, FeedbackRequest
from data_contracts.api.recommendation import Recommendation, RecommendRequest
from data_contracts.api.status import ServiceStatus
from serving.gateway.asking import WhoAsks
from serving.gateway.overload import RETRY_AFTER_S, OverloadedError
from serving.gateway.problems import answer_with_problems, responses
from serving.gateway.strict_json import StrictRoute
from serving.routes import diagnoses, explaining, policies, reading, requirements
from serving.routes.admission import AdmissionReview, admit
from serving.routes.batching import answer_each
from serving.service_metrics import DIAGNOSES, MEDIA_TYPE, RECOMMENDATIONS, REPORTS, SECONDS, exposition
from sparkwright.access.caller import Caller
from sparkwright.errors import ConfigError, DecisionLogError, LakeError
from sparkwright.spark.workload import workload_id

_ANY_REQUEST = responses(
    s400="The request is no HTTP that this service speaks.",
    s401="No key, or one that is not valid, where one is needed.",
    s403="The key does not reach that far.",
    s421="The Host header names another service.",
    s500="A fault of the service; its log says more.",
    s504="It took longer than two minutes.",
) | {431: {"description": "The headers are too long; the answer has no body."}}
_ANY_BODY = responses(
    s408="The body took too long.",
    s413="The body is too long.",
    s422="The request breaks its contract.",
    s503="Something that the answer needs cannot be used now.",
)

app = FastAPI(
    title="Sparkwright",
    summary="What to submit a Spark application with, and why one failed.",
    version="1",
    docs_url=None,
    redoc_url=None,
    separate_input_output_schemas=False,  # a decision that is explained is the one that was given
    responses=_ANY_REQUEST,
)
app.include_router(reading.router)
app.include_router(diagnoses.router)
app.include_router(requirements.router)
app.include_router(policies.router)
app.include_router(explaining.router)
app.router.route_class = StrictRoute
answer_with_problems(app)


class Front(Protocol):
    """What the routes ask of :class:`serving.service.Sparkwright`."""

    async def recommend(self, request: RecommendRequest, caller: Caller) -> Recommendation: ...  # noqa: D102
    async def diagnose(self, request: DiagnoseRequest, caller: Caller) -> Diagnosis: ...  # noqa: D102
    async def feedback(self, report: FeedbackRequest, caller: Caller) -> bool: ...  # noqa: D102
    async def status(self) -> ServiceStatus: ...  # noqa: D102


async def _current() -> Front:
    """The service of this process; a coroutine, because FastAPI gives everything else to a thread."""
    return cast(Front, bentoml.get_current_service())


Current = Annotated[Front, Depends(_current)]


def _workload_of(request: RecommendRequest) -> str:
    """The workload as the decision will name it."""
    if request.workload:
        return request.workload
    return workload_id(request.app_name, request.user_name, request.queue, request.properties.as_conf())


def _overloaded(error: OverloadedError) -> HTTPException:
    return HTTPException(503, str(error), {"Retry-After": str(RETRY_AFTER_S)})


@app.get("/", include_in_schema=False)
def index() -> Response:
    """Where to go on; BentoML's own page would load scripts from elsewhere."""
    return Response("Sparkwright: see /openapi.json, /v1/status, /readyz, /metrics\n", media_type="text/plain")


@app.post("/v1/recommend", response_model=Recommendation, responses=_ANY_BODY)
async def recommend(request: RecommendRequest, service: Current, caller: WhoAsks) -> Response:
    """What to submit an application with, how long it will take, and why."""
    started_s = time.perf_counter()
    recommendation = await decision(request, service, caller)
    SECONDS.labels(endpoint="recommend").observe(time.perf_counter() - started_s)
    # Valid by its type: FastAPI would check and convert it once more.
    return Response(recommendation.model_dump_json(), media_type="application/json")


@app.post("/v1/recommend:batch", response_model=RecommendBatchAnswer, responses=_ANY_BODY)
async def recommend_batch(request: RecommendBatchRequest, service: Current, caller: WhoAsks) -> Response:
    """What to submit several applications with; one that cannot be answered is told so in its place."""
    started_s = time.perf_counter()
    answer = await answer_each(request.requests, lambda one: decision(one, service, caller))
    SECONDS.labels(endpoint="recommend_batch").observe(time.perf_counter() - started_s)
    return Response(answer.model_dump_json(), media_type="application/json")


async def decision(request: RecommendRequest, service: Front, caller: Caller) -> Recommendation:
    """The decision on one question.

    Raises:
        HTTPException: 403 where it is not the caller's to ask, 503 where nobody can answer.
    """
    if caller.is_limited and not caller.sees(request.queue, _workload_of(request)):
        raise HTTPException(403, f"expected a workload and a queue of the team {caller.team}")
    try:
        recommendation = await service.recommend(request, caller)
    except DecisionLogError as error:
        RECOMMENDATIONS.labels(answered_by="log_failed").inc()
        raise HTTPException(503, f"decision log unavailable; no recommendation was returned: {error}") from error
    except OverloadedError as error:
        RECOMMENDATIONS.labels(answered_by="overloaded").inc()
        raise _overloaded(error) from error
    by = "report_only" if recommendation.report_only else recommendation.answered_by
    RECOMMENDATIONS.labels(answered_by=by).inc()
    if caller.queues and not caller.workloads and recommendation.evidence is not None:
        # Such a caller may name any workload together with a queue of its own: whose runs these are nobody knows.
        return recommendation.model_copy(update={"evidence": None})
    return recommendation


@app.post("/v1/diagnose", responses=_ANY_BODY | responses(s404="The lake does not know the application."))
async def diagnose(request: DiagnoseRequest, service: Current, caller: WhoAsks) -> Diagnosis:
    """Why an application failed, what says so, and what to do about it."""
    started_s = time.perf_counter()
    try:
        diagnosis = await service.diagnose(request, caller)
    except LakeError as error:
        DIAGNOSES.labels(answered_by="not_found").inc()
        raise HTTPException(404, str(error)) from error
    except OverloadedError as error:
        DIAGNOSES.labels(answered_by="overloaded").inc()
        raise _overloaded(error) from error
    DIAGNOSES.labels(answered_by=diagnosis.answered_by).inc()
    SECONDS.labels(endpoint="diagnose").observe(time.perf_counter() - started_s)
    return diagnosis


@app.post("/v1/feedback", responses=_ANY_BODY | responses(s404="Nobody knows the decision or the application."))
async def feedback(report: FeedbackRequest, service: Current, caller: WhoAsks) -> FeedbackAnswer:
    """Keep what a launcher saw of a submitted decision, or the root cause that a person confirmed or takes back.

    Repeating it changes nothing.
    """
    try:
        is_known = await service.feedback(report, caller)
    except DecisionLogError as error:
        REPORTS.labels(result="log_failed").inc()
        raise HTTPException(503, str(error)) from error
    except ConfigError as error:
        REPORTS.labels(result="refused").inc()
        raise HTTPException(422, str(error)) from error
    except LakeError as error:
        REPORTS.labels(result="not_found").inc()
        raise HTTPException(404, str(error)) from error
    about_decision = report.decision_id is not None
    REPORTS.labels(result="recorded" if is_known else "unknown_decision" if about_decision else "not_found").inc()
    if not is_known and not about_decision:
        raise HTTPException(404, f"expected an application whose cause was confirmed, got {report.app_id!r}")
    if not is_known:
        raise HTTPException(404, f"expected the id of a decision made here, got {report.decision_id!r}")
    return FeedbackAnswer(decision_id=report.decision_id)


@app.post("/v1/admission/spark-applications", include_in_schema=False)
async def admission(review: AdmissionReview, service: Current, caller: WhoAsks) -> dict[str, Any]:
    """Kubernetes' question about a Spark application that is being created: always allowed, advised if possible."""
    return await admit(review, lambda request: decision(request, service, caller))


@app.get("/v1/status", responses=responses(s503="The decision log cannot be used."))
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
