"""States: a workload's runs, summarised so that they need not all be read again."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_FROM = "sparkwright states"

StateVersion = Annotated[
    str,
    Field(min_length=1, max_length=64),
    Column("How runs become a state; a state of another version is rebuilt.", "id", _FROM),
]
FoldedRunCount = Annotated[int, Field(gt=0), Column("Runs folded into it, ordered by end.", "count", _FROM)]
LastEndedAt = Annotated[datetime, Column("End of the last of these runs, UTC.", "utc", _FROM)]
RunsDigest = Annotated[
    str,
    Field(min_length=1, max_length=16),
    Column("Hash of these runs: if it differs from their current hash, the state is rebuilt.", "id", _FROM),
]
StateBase64 = Annotated[
    str, Field(max_length=90_000), Column("The state itself, less than 64 KiB, as Base64.", "text", _FROM)
]
