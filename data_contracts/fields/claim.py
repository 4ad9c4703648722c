"""Claims: how likely decisions said a death was, and how many runs died."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_FROM = "sparkwright feedback"

ClaimProbability = Annotated[float, Field(ge=0, le=1), Column("Edge of a claim bucket.", "probability", _FROM)]
DecisionCount = Annotated[
    int, Field(ge=0), Column("Outcomes of heap advice that was followed and either held or died.", "count", _FROM)
]
WorkloadCount = Annotated[int, Field(ge=0), Column("Workloads behind these decisions.", "count", _FROM)]
DiedCount = Annotated[
    int, Field(ge=0), Column("Decisions whose run died of its heap, trials included.", "count", _FROM)
]
ExpectedDeathCount = Annotated[
    float, Field(ge=0), Column("Deaths to expect according to the claims: their sum.", "count", _FROM)
]
DeathBound = Annotated[
    float,
    Field(ge=0, le=1),
    Column("One-sided 95% upper bound of the share that dies, clustered by workload.", "probability", _FROM),
]
Certified = Annotated[bool, Column("Whether the bound is within the bucket's upper edge.", "flag", _FROM)]
JudgedAt = Annotated[datetime, Column("Moment of the judgement, UTC.", "utc", _FROM)]
WatchName = Annotated[str, Field(min_length=1), Column("What is watched: `heap`.", "id", _FROM)]
Evidence = Annotated[
    float,
    Field(ge=0),
    Column("Largest likelihood ratio so far of more deaths than claimed against the claims.", "ratio", _FROM),
]
StoppedAt = Annotated[datetime, Column("Since when nothing risky is advised; missing without a stop.", "utc", _FROM)]
ClearedAt = Annotated[datetime, Column("When a stop was last cleared: only later decisions are watched.", "utc", _FROM)]
