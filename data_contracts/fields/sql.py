"""SQL statements and data frame actions, and how they went."""

from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)

SqlExecutionId = Annotated[
    int,
    _NonNegative,
    Column("SQL execution within the application.", "id", "SparkListenerSQLExecutionStart.executionId"),
]
RootExecutionId = Annotated[
    int,
    _NonNegative,
    Column(
        "Execution that this one is part of; its own id if it is part of none.",
        "id",
        "SparkListenerSQLExecutionStart.rootExecutionId (Spark 3.4 and later)",
    ),
]
SqlDescription = Annotated[
    str,
    Field(max_length=1000),
    Column("Call site or job description, redacted.", "text", "SparkListenerSQLExecutionStart.description"),
]
SqlStatus = Annotated[
    Literal["complete", "failed", "unfinished"],
    Column(
        "How the execution ended: by its error message, before Spark 3.4 by its jobs.",
        "text",
        "SparkListenerSQLExecutionEnd.errorMessage, SparkListenerJobEnd",
    ),
]
PlanFingerprint = Annotated[
    str,
    Field(min_length=1, max_length=16),
    Column(
        "Hash of the initial physical plan: operators, columns and functions, without literals, ids, paths and digits.",
        "id",
        "SparkListenerSQLExecutionStart.sparkPlanInfo",
    ),
]
AdaptiveUpdateCount = Annotated[
    int,
    _NonNegative,
    Column(
        "How often adaptive execution changed the plan after the start.",
        "count",
        "SparkListenerSQLAdaptiveExecutionUpdate",
    ),
]
SqlExecutionCount = Annotated[
    int, _NonNegative, Column("SQL executions that started.", "count", "SparkListenerSQLExecutionStart")
]
