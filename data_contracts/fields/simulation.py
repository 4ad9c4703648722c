"""What the simulator knows of a run that it made, and nobody else may."""

from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)
_FROM = "sparkwright lab simulate"

NeededHeapBytes = Annotated[
    int,
    Field(gt=0),
    Column("Least executor heap with which this very attempt would have ended well.", "bytes", _FROM),
]
MedianNeededHeapBytes = Annotated[
    int,
    Field(gt=0),
    Column("Executor heap with which half of such attempts would have ended well.", "bytes", _FROM),
]
WholeInputBytes = Annotated[
    int, _NonNegative, Column("Input of the run if all of it is read; one that died has read less.", "bytes", _FROM)
]
QueueWaitMs = Annotated[
    int, _NonNegative, Column("Time without executors because the queue was full; part of the duration.", "ms", _FROM)
]
RetryCount = Annotated[int, _NonNegative, Column("Failed attempts of the same scheduled run before.", "count", _FROM)]
CodeChangeCount = Annotated[
    int,
    _NonNegative,
    Column("Changes of the workload's code so far, each of which moved work and need.", "count", _FROM),
]
IsSurge = Annotated[bool, Column("Whether the input is far larger than usual.", "flag", _FROM)]
LikeWorkload = Annotated[str, Column("Workload of the lab that it answers like.", "text", _FROM)]
FleetStamp = Annotated[
    str,
    Field(max_length=128),
    Column(
        "Name of the fleet and hash of the settings and responses it was made with.",
        "id",
        "spark.sparkwright.fleet",
    ),
]
