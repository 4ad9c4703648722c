"""What is asked about a failure, and the diagnosis, built from the same fields as the tables."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from data_contracts.fields import decision as d
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i
from data_contracts.message import Message, Request


def _given(*names: str) -> dict[str, JsonValue]:
    """JSON Schema: all of these are there and not null."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


class EvidenceItem(Request):
    """One fact about a failure."""

    evidence_id: e.EvidenceId
    kind: e.EvidenceKind
    source: e.EvidenceSource
    exception_class: e.ExceptionClass = ""
    message: e.Message
    occurrence_count: Annotated[e.OccurrenceCount, Field(lt=2**53)] = 1


class DiagnoseRequest(Request):
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


class Remediation(Message):
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


class SlowFinding(Message):
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


class ChainLink(Message):
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


class Diagnosis(Message):
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
