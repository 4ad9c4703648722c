"""Diagnosis requests and diagnoses, built from the same fields as the tables."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from data_contracts.api.message import Message, Request
from data_contracts.fields import decision as d
from data_contracts.fields import execution as e
from data_contracts.fields import identity as i


def _given(*names: str) -> dict[str, JsonValue]:
    """Return JSON Schema: all of these are present and not null."""
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
            description="spark.* properties that repair it, too, but whose value only the site knows: a description "
            "of what belongs there, to be replaced by a value before anything is set."
        ),
    ] = {}
    knobs: Annotated[
        list[str],
        Field(
            description="Properties that can repair it when no value can be computed from what is known, with "
            "platform and version where they differ."
        ),
    ] = []


class SlowFinding(Message):
    """What made an application slow or wasteful, measured over its stages and executors."""

    cause: Annotated[str, Field(description="A name of the taxonomy's slow causes.")]
    title: str
    stage_ids: Annotated[list[int], Field(description="Stages that show it; empty if the whole application does.")]
    lost_s: Annotated[float, Field(ge=0, description="Wall-clock seconds lost, estimated.")]
    wasted_core_s: Annotated[float, Field(ge=0, description="Core-seconds held or used for nothing, estimated.")]
    estimate: Annotated[str, Field(description="How the seconds were estimated.")]
    facts: list[str]
    remediation: Remediation


class CitedFact(EvidenceItem):
    """A fact as shown in a diagnosis: its decisive line, and every other source of the same text."""

    line: Annotated[str, Field(description="The decisive line of the message, in full: exception, path, figures.")]
    also_at: Annotated[
        list[str], Field(description="Other sources with the same text: a failed stage fails its job and its query.")
    ] = []


class ChainLink(Message):
    """One step from the first cause to the end of the application."""

    evidence_id: e.EvidenceId
    line: Annotated[str, Field(description="What the fact says about this step.")]
    linked_by: Annotated[
        Literal["message", "executor", "host", "stage", "order", "start"],
        Field(
            description="How it is known to lead to the next step: one message names both, both name the same "
            "executor, host or stage, or only by order; `start`: the end, where the search began."
        ),
    ]
    is_cause: Annotated[bool, Field(description="Whether it may be a first cause; false for a mere consequence.")]


class Diagnosis(Message):
    """How the application ended, the root cause with the evidence it rests on, and what to do."""

    app_id: i.AppId | None = None
    application_status: Annotated[e.Status, Field(description="`unknown` if only facts were given.")] = "unknown"
    ending: Annotated[str, Field(description="How the application ended, in a sentence; empty if unknown.")] = ""
    root_cause: Annotated[
        str,
        Field(
            description="A name of the taxonomy; `unknown` if nothing fits or nothing is certain enough, `none` if "
            "nothing failed. For an application that succeeded: what it recovered from."
        ),
    ]
    symptom_only: Annotated[
        bool,
        Field(
            description="Whether root_cause is only a consequence (a lost executor, a failed fetch) whose own cause "
            "is unknown."
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
        Field(description="The second most likely cause; for `unknown` the likeliest, too uncertain to be shown."),
    ] = None
    would_tell: Annotated[
        str,
        Field(description="What would tell root_cause and runner_up apart: a log, a mark; empty if one is certain."),
    ] = ""
    title: str
    explanation: str
    evidence: Annotated[
        list[CitedFact],
        Field(description="The facts behind the cause; if unknown, the most telling ones. Each was in the input."),
    ]
    chain: Annotated[
        list[ChainLink], Field(description="From the first cause to the end; empty if there is only one step.")
    ] = []
    remediation: Remediation
    answered_by: Annotated[
        Literal["troubleshooter", "rules", "cases"],
        Field(
            description="The tuned language model; the rules it falls back to; or, if those find nothing, known "
            "failures with the same words."
        ),
    ]
    second_opinion: Annotated[
        str | None, Field(description="Root cause according to the other one (model or rules), if it has one.")
    ] = None
    guess: Annotated[
        str | None,
        Field(
            description="Root cause named by the language model although the rules find none: unproven, so nothing "
            "else in the answer is based on it."
        ),
    ] = None
    notes: Annotated[list[str], Field(description="Why a fallback answered, what was missing.")] = []
    slow: Annotated[list[SlowFinding], Field(description="What made it slow, whether it failed or not.")] = []
    release_version: d.ReleaseVersion = d.NONE
    troubleshooter_version: d.ModelVersion = d.NONE
