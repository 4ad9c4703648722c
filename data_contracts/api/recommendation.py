"""What a launcher asks before it submits, and the recommendation it gets, built from the same fields as the tables."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from data_contracts.api.limits import MAX_NAME_LENGTH
from data_contracts.api.message import NAME, Message, Request
from data_contracts.api.properties import SparkProperties
from data_contracts.fields import decision as d
from data_contracts.fields import identity as i

MAX_NAMED_RUNS = 5
"""Runs that a decision names of those that it rests on."""


class RecommendRequest(Request):
    """What a launcher knows before it submits."""

    app_name: Annotated[i.AppName, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    user_name: Annotated[i.UserName, NAME] = ""
    queue: Annotated[i.Queue, NAME] = ""
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


class Quantiles(Message):
    """Forecast quantiles of one requirement, in the requirement's own unit."""

    p10: Annotated[float, Field(ge=0)]
    p50: Annotated[float, Field(ge=0)]
    p90: Annotated[float, Field(ge=0)]


class HeapEvidence(Message):
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


class RunId(Message):
    """A run as the cluster names it."""

    app_id: i.AppId
    attempt_id: i.AttemptId


class RunEvidence(Message):
    """The runs that a decision rests on: all of the workload that compare and ended in the window."""

    first_ended_at: datetime
    last_ended_at: datetime
    newest: Annotated[
        list[RunId],
        Field(max_length=MAX_NAMED_RUNS, description="The last of them, newest first; `observed_run_count` are more."),
    ] = []


class HeapRisk(Message):
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


class Forecast(Message):
    """What the next run needs under the recommended allocation."""

    # Forecasts are kept in the decision log: one of an earlier version may hold more.
    model_config = ConfigDict(extra="ignore", frozen=True)

    duration_ms: Quantiles
    executor_run_time_ms: Quantiles
    input_bytes: Quantiles
    shuffle_write_bytes: Quantiles
    disk_spilled_bytes: Quantiles


class Reason(Message):
    """Why one property has the value it has."""

    property: Annotated[str, Field(description="Spark property, or `*` for the decision as a whole.")]
    text: str


class PropertyChange(Message):
    """What the decision makes of one property."""

    property: str
    current: Annotated[str | None, Field(description="As the request has it; null where it does not set it.")]
    advised: str


class PolicyChange(Message):
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


class Saving(Message):
    """What one run saves if it takes the median of its forecast, against what was asked for; negative: costs more."""

    memory_gib_h: Annotated[float, Field(description="GiB-hours of its executors, with what is reserved beside heaps.")]
    core_h: Annotated[float, Field(description="Core-hours of its executors.")]
    money: Annotated[float | None, Field(description="By the price sheet of the service.")] = None
    currency: Annotated[str | None, Field(description="ISO 4217.")] = None


class UnappliedAdvice(Message):
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


class Recommendation(Message):
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
