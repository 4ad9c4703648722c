"""What a lake holds, as ``sparkwright applications --json`` and ``sparkwright quarantine --json`` write it.

Versioned as the report is: ``version`` grows when a field changes its meaning or goes; fields may be added without.
What could not be known is ``null``.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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
        Field(description="Of a failed one, as the rules find it in its evidence: `unknown` where they do not."),
    ]
    started_at: datetime
    duration_s: Annotated[float | None, Field(description="Missing where the log does not tell when it ended.")]
    memory_gib_h: Annotated[float | None, Field(description="GiB-hours that its executors held.")]
    wasted_gib_h: Annotated[
        float | None,
        Field(description="Of these: all of a failed one, else at least what was idle; missing where nobody measured."),
    ]


class ApplicationList(_Part):
    """The applications that were asked for, in the order asked for."""

    version: Literal[1] = VERSION
    applications: list[ListedApplication]


class SetAside(_Part):
    """Something that stands in quarantine: a log, a piece of one, or a row."""

    source_path: str
    offset_bytes: Annotated[int, Field(ge=0, description="Where in the decompressed log; 0 for all of it.")]
    reason: str
    table: Annotated[str | None, Field(description="Of a row that broke its contract.")]
    row_json: Annotated[str | None, Field(description="That row, without secrets.")]
    set_aside_at: datetime


class QuarantineList(_Part):
    """What stands in quarantine, by log and place in it."""

    version: Literal[1] = VERSION
    entries: list[SetAside]
