"""What only the simulator may know of a run that it made."""

from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_NonNegative = Field(ge=0)
_FROM = "sparkwright lab simulate"

NeededHeapBytes = Annotated[
    int,
    Field(gt=0),
    Column("Smallest executor heap with which this very attempt would have succeeded.", "bytes", _FROM),
]
MedianNeededHeapBytes = Annotated[
    int,
    Field(gt=0),
    Column("Executor heap with which half of such attempts would have succeeded.", "bytes", _FROM),
]
WholeInputBytes = Annotated[
    int, _NonNegative, Column("Input of the run if all of it is read; a run that died read less.", "bytes", _FROM)
]
QueueWaitMs = Annotated[
    int, _NonNegative, Column("Time without executors because the queue was full; part of the duration.", "ms", _FROM)
]
RetryCount = Annotated[int, _NonNegative, Column("Earlier failed attempts of the same scheduled run.", "count", _FROM)]
CodeChangeCount = Annotated[
    int,
    _NonNegative,
    Column("Changes to the workload's code so far, each of which shifted work and need.", "count", _FROM),
]
IsSurge = Annotated[bool, Column("Whether the input is far larger than usual.", "flag", _FROM)]
LikeWorkload = Annotated[str, Column("Lab workload whose responses it imitates.", "text", _FROM)]
FleetStamp = Annotated[
    str,
    Field(max_length=128),
    Column(
        "Name of the fleet and hash of the settings and responses it was made with.",
        "id",
        "spark.sparkwright.fleet",
    ),
]
