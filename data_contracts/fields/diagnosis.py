"""Diagnoses: causes of failures that people confirmed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

ConfirmedCause = Annotated[
    str,
    Field(min_length=1, max_length=64),
    Column("Root cause of the taxonomy that a person confirmed.", "text", "sparkwright diagnose --confirm"),
]
ConfirmedBy = Annotated[
    str,
    Field(max_length=256),
    Column("Who confirmed it; empty if not stated.", "text", "sparkwright diagnose --confirm, POST /v1/feedback"),
]
ConfirmedAt = Annotated[
    datetime, Column("When it was confirmed.", "utc", "sparkwright diagnose --confirm, POST /v1/feedback")
]
FactsJson = Annotated[
    str,
    Column(
        "The most telling facts of the failure as known then, without secrets: a JSON list.",
        "text",
        "evidence",
    ),
]
CaseId = Annotated[
    str,
    Field(min_length=1, max_length=256),
    Column("Name of the case: an application, a scenario with its number, a condition, a document.", "text", "corpus"),
]
CaseSplit = Annotated[
    Literal["train", "validation", "test"],
    Column("What it may be used for: training, model selection, or scoring only.", "choice", "corpus"),
]
CaseOrigin = Annotated[
    Literal["lab", "scenario", "site", "thread", "condition", "documentation"],
    Column(
        "lab: a real failed application; scenario: modelled on real ones; site: confirmed by its people; thread: from "
        "a public thread, or as the software prints it; condition: an error condition of Spark; documentation: of a "
        "property or the taxonomy.",
        "choice",
        "corpus",
    ),
]
TrueCause = Annotated[str, Field(min_length=1, max_length=64), Column("Root cause of the taxonomy.", "text", "corpus")]
FactCount = Annotated[int, Field(ge=1, le=200), Column("Facts of the case.", "count", "corpus")]
CaseQuestion = Annotated[
    str,
    Field(min_length=2, max_length=4096),
    Column("Its facts as presented to the model, without ids, paths, hosts and sizes.", "text", "corpus"),
]
