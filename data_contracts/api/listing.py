"""Listings of a lake and its decision log, as given by the command line (``--json``) and the service.

Versioned like the report: ``version`` grows when a field changes its meaning or is removed, not when one is added.
Unknown values are ``null``.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from data_contracts.api.recommendation import Forecast, UnappliedAdvice

VERSION: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListedApplication(_Part):
    """One attempt of one application."""

    app_id: str
    attempt_id: str
    workload_id: str
    app_name: str
    user_name: str
    status: Annotated[str, Field(description="`succeeded`, `failed` or `unknown`, as in table `applications`.")]
    log_state: str
    root_cause: Annotated[
        str | None,
        Field(description="For failed ones, as the rules find it in the evidence; `unknown` if they do not."),
    ]
    started_at: datetime
    duration_s: Annotated[float | None, Field(description="Missing if the log does not say when it ended.")]
    memory_gib_h: Annotated[float | None, Field(description="GiB-hours that its executors held.")]
    wasted_gib_h: Annotated[
        float | None,
        Field(description="Part wasted: all for a failed one, else at least what was idle; missing if not measured."),
    ]


class ApplicationList(_Part):
    """The requested applications, in the requested order."""

    version: Literal[1] = VERSION
    applications: list[ListedApplication]
    total_count: Annotated[int, Field(ge=0, description="Applications that match, whether or not they are listed.")]


class SetAside(_Part):
    """Something in quarantine: a log, a piece of one, or a row."""

    source_path: str
    offset_bytes: Annotated[int, Field(ge=0, description="Position in the decompressed log; 0 for the whole log.")]
    reason: str
    table: Annotated[str | None, Field(description="Table of a row that broke its contract.")]
    row_json: Annotated[str | None, Field(description="That row, without secrets.")]
    set_aside_at: datetime


class QuarantineList(_Part):
    """The quarantine, by log and position."""

    version: Literal[1] = VERSION
    entries: list[SetAside]


class ListedWorkload(_Part):
    """A workload by its runs."""

    workload_id: str
    run_count: Annotated[int, Field(ge=1)]
    failed_count: Annotated[int, Field(ge=0)]
    died_count: Annotated[int, Field(ge=0, description="Runs that died of memory: out of heap, or container killed.")]
    first_started_at: datetime
    last_started_at: datetime


class WorkloadList(_Part):
    """Workloads, the latest to run first."""

    version: Literal[1] = VERSION
    workloads: list[ListedWorkload]
    total_count: Annotated[int, Field(ge=0, description="Workloads that match, whether or not they are listed.")]


class ListedRun(_Part):
    """One run of a workload: what it was given and how it ended."""

    app_id: str
    attempt_id: str
    started_at: datetime
    status: str
    memory_verdict: str
    executor_memory_bytes: Annotated[int, Field(ge=0)]
    executor_count: Annotated[int, Field(ge=0)]
    input_bytes: Annotated[int, Field(ge=0)]
    duration_ms: Annotated[int, Field(ge=0)]
    decision_id: str | None


class ListedOutcome(_Part):
    """A harvested run that carried a decision."""

    app_id: str
    attempt_id: str
    status: str
    obeyed: Annotated[str, Field(description="How many of the recommended properties were in force.")]
    memory_verdict: str
    duration_ms: Annotated[int, Field(ge=0)]


class ListedDecision(_Part):
    """A decision as answered, and its outcomes."""

    decision_id: str
    workload_id: str
    decided_at: datetime
    release_version: str
    forecaster_version: str
    attempt: Annotated[int, Field(ge=1)]
    request: Annotated[dict[str, Any], Field(description="As received, without secrets.")]
    allocation: dict[str, str]
    forecast: Forecast | None
    claimed_death_probability: Annotated[float | None, Field(ge=0, le=1)]
    cold: bool
    trial: bool
    extrapolated: bool
    held_back: bool
    report_only: Annotated[bool, Field(description="Whether the workload had not opted in.")] = False
    withheld: Annotated[
        UnappliedAdvice | None, Field(description="What it would have been advised if it had opted in.")
    ] = None
    shadow: Annotated[UnappliedAdvice | None, Field(description="What the release in shadow would have advised.")] = (
        None
    )
    reported_app_id: Annotated[str | None, Field(description="As reported by the launcher.")]
    reported_exit_code: int | None
    outcomes: Annotated[
        list[ListedOutcome], Field(description="Empty until the run's event log was harvested and `feedback` ran.")
    ] = []


class WorkloadDetail(_Part):
    """A workload with its last runs and decisions, newest first."""

    version: Literal[1] = VERSION
    workload: ListedWorkload | None = Field(description="Missing if there are decisions about it but no harvested run.")
    runs: list[ListedRun]
    decisions: list[ListedDecision]
