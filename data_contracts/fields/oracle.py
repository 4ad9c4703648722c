"""The memory oracle: what a workload really needs, as far as the lab could measure it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from data_contracts.column import Column

_SOURCE = "sparkwright lab oracle"
_Heap = Field(gt=0)
_Ratio = Field(gt=0)

InputScale = Annotated[
    str,
    Field(min_length=1, max_length=32),
    Column("Size of the input: the scale given to the lab's generator.", "text", _SOURCE),
]
OracleHeapBytes = Annotated[
    int,
    _Heap,
    Column(
        "Smallest heap of the grid with no failure at or above it and an acceptable slow-down; missing if no heap of "
        "the grid is enough.",
        "bytes",
        _SOURCE,
    ),
]
InsufficientHeapBytes = Annotated[
    int,
    _Heap,
    Column(
        "Largest heap shown not to be enough; missing if the smallest heap of the grid is enough.",
        "bytes",
        _SOURCE,
    ),
]
GenerousHeapBytes = Annotated[int, _Heap, Column("Heap against which the slow-down is measured.", "bytes", _SOURCE)]
GridStepRatio = Annotated[
    float, Field(gt=1), Column("Ratio of one heap of the grid to the one below.", "ratio", _SOURCE)
]
RepeatCount = Annotated[
    int,
    Field(ge=0),
    Column("Runs at the oracle in rounds with the generous heap, all successful.", "count", _SOURCE),
]
RunCount = Annotated[int, Field(ge=1), Column("Runs of this workload and size, at all heaps.", "count", _SOURCE)]
OomCount = Annotated[int, Field(ge=0), Column("Those that died of a full heap.", "count", _SOURCE)]
OtherFailureCount = Annotated[int, Field(ge=0), Column("Those that failed otherwise.", "count", _SOURCE)]
SlowDownRatio = Annotated[
    float,
    _Ratio,
    Column(
        "Busy time of a core (processor time and garbage collection) at the oracle over that at the generous heap: "
        "geometric mean over rounds, and the ends of its 90 % interval.",
        "ratio",
        _SOURCE,
    ),
]
ClockSlowDownRatio = Annotated[
    float,
    _Ratio,
    Column("The same for wall-clock time, which includes the load of other programs.", "ratio", _SOURCE),
]
HalfOomHeapBytes = Annotated[
    int,
    _Heap,
    Column(
        "Heap at which every second run dies, by a curve that never rises with memory, and the ends of its 90 % "
        "interval; missing if no run died.",
        "bytes",
        _SOURCE,
    ),
]
OomProbabilityRatio = Annotated[
    float,
    Field(ge=0, le=1),
    Column(
        "Probability that a run at the oracle dies, by the same curve, and the upper end of its 90 % interval.",
        "ratio",
        _SOURCE,
    ),
]
BusyMs = Annotated[
    float, Field(ge=0), Column("Median busy time of a core in a run at the generous heap.", "ms", _SOURCE)
]
ParallelTaskCount = Annotated[
    int, Field(ge=1), Column("Tasks that share an executor's heap; the need refers to these.", "count", _SOURCE)
]
CollectorName = Annotated[str, Column("Garbage collector of the executors.", "text", _SOURCE)]
Seed = Annotated[int, Column("Seed of the order of runs and of the resampling.", "count", _SOURCE)]
MeasuredAt = Annotated[datetime, Column("End of the last run, UTC.", "utc", "event timestamp")]
