"""Batches that a validation accepted."""

from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)

ApplicationCount = Annotated[
    int, _NonNegative, Column("Applications harvested since the previous batch.", "count", "sparkwright validate")
]
BadRowCount = Annotated[int, _NonNegative, Column("Rows set aside by the validation.", "count", "sparkwright validate")]
VersionsJson = Annotated[
    str, Column("Delta version of every table that was accepted, as a JSON object.", "text", "sparkwright validate")
]
ProfileJson = Annotated[
    str,
    Column(
        "Distributions of the columns of `runs`, as JSON; missing if the batch held too few runs.",
        "text",
        "data_contracts.checks.drift",
    ),
]
