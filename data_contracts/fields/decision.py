"""Decisions and their outcomes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

NONE = "none"
"""Stands for the version of a missing model or release."""

DecidedAt = Annotated[datetime, Column("Moment the decision was written to the decision log, UTC.", "utc", "serving")]
ReleaseVersion = Annotated[
    str, Column("Release that decided; `none` if the fallback did.", "id", "MLflow model `release`")
]
ModelVersion = Annotated[str, Column("Version of the registered model.", "id", "MLflow")]
AllocationJson = Annotated[str, Column("The recommended properties, as a JSON object.", "text", "serving")]
RequestJson = Annotated[str, Column("The request as received, redacted, as JSON.", "text", "serving")]
ForecastJson = Annotated[
    str,
    Column(
        "Quantiles per requirement, as JSON; `null` if no champion could forecast.",
        "text",
        "serving",
    ),
]
Attempt = Annotated[
    int,
    Field(ge=1),
    Column("Attempt of the run that the request is about; 1 if it did not say.", "count", "launcher"),
]
NextInputBytes = Annotated[
    int, Field(ge=0), Column("Bytes that the run is about to read, if the request says.", "bytes", "launcher")
]
PolicyVersion = Annotated[
    str, Column("Version of the policy that the decision respects; empty if there was none.", "id", "serving")
]
ClaimedDeathProbability = Annotated[
    float,
    Field(ge=0, le=1),
    Column(
        "P(the run dies of its heap) as claimed by the decision; missing if it claimed nothing.",
        "probability",
        "allocation",
    ),
]
HeldBack = Annotated[
    bool,
    Column(
        "Whether the user's own settings were kept at random, as a comparison (`SPARKWRIGHT_HOLD_BACK`).",
        "flag",
        "serving",
    ),
]
ReportOnly = Annotated[
    bool,
    Column("Whether the workload had not opted in (`rollout.yaml`) and kept its own settings.", "flag", "serving"),
]
WithheldJson = Annotated[
    str,
    Column("What a workload that had not opted in would have been advised, as JSON; else empty.", "text", "serving"),
]
ShadowJson = Annotated[
    str,
    Column(
        "What the shadow release would have advised, as JSON; empty if none was asked or none answered in time.",
        "text",
        "serving",
    ),
]
LaunchId = Annotated[
    str,
    Column("Launch as named by the launcher; if it asks again, it gets the same decision.", "id", "launcher"),
]
RecommendationJson = Annotated[
    str, Column("The answer as given, as JSON; empty if no launch was named.", "text", "serving")
]
ExecutorMemoryMibS = Annotated[
    float,
    Field(ge=0),
    Column("Memory of all executors, heap and beside it, times the duration.", "mib_s", "feedback"),
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
        "`died`: out of memory although the advice was applied; `held`: the advised memory was enough; `unknown`: "
        "not applied, or no verdict.",
        "text",
        "feedback, from the memory verdict",
    ),
]
