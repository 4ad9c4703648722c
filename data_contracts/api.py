"""Requests and answers of the endpoints, built from the same fields as the tables.

The service's OpenAPI, the launcher and the tests all use these models.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from data_contracts.fields import decision as d
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i
from data_contracts.request_limits import MAX_NAME_LENGTH
from data_contracts.request_properties import SparkProperties
from data_contracts.rollout import RolloutStatus

_Name = Field(max_length=MAX_NAME_LENGTH)


MAX_NAMED_RUNS = 5
"""Runs that a decision names of those that it rests on."""


def _given(*names: str) -> dict[str, JsonValue]:
    """JSON Schema: all of these are there and not null."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


_RETRACTS: dict[str, JsonValue] = {"required": ["retracted"], "properties": {"retracted": {"const": True}}}


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Request(_Message):
    # As the OpenAPI document says: `true` is no number, nor is "1".
    model_config = ConfigDict(strict=True)


class RecommendRequest(_Request):
    """What a launcher knows before it submits."""

    app_name: Annotated[i.AppName, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    user_name: Annotated[i.UserName, _Name] = ""
    queue: Annotated[i.Queue, _Name] = ""
    workload: Annotated[
        str | None,
        Field(max_length=256, description="Explicit key of the recurring workload; else name, user and queue decide."),
    ] = None
    platform: i.Platform = "unknown"
    properties: Annotated[SparkProperties, Field(description="The spark.* properties as the user wrote them.")] = (
        SparkProperties()
    )
    attempt: Annotated[int, Field(ge=1, le=1000, description="Which try this is: 2 is the first retry.")] = 1
    input_bytes: Annotated[
        int | None, Field(ge=0, lt=2**53, description="Bytes that the run will read, where they are known; 0: unknown.")
    ] = None
    max_risk: Annotated[
        float | None,
        Field(
            gt=0,
            le=0.5,
            description="P(death) that is accepted for a heap below what was asked for; it can only lower the "
            "service's own bound.",
        ),
    ] = None
    launch_id: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_-]{1,64}$",
            description="Names this launch of its queue and user: asked again for the same launch and attempt (a "
            "retried request, a task that reattaches), the service gives the decision that it gave, whatever else the "
            "request says.",
        ),
    ] = None
    deadline_ms: Annotated[
        int | None,
        Field(gt=0, lt=2**53, description="The run must have ended so long after its start, a second try included."),
    ] = None


class Quantiles(_Message):
    """Forecast quantiles of one requirement, in the requirement's own unit."""

    p10: Annotated[float, Field(ge=0)]
    p50: Annotated[float, Field(ge=0)]
    p90: Annotated[float, Field(ge=0)]


class HeapEvidence(_Message):
    """What the runs of a workload say about one heap: a word and what it rests on, no probability.

    The heap is that of an executor, in local mode the driver's.
    """

    executor_memory_bytes: Annotated[int, Field(gt=0)]
    standing: Annotated[
        Literal["proven", "died", "never_tried"],
        Field(description="For the input and the tasks that the next run is expected to have."),
    ]
    run_count: Annotated[int, Field(ge=0, description="Runs that held with no more, or died with no less.")]
    input_bytes: Annotated[
        int,
        Field(
            ge=0,
            description="proven: the largest input that it held for; died: the least that it died of; never_tried: "
            "the input that nothing is proven for.",
        ),
    ]


class RunId(_Message):
    """A run as the cluster names it."""

    app_id: i.AppId
    attempt_id: i.AttemptId


class RunEvidence(_Message):
    """The runs that a decision rests on: all of the workload that compare and ended in the window."""

    first_ended_at: datetime
    last_ended_at: datetime
    newest: Annotated[
        list[RunId],
        Field(max_length=MAX_NAMED_RUNS, description="The last of them, newest first; `observed_run_count` are more."),
    ] = []


class HeapRisk(_Message):
    """How likely the run is to die of the advised heap."""

    probability: Annotated[float, Field(ge=0, le=1)]
    basis: Annotated[
        Literal["model", "certified"],
        Field(
            description="model: of this workload's posterior, no more. certified: among earlier decisions of about "
            "this risk so few died that the bound keeps it."
        ),
    ] = "model"
    bound: Annotated[
        float | None,
        Field(ge=0, le=1, description="One-sided 95% bound of the share of such decisions that die, by workload."),
    ] = None
    decision_count: Annotated[int, Field(ge=0, description="Earlier decisions that the bound rests on.")] = 0


class Forecast(_Message):
    """What the next run needs under the recommended allocation."""

    # Forecasts are kept in the decision log: one of an earlier version may hold more.
    model_config = ConfigDict(extra="ignore", frozen=True)

    duration_ms: Quantiles
    executor_run_time_ms: Quantiles
    input_bytes: Quantiles
    shuffle_write_bytes: Quantiles
    disk_spilled_bytes: Quantiles


class Reason(_Message):
    """Why one property has the value it has."""

    property: Annotated[str, Field(description="Spark property, or `*` for the decision as a whole.")]
    text: str


class PropertyChange(_Message):
    """What the decision makes of one property."""

    property: str
    current: Annotated[str | None, Field(description="As the request has it; null where it does not set it.")]
    advised: str


class PolicyChange(_Message):
    """What a policy made of the advice, or of what the user set."""

    property: Annotated[str, Field(description="Spark property; `*` where a budget bounds the application as a whole.")]
    rule: Literal["min", "max", "unset", "not", "require", "budget"]
    policies: Annotated[list[str], Field(description="Names of the policies that say so.")]
    uncapped: Annotated[
        str | None, Field(description="What would have gone out without policies; null: nothing, or Spark's default.")
    ]
    capped: Annotated[
        str | None, Field(description="What goes out; null: nothing may be set, or nothing could be done.")
    ]
    text: Annotated[str, Field(description="The rule and what it did, in a sentence.")]


class Saving(_Message):
    """What one run saves if it takes the median of its forecast, against what was asked for; negative: costs more."""

    memory_gib_h: Annotated[float, Field(description="GiB-hours of its executors, with what is reserved beside heaps.")]
    core_h: Annotated[float, Field(description="Core-hours of its executors.")]
    money: Annotated[float | None, Field(description="By the price sheet of the service.")] = None
    currency: Annotated[str | None, Field(description="ISO 4217.")] = None


class UnappliedAdvice(_Message):
    """Advice that nobody was given to submit with; it is kept, to be compared with what became of the run."""

    # Kept in the decision log, as forecasts are.
    model_config = ConfigDict(extra="ignore", frozen=True)

    release_version: d.ReleaseVersion
    forecaster_version: d.ModelVersion
    allocation: dict[str, str]
    claimed_death_probability: Annotated[float | None, Field(ge=0, le=1)] = None
    trial: bool = False
    duration_ms: Annotated[Quantiles | None, Field(description="Missing where nothing was forecast.")] = None
    fault: Annotated[str, Field(description="Why there is no forecast, or no advice at all.")] = ""


class Recommendation(_Message):
    """The decision: the allocation to submit with, and why."""

    decision_id: i.DecisionId
    workload_id: i.WorkloadId
    allocation: Annotated[dict[str, str], Field(description="spark.* properties to submit with, units always written.")]
    changes: Annotated[
        list[PropertyChange], Field(description="What differs from the request; empty where it is left as it is.")
    ] = []
    saving: Annotated[
        Saving | None,
        Field(description="Missing where nobody knows how long it runs or how many executors it has."),
    ] = None
    forecast: Annotated[Forecast | None, Field(description="Missing where no champion could forecast.")] = None
    cold: Annotated[
        bool, Field(description="True where the workload was never seen: the forecast rests on other workloads.")
    ]
    trial: Annotated[
        bool,
        Field(description="True where no run held with so little and the risk is above the bound: taken to learn."),
    ]
    risk: Annotated[HeapRisk | None, Field(description="Missing where too few runs of the workload say anything.")] = (
        None
    )
    held_back: Annotated[
        bool, Field(description="True where chance kept the user's own settings, to compare with.")
    ] = False
    report_only: Annotated[
        bool,
        Field(description="True where the workload has not opted in: the allocation is the user's own, and no advice."),
    ] = False
    withheld: Annotated[
        UnappliedAdvice | None,
        Field(description="What a workload would have been advised that has not opted in; not to be submitted with."),
    ] = None
    extrapolated: Annotated[bool, Field(description="True where the allocation lies outside what was seen.")]
    observed_run_count: Annotated[int, Field(ge=0, description="Runs of this workload that the forecast used.")]
    heap_evidence: Annotated[
        list[HeapEvidence],
        Field(description="Of the heaps that matter: advised, asked for, proven, died; ascending. Empty where cold."),
    ] = []
    evidence: Annotated[
        RunEvidence | None, Field(description="Which runs it rests on; missing where it rests on none.")
    ] = None
    reasons: list[Reason]
    policy_changes: Annotated[
        list[PolicyChange],
        Field(description="What policies changed: it holds whatever the user set. Empty where nothing was in the way."),
    ] = []
    required: Annotated[
        dict[str, str], Field(description="Properties beside resources that policies demand to be set, with values.")
    ] = {}
    policy_version: Annotated[str, Field(description="Of the policies in force; empty where there are none.")] = ""
    expires_at: Annotated[
        datetime | None,
        Field(description="From then on ask again, also for the same launch: newer runs may say something else."),
    ] = None
    answered_by: Annotated[
        Literal["forecast", "states", "fallback"],
        Field(
            description="A forecast with what the workload's runs prove; that evidence alone; or nobody: `fallback` is "
            "no advice, only what the user wrote."
        ),
    ] = "fallback"
    release_version: d.ReleaseVersion
    forecaster_version: d.ModelVersion


class EvidenceItem(_Request):
    """One fact about a failure."""

    evidence_id: e.EvidenceId
    kind: e.EvidenceKind
    source: e.EvidenceSource
    exception_class: e.ExceptionClass = ""
    message: e.Message
    occurrence_count: Annotated[e.OccurrenceCount, Field(lt=2**53)] = 1


class DiagnoseRequest(_Request):
    """A harvested application, or the evidence itself."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_given("app_id"), _given("evidence")]})

    app_id: i.AppId | None = None
    attempt_id: i.AttemptId | None = None
    evidence: Annotated[list[EvidenceItem] | None, Field(min_length=1, max_length=200)] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.app_id is None) == (self.evidence is None):
            raise ValueError("expected either app_id or evidence, got both or neither")
        return self


class Remediation(_Message):
    """What to do about it."""

    text: str
    properties: Annotated[
        dict[str, str],
        Field(description="spark.* properties that repair it, where a property can; `{value}` never appears."),
    ] = {}
    to_fill: Annotated[
        dict[str, str],
        Field(
            description="spark.* properties that repair it, too, whose value only the site knows: what belongs there "
            "in words, to be replaced by a value before anything is set."
        ),
    ] = {}
    knobs: Annotated[
        list[str],
        Field(
            description="Where no value can be computed from what is known: the properties that can repair it, with "
            "platform and version where they differ."
        ),
    ] = []


class SlowFinding(_Message):
    """What made an application slow or wasteful, measured over its stages and executors."""

    cause: Annotated[str, Field(description="A name of the taxonomy's slow causes.")]
    title: str
    stage_ids: Annotated[list[int], Field(description="Stages that show it; empty where the whole application does.")]
    lost_s: Annotated[float, Field(ge=0, description="Wall-clock seconds lost, estimated.")]
    wasted_core_s: Annotated[float, Field(ge=0, description="Core-seconds held or used for nothing, estimated.")]
    estimate: Annotated[str, Field(description="How the seconds were estimated.")]
    facts: list[str]
    remediation: Remediation


class CitedFact(EvidenceItem):
    """A fact as a diagnosis shows it: its decisive line, and every place that says the same."""

    line: Annotated[str, Field(description="The line of the message that decides, whole: exception, path, figures.")]
    also_at: Annotated[
        list[str], Field(description="Other sources with the same text: a failed stage fails its job and its query.")
    ] = []


class ChainLink(_Message):
    """One step from the first cause to the end of the application."""

    evidence_id: e.EvidenceId
    line: Annotated[str, Field(description="What the fact says of this step.")]
    linked_by: Annotated[
        Literal["message", "executor", "host", "stage", "order", "start"],
        Field(
            description="How it is known to lead to the next step: one message says both, both name one executor, host "
            "or stage, or nothing but their order; `start`: the end, where the search began."
        ),
    ]
    is_cause: Annotated[bool, Field(description="Whether it may be a first cause; false for a mere consequence.")]


class Diagnosis(_Message):
    """How the application ended, the root cause with the evidence it rests on, and what to do."""

    app_id: i.AppId | None = None
    application_status: Annotated[e.Status, Field(description="`unknown` where only facts were given.")] = "unknown"
    ending: Annotated[str, Field(description="How the application ended, in a sentence; empty where not told.")] = ""
    root_cause: Annotated[
        str,
        Field(
            description="A name of the taxonomy; `unknown` where nothing fits or nothing is sure enough, `none` where "
            "nothing failed. Of an application that succeeded: what it recovered from."
        ),
    ]
    symptom_only: Annotated[
        bool,
        Field(
            description="Whether root_cause is only what followed (an executor that went away, a fetch that failed): "
            "what it came from is not known."
        ),
    ] = False
    confidence: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="Calibrated probability that root_cause is right; null for `unknown`, `none` and a symptom.",
        ),
    ] = None
    runner_up: Annotated[
        str | None,
        Field(description="The next likely cause; of `unknown` the likeliest, which was not sure enough to be shown."),
    ] = None
    would_tell: Annotated[
        str,
        Field(description="What would tell root_cause and runner_up apart: a log, a mark; empty where one is sure."),
    ] = ""
    title: str
    explanation: str
    evidence: Annotated[
        list[CitedFact],
        Field(description="The facts the cause rests on; of an unknown one the most telling. Each was in the input."),
    ]
    chain: Annotated[
        list[ChainLink], Field(description="From the first cause to the end; empty where there is one step only.")
    ] = []
    remediation: Remediation
    answered_by: Annotated[
        Literal["troubleshooter", "rules", "cases"],
        Field(
            description="The tuned language model; the rules it falls back to; or failures with the same words whose "
            "cause is known, where the rules find none."
        ),
    ]
    second_opinion: Annotated[
        str | None, Field(description="Root cause according to the other of the two, where it has one.")
    ] = None
    guess: Annotated[
        str | None,
        Field(
            description="Root cause that the language model names although the rules find none: unproven, so nothing "
            "else in the answer follows it."
        ),
    ] = None
    notes: Annotated[list[str], Field(description="Why a fallback answered, what was missing.")] = []
    slow: Annotated[list[SlowFinding], Field(description="What made it slow, whether it failed or not.")] = []
    release_version: d.ReleaseVersion = d.NONE
    troubleshooter_version: d.ModelVersion = d.NONE


class FeedbackRequest(_Request):
    """What the launcher saw of a submitted decision, or what a person found to be the cause of a failure."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {**_given("decision_id"), "not": {"anyOf": [_given("confirmed_cause"), _RETRACTS]}},
                {**_given("app_id", "confirmed_cause"), "not": _RETRACTS},
                {"allOf": [_given("app_id"), _RETRACTS], "not": _given("confirmed_cause")},
            ]
        }
    )

    decision_id: Annotated[i.DecisionId | None, Field(min_length=1)] = None
    app_id: i.AppId | None = None
    attempt_id: i.AttemptId | None = None
    exit_code: Annotated[e.ExitCode | None, Field(ge=-(2**31), lt=2**32)] = None
    confirmed_cause: Annotated[
        str | None,
        Field(
            max_length=64,
            description="A root cause of the taxonomy that a person found app_id to have failed of: failures with the "
            "same words are held against it from now on.",
        ),
    ] = None
    retracted: Annotated[bool, Field(description="Take back what was confirmed of app_id.")] = False

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        about_cause = self.confirmed_cause is not None or self.retracted
        if about_cause and self.app_id is None:
            raise ValueError("expected app_id with confirmed_cause or retracted, got none")
        if self.confirmed_cause is not None and self.retracted:
            raise ValueError("expected confirmed_cause or retracted, got both")
        if not about_cause and self.decision_id is None:
            raise ValueError("expected decision_id, or app_id with confirmed_cause or retracted; got neither")
        return self


class FeedbackAnswer(_Message):
    """What was written: the report to the decision log, the confirmed cause to the lake."""

    decision_id: i.DecisionId | None
    recorded: Literal[True] = True


class ServiceStatus(_Message):
    """What the service serves right now."""

    release_version: d.ReleaseVersion
    forecaster_version: d.ModelVersion
    troubleshooter_version: d.ModelVersion
    troubleshooter_engine: str
    contract_hash: str
    decision_count: Annotated[int, Field(ge=0)]
    answers: Annotated[
        dict[str, int],
        Field(
            description="Answers to recommendations since the service started, by who gave them: `forecast`, `states`, "
            "`fallback`; `report_only` were no advice, `log_failed` and `overloaded` no answers."
        ),
    ] = {}
    rollout: RolloutStatus = RolloutStatus()
    notes: list[str] = []
