"""Claims: how likely decisions said a death was, and how many died."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_FROM = "sparkwright feedback"

ClaimProbability = Annotated[float, Field(ge=0, le=1), Column("Bound of the claims in a bucket.", "probability", _FROM)]
DecisionCount = Annotated[
    int, Field(ge=0), Column("Outcomes of heap advice that was followed and either held or died.", "count", _FROM)
]
WorkloadCount = Annotated[int, Field(ge=0), Column("Workloads that these are of.", "count", _FROM)]
DiedCount = Annotated[int, Field(ge=0), Column("Those that died of their heap, trials among them.", "count", _FROM)]
ExpectedDeathCount = Annotated[
    float, Field(ge=0), Column("Deaths that they claimed: the sum of claims.", "count", _FROM)
]
DeathBound = Annotated[
    float,
    Field(ge=0, le=1),
    Column("One-sided 95% upper bound of the share that dies, clustered by workload.", "probability", _FROM),
]
Certified = Annotated[bool, Column("Whether the bound keeps what the bucket claims at most.", "flag", _FROM)]
JudgedAt = Annotated[datetime, Column("Moment of the judgement, UTC.", "utc", _FROM)]
WatchName = Annotated[str, Field(min_length=1), Column("What is watched: `heap`.", "id", _FROM)]
Evidence = Annotated[
    float,
    Field(ge=0),
    Column("Likelihood of more deaths than claimed over that of the claims, the largest there was.", "ratio", _FROM),
]
StoppedAt = Annotated[datetime, Column("Since when nothing risky is advised; missing where it may be.", "utc", _FROM)]
ClearedAt = Annotated[
    datetime, Column("When somebody last cleared a stop: only decisions after it are watched.", "utc", _FROM)
]
