"""An asynchronous diagnosis: its request, progress and result."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data_contracts.api.diagnosis import Diagnosis, EvidenceItem
from data_contracts.api.problem import Problem
from data_contracts.fields import identity as i

Place = Literal["event_logs", "drivers", "standalone_work", "yarn", "databricks"]

# Names of files and folders that Spark, YARN and Databricks write. None starts with a dot, so `..` is impossible.
_NAME = r"[A-Za-z0-9_+=@~,:-][A-Za-z0-9_.+=@~,:-]*"


class LogAddress(BaseModel):
    """A log that the service reads in place, below a location that its owner configured; never any other path."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    place: Annotated[
        Place,
        Field(
            description="event_logs: SPARKWRIGHT_EVENT_LOG_DIR; drivers: the folder `drivers` next to it; the others: "
            "SPARKWRIGHT_STANDALONE_WORK_DIR, SPARKWRIGHT_YARN_LOG_DIR, SPARKWRIGHT_DATABRICKS_LOG_DIR."
        ),
    ]
    path: Annotated[
        str,
        Field(
            max_length=1024,
            pattern=f"^{_NAME}(?:/{_NAME})*$",
            description="Relative to it: an event log, a driver's or executor's log, or one application's folder.",
        ),
    ]


class DiagnosisJobRequest(BaseModel):
    """A harvested application, the evidence itself, or a log of any length."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
                for name in ("app_id", "evidence", "log")
            ]
        },
    )

    app_id: i.AppId | None = None
    attempt_id: Annotated[
        i.AttemptId | None, Field(description="Attempt of the application or event log; default: the last one.")
    ] = None
    evidence: Annotated[list[EvidenceItem] | None, Field(min_length=1, max_length=200)] = None
    log: LogAddress | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(one is not None for one in (self.app_id, self.evidence, self.log)) != 1:
            raise ValueError("expected one of app_id, evidence and log, got none or several")
        return self


class ReadProgress(BaseModel):
    """How much of a log was read, in bytes as stored."""

    model_config = ConfigDict(frozen=True)

    read_bytes: Annotated[int, Field(ge=0)]
    total_bytes: Annotated[int, Field(ge=0)]


class DiagnosisJob(BaseModel):
    """A requested diagnosis and its result."""

    model_config = ConfigDict(frozen=True)

    diagnosis_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="For `/v1/diagnoses/{diagnosis_id}`.")]
    status: Literal["queued", "running", "succeeded", "failed"]
    created_at: datetime
    started_at: Annotated[datetime | None, Field(description="When it was last started.")] = None
    ended_at: datetime | None = None
    progress: Annotated[ReadProgress | None, Field(description="Progress of reading a log.")] = None
    diagnosis: Annotated[Diagnosis | None, Field(description="The diagnosis, if it succeeded.")] = None
    problem: Annotated[Problem | None, Field(description="Why it failed, if it did.")] = None
