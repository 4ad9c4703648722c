"""Decisions and what became of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

NONE = "none"
"""The version of what there is none of."""

DecidedAt = Annotated[datetime, Column("Moment the decision was written to the decision log, UTC.", "utc", "serving")]
ReleaseVersion = Annotated[
    str, Column("Release that decided; `none` where the fallback did.", "id", "MLflow model `release`")
]
ModelVersion = Annotated[str, Column("Version of the registered model.", "id", "MLflow")]
AllocationJson = Annotated[str, Column("The properties recommended, as a JSON object.", "text", "serving")]
RequestJson = Annotated[str, Column("The request as it came, redacted, as JSON.", "text", "serving")]
ForecastJson = Annotated[
    str,
    Column(
        "Quantiles per requirement, as JSON; `null` where no champion could forecast.",
        "text",
        "serving",
    ),
]
Attempt = Annotated[
    int,
    Field(ge=1),
    Column("Which attempt of the run was asked about; 1 where the request did not say.", "count", "launcher"),
]
NextInputBytes = Annotated[
    int, Field(ge=0), Column("Bytes that the run is about to read, where the request said it.", "bytes", "launcher")
]
PolicyVersion = Annotated[
    str, Column("Version of the policy that the decision kept to; empty where there was none.", "id", "serving")
]
ClaimedDeathProbability = Annotated[
    float,
    Field(ge=0, le=1),
    Column(
        "P(the run dies of its heap) as the decision claimed it; missing where it claimed nothing.",
        "probability",
        "allocation",
    ),
]
HeldBack = Annotated[
    bool,
    Column(
        "Whether chance kept the user's own settings, to compare with (`SPARKWRIGHT_HOLD_BACK`).", "flag", "serving"
    ),
]
ReportOnly = Annotated[
    bool,
    Column("Whether the workload had not opted in (`rollout.yaml`) and was given its own settings.", "flag", "serving"),
]
WithheldJson = Annotated[
    str,
    Column("What a workload that has not opted in would have been advised, as JSON; else empty.", "text", "serving"),
]
ShadowJson = Annotated[
    str,
    Column(
        "What the release in shadow would have advised, as JSON; empty where none was asked, or not in time.",
        "text",
        "serving",
    ),
]
LaunchId = Annotated[
    str,
    Column("Launch that asked, as the launcher names it; one that asks again gets its decision.", "id", "launcher"),
]
RecommendationJson = Annotated[
    str, Column("The answer as it was given, as JSON; empty where no launch was named.", "text", "serving")
]
ExecutorMemoryMibS = Annotated[
    float,
    Field(ge=0),
    Column("Memory of all executors, with what they have beside the heap, times the duration.", "mib_s", "feedback"),
]
Flag = Annotated[bool, Column("Yes or no.", "flag", "serving | feedback")]
Obeyed = Annotated[
    Literal["all", "some", "none"],
    Column(
        "How many of the recommended properties were in force, judged from the effective properties.",
        "text",
        "SparkListenerEnvironmentUpdate",
    ),
]
DisobeyedJson = Annotated[
    str, Column("Properties not in force: recommended and effective value, as JSON.", "text", "feedback")
]
ForecastQuantileMs = Annotated[float, Field(ge=0), Column("Forecast quantile of the duration.", "ms", "forecaster")]
Covered = Annotated[bool, Column("Whether the outcome fell into the forecast interval.", "flag", "feedback")]
MemoryRegret = Annotated[
    Literal["died", "held", "unknown"],
    Column(
        "`died`: out of memory on advice; `held`: the advised memory was enough.",
        "text",
        "feedback, from the memory verdict",
    ),
]
