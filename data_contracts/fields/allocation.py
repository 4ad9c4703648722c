"""What a run was given: the properties that determine its resources, as numbers with units."""

from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

ExecutorMemoryBytes = Annotated[
    int, Field(gt=0), Column("Executor heap.", "bytes", "spark.executor.memory (default 1g)")
]
ExecutorMemoryOverheadBytes = Annotated[
    int,
    Field(ge=0),
    Column(
        "Memory beside the heap; enforced by YARN and Kubernetes, not by standalone.",
        "bytes",
        "spark.executor.memoryOverhead, else max(384 MiB, factor x heap)",
    ),
]
ExecutorOffheapBytes = Annotated[
    int, Field(ge=0), Column("Off-heap execution memory.", "bytes", "spark.memory.offHeap.size if enabled")
]
ExecutorPysparkBytes = Annotated[
    int,
    Field(ge=0),
    Column("Limit of the Python workers; 0 if none is set.", "bytes", "spark.executor.pyspark.memory"),
]
ExecutorCoresCount = Annotated[
    int, Field(ge=1), Column("Cores of one executor.", "count", "ExecutorInfo.`Total Cores`, else spark.executor.cores")
]
ExecutorCount = Annotated[
    int, Field(ge=0), Column("Most executors alive at the same time.", "count", "SparkListenerExecutorAdded / Removed")
]
TaskCpusCount = Annotated[int, Field(ge=1), Column("Cores one task occupies.", "count", "spark.task.cpus")]
DriverMemoryBytes = Annotated[int, Field(gt=0), Column("Driver heap.", "bytes", "spark.driver.memory (default 1g)")]
ShufflePartitionsCount = Annotated[
    int,
    Field(ge=1),
    Column(
        "Partitions of a SQL shuffle before adaptive execution merges them.",
        "count",
        "spark.sql.shuffle.partitions (default 200)",
    ),
]
DynamicAllocation = Annotated[
    bool, Column("Whether executors come and go with the load.", "flag", "spark.dynamicAllocation.enabled")
]
