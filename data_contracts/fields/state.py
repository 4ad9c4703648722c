"""States: what the runs of a workload amount to, kept so that nobody has to read all of them again."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_FROM = "sparkwright states"

StateVersion = Annotated[
    str,
    Field(min_length=1, max_length=64),
    Column("How runs become a state; one of another version is made anew.", "id", _FROM),
]
FoldedRunCount = Annotated[int, Field(gt=0), Column("Runs that it was folded from, oldest end first.", "count", _FROM)]
LastEndedAt = Annotated[datetime, Column("End of the last of these runs, UTC.", "utc", _FROM)]
RunsDigest = Annotated[
    str,
    Field(min_length=1, max_length=16),
    Column("Hash of these runs: where they hash to another value now, the state is made anew.", "id", _FROM),
]
StateBase64 = Annotated[
    str, Field(max_length=90_000), Column("The state itself, less than 64 KiB, as Base64.", "text", _FROM)
]
