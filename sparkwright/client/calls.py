"""What can be asked of the service: each call once, for the blocking and the asynchronous client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypedDict, TypeVar, cast
from urllib.parse import quote, urlencode

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
    RecommendBatchAnswer,
    RecommendRequest,
    Report,
    RequirementsAnswer,
    ServiceStatus,
    WorkloadDetail,
    WorkloadList,
)
from sparkwright.client.reading import Answer, object_of, problem_error
from sparkwright.errors import ProblemError, ServiceError
from sparkwright.parsing.json_values import shown

T = TypeVar("T")


class WorkloadsQuery(TypedDict, total=False):
    """Which workloads: whose ids hold a text, so many, after leaving out so many."""

    containing: str
    limit: int
    offset: int


class WorkloadQuery(TypedDict, total=False):
    """How many runs and decisions of a workload."""

    limit: int


class ApplicationsQuery(TypedDict, total=False):
    """Which applications, in which order; ``since`` is a day, an ISO 8601 moment, or ``14d``, ``36h``, ``2w`` ago."""

    status: Literal["succeeded", "failed", "unknown"]
    workload: str
    since: str
    sort: Literal["started", "duration", "memory", "waste", "workload", "status", "id"]
    limit: int
    offset: int


class ReportQuery(TypedDict, total=False):
    """What a report is about; ``group_by`` is ``user``, ``queue`` or a tag."""

    since: str
    workload: str
    group_by: str


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call.

    Attributes:
        name: Names it in errors, and the others that share its fate.
        answer: What its JSON is.
        may_repeat: Whether asking twice does what asking once does.
        is_slow: Whether it is about much: logs, the lake, a hundred launches; no submission waits for it.
    """

    name: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    answer: type[T]
    body: Mapping[str, Any] | None = None
    may_repeat: bool = True
    is_slow: bool = False

    def read(self, address: str, answer: Answer) -> T:
        """What was answered.

        Raises:
            ServiceError: No such thing; a :class:`ProblemError` where the service says why.
        """
        document = object_of(address, answer)
        required: frozenset[str] = getattr(self.answer, "__required_keys__", frozenset())
        if missing := sorted(required - document.keys()):
            kind = self.answer.__name__
            raise ServiceError(f"{address}: expected a {kind}, got JSON without {', '.join(missing[:5])}")
        return cast(T, document)


def recommend(request: RecommendRequest) -> Call[Recommendation]:
    """A decision; only a launch that has an id gets the same one when it asks again."""
    may_repeat = bool(request.get("launch_id"))
    return Call("recommend", "POST", "/v1/recommend", Recommendation, request, may_repeat)


def recommend_many(requests: Sequence[RecommendRequest]) -> Call[RecommendBatchAnswer]:
    """A decision for each of 1 to 100 launches."""
    may_repeat = all(request.get("launch_id") for request in requests)
    body = {"requests": list(requests)}
    return Call("recommend_many", "POST", "/v1/recommend:batch", RecommendBatchAnswer, body, may_repeat, is_slow=True)


def diagnose(request: DiagnoseRequest) -> Call[Diagnosis]:
    """Why an application failed; a language model may think about it for long, so it is not asked twice."""
    return Call("diagnose", "POST", "/v1/diagnose", Diagnosis, request, may_repeat=False, is_slow=True)


def start_diagnosis(request: DiagnosisJobRequest) -> Call[DiagnosisJob]:
    """A diagnosis that the service goes on with while nobody waits."""
    return Call("start_diagnosis", "POST", "/v1/diagnoses", DiagnosisJob, request, may_repeat=False)


def diagnosis(diagnosis_id: str) -> Call[DiagnosisJob]:
    """How far it is, and what came of it."""
    return Call("diagnosis", "GET", f"/v1/diagnoses/{_part(diagnosis_id)}", DiagnosisJob)


def cancel_diagnosis(diagnosis_id: str) -> Call[DiagnosisJob]:
    """Cancel it, or forget what came of it; the second time there is none."""
    path = f"/v1/diagnoses/{_part(diagnosis_id)}"
    return Call("cancel_diagnosis", "DELETE", path, DiagnosisJob, may_repeat=False)


def explain(request: ExplainRequest) -> Call[Explanation]:
    """A decision in plain language; a language model may think about it for long."""
    return Call("explain", "POST", "/v1/explain", Explanation, request, is_slow=True)


def feedback(report: FeedbackRequest) -> Call[FeedbackAnswer]:
    """What became of a decision, or the confirmed cause of a failure."""
    return Call("feedback", "POST", "/v1/feedback", FeedbackAnswer, report)


def requirements(text: str) -> Call[RequirementsAnswer]:
    """What a text in plain language says that a job needs."""
    return Call("requirements", "POST", "/v1/requirements", RequirementsAnswer, {"text": text})


def decision(decision_id: str) -> Call[ListedDecision]:
    """A decision and its outcomes."""
    return Call("decision", "GET", f"/v1/decisions/{_part(decision_id)}", ListedDecision, is_slow=True)


def workloads(query: WorkloadsQuery) -> Call[WorkloadList]:
    """The workloads that have runs."""
    return Call("workloads", "GET", f"/v1/workloads{_query(query)}", WorkloadList, is_slow=True)


def workload(workload_id: str, query: WorkloadQuery) -> Call[WorkloadDetail]:
    """A workload with its last runs and decisions."""
    path = f"/v1/workloads/{_part(workload_id)}{_query(query)}"
    return Call("workload", "GET", path, WorkloadDetail, is_slow=True)


def applications(query: ApplicationsQuery) -> Call[ApplicationList]:
    """The applications of the lake."""
    return Call("applications", "GET", f"/v1/applications{_query(query)}", ApplicationList, is_slow=True)


def report(query: ReportQuery) -> Call[Report]:
    """What the lake says of waste, sizing, failures and slow runs."""
    return Call("report", "GET", f"/v1/report{_query(query)}", Report, is_slow=True)


def policies() -> Call[PolicyList]:
    """The policies that recommendations keep."""
    return Call("policies", "GET", "/v1/policies", PolicyList)


def check_policies(request: PolicyCheckRequest) -> Call[PolicyFindings]:
    """What is wrong with policies; nothing is kept."""
    return Call("check_policies", "POST", "/v1/policies:check", PolicyFindings, request, is_slow=True)


def status() -> Call[ServiceStatus]:
    """What is served right now."""
    return Call("status", "GET", "/v1/status", ServiceStatus)


def each(requests: Sequence[RecommendRequest], answer: RecommendBatchAnswer) -> list[Recommendation | ProblemError]:
    """The answers of a batch one by one.

    Raises:
        ServiceError: There are more or fewer than questions, or one is neither a recommendation nor a problem.
    """
    answers: object = answer["answers"]
    if not isinstance(answers, list) or len(answers) != len(requests):
        raise ServiceError(f"recommend_many: expected {len(requests)} answers, got {shown(answers)}")
    return [_one(number, one) for number, one in enumerate(answers)]


def _one(number: int, answer: object) -> Recommendation | ProblemError:
    fields = answer if isinstance(answer, dict) else {}
    recommendation, problem = fields.get("recommendation"), fields.get("problem")
    if isinstance(recommendation, dict) and recommendation.keys() >= Recommendation.__required_keys__:
        return cast(Recommendation, recommendation)
    if isinstance(problem, dict) and isinstance(status := problem.get("status"), int):
        return problem_error(f"recommend_many: question {number}", status, problem)
    raise ServiceError(f"recommend_many: expected an answer to question {number}, got {shown(answer)}")


def _part(text: str) -> str:
    """A text as one part of a path, whatever is in it."""
    return quote(text, safe="")


def _query(query: Mapping[str, object]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
