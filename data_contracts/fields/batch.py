"""Batches: what a validation let pass."""

from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)

ApplicationCount = Annotated[
    int, _NonNegative, Column("Applications harvested since the batch before.", "count", "sparkwright validate")
]
BadRowCount = Annotated[
    int, _NonNegative, Column("Rows that the validation set aside.", "count", "sparkwright validate")
]
VersionsJson = Annotated[
    str, Column("Delta version of every table that was accepted, as a JSON object.", "text", "sparkwright validate")
]
ProfileJson = Annotated[
    str,
    Column(
        "How the columns of `runs` were spread, as JSON; missing where the batch held too few runs to say.",
        "text",
        "data_contracts.drift",
    ),
]
