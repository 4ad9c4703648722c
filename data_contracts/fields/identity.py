"""Who and when: identity, origin and time columns shared by all tables."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from data_contracts.column import Column

AppId = Annotated[
    str,
    Field(min_length=1, max_length=256),
    Column(
        "Application id as Spark knows it; with `~` and eight digits appended if an earlier run had the same id.",
        "id",
        "SparkListenerApplicationStart.`App ID` | spark.app.id",
    ),
]
AttemptId = Annotated[
    str,
    Field(max_length=64),
    Column(
        "Attempt of the application; `1` if the cluster manager has no attempts.",
        "id",
        "SparkListenerApplicationStart.`App Attempt ID`",
    ),
]
AppName = Annotated[
    str, Column("Name of the application as submitted.", "text", "SparkListenerApplicationStart.`App Name`")
]
UserName = Annotated[str, Column("User who submitted the application.", "text", "SparkListenerApplicationStart.User")]
Queue = Annotated[
    str,
    Column(
        "Scheduler queue, pool or namespace; empty if the platform has none.",
        "text",
        "spark.yarn.queue | spark.kubernetes.namespace",
    ),
]
WorkloadId = Annotated[
    str,
    Field(min_length=1, max_length=256),
    Column(
        "The recurring job behind many applications.",
        "id",
        "spark.sparkwright.workload, Airflow dag/task, OpenLineage parent job, or the normalised name, user and queue",
    ),
]
DecisionId = Annotated[
    str,
    Field(max_length=64),
    Column("Decision that the application was submitted with.", "id", "spark.sparkwright.decisionId"),
]
LaunchId = Annotated[
    str,
    Field(max_length=128),
    Column("Launch that names the driver's output and exit code files.", "id", "spark.sparkwright.launchId"),
]
ClusterId = Annotated[
    str,
    Field(max_length=128),
    Column("Databricks cluster that ran it.", "id", "spark.databricks.clusterUsageTags.clusterId"),
]
Origin = Annotated[
    Literal["cluster", "lab", "simulated"],
    Column("Where the row comes from; figures never mix origins.", "text", "spark.sparkwright.origin, else `cluster`"),
]
SparkVersion = Annotated[
    str, Column("Version of Spark that wrote the log.", "text", "SparkListenerLogStart.`Spark Version`")
]
Platform = Annotated[
    Literal["standalone", "yarn", "kubernetes", "local", "unknown"],
    Column("Cluster manager, from the master URL.", "text", "spark.master"),
]
Shape = Annotated[
    Literal["batch", "endless_or_shared"],
    Column(
        "`endless_or_shared` (Thrift or Connect server, notebook, streaming) is diagnosed but not a run.",
        "text",
        "event types seen, spark.submit class and properties",
    ),
]

StartedAt = Annotated[datetime, Column("Start, UTC.", "utc", "event timestamp")]
EndedAt = Annotated[
    datetime, Column("End, UTC; missing while running or if the log was cut.", "utc", "event timestamp")
]
HarvestedAt = Annotated[datetime, Column("Moment the row was written to the lake, UTC.", "utc", "sparkwright harvest")]
AcceptedAt = Annotated[datetime, Column("Moment a validation accepted a batch, UTC.", "utc", "sparkwright validate")]
SourcePath = Annotated[str, Column("File, directory or address the row was read from.", "text", "sparkwright harvest")]
