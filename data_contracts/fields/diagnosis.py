"""Diagnoses: what people found a failure to have come from."""

from datetime import datetime
from typing import Annotated

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
    Column("Who confirmed it; empty where nobody said.", "text", "sparkwright diagnose --confirm, POST /v1/feedback"),
]
ConfirmedAt = Annotated[
    datetime, Column("When it was confirmed.", "utc", "sparkwright diagnose --confirm, POST /v1/feedback")
]
FactsJson = Annotated[
    str,
    Column(
        "The most telling facts of the failure as they were known then, without secrets: a JSON list.",
        "text",
        "evidence",
    ),
]
