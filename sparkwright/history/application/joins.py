"""How SQL joined, with the actual sizes of both sides: from the last plan of each execution and its metrics.

The harvest keeps no plans, so this reads an event log when somebody asks about its joins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from sparkwright.errors import HistoryError
from sparkwright.history.sources.codecs import decoded
from sparkwright.history.sources.lines import LongLine, split_lines
from sparkwright.history.sources.log_files import LogSource

_JOINS = frozenset({"SortMergeJoin", "ShuffledHashJoin", "BroadcastHashJoin"})
_EXCHANGES = frozenset({"Exchange", "BroadcastExchange"})
_TYPE = re.compile(r"(?:\], |^)(Inner|LeftOuter|RightOuter|FullOuter|LeftSemi|LeftAnti|Cross|ExistenceJoin\b[^,]*)")
_SIZE = "data size"
_MAX_LINE_BYTES = 64 * 1024**2
_MAX_JOINS = 10_000
_MAX_SIZES = 1_000_000
_LARGEST = 2**63 - 1


class _Metric(Struct, rename={"accumulator_id": "accumulatorId"}, gc=False):
    name: str = ""
    accumulator_id: int = -1


class _Node(Struct, rename={"name": "nodeName", "text": "simpleString"}, gc=False):
    name: str = ""
    text: str = ""
    children: list["_Node"] = []
    metrics: list[_Metric] = []


class _Planned(Struct, rename={"execution_id": "executionId", "plan": "sparkPlanInfo"}, gc=False):
    execution_id: int = -1
    plan: _Node | None = None


class _Accumulable(Struct, rename={"number": "ID", "name": "Name", "value": "Value"}, gc=False):
    number: int = -1
    name: str | None = None
    value: Any = None


class _StageInfo(Struct, rename={"accumulables": "Accumulables"}, gc=False):
    accumulables: list[_Accumulable] = []


class _StageDone(Struct, rename={"info": "Stage Info"}, gc=False):
    info: _StageInfo = msgspec.field(default_factory=_StageInfo)


class _DriverSizes(Struct, rename={"updates": "accumUpdates"}, gc=False):
    updates: list[tuple[int, int]] = []


_PLANNED = msgspec.json.Decoder(_Planned)
_STAGE_DONE = msgspec.json.Decoder(_StageDone)
_DRIVER_SIZES = msgspec.json.Decoder(_DriverSizes)


@dataclass(frozen=True, slots=True)
class Join:
    """One join of one SQL execution, according to its last plan.

    Attributes:
        how: SortMergeJoin, ShuffledHashJoin or BroadcastHashJoin.
        join_type: Inner, LeftOuter, ...; empty if the plan does not say.
        left_bytes: Rows of the left side before compression; None if not measured, as for a side that was neither
            shuffled nor broadcast.
        right_bytes: The same for the right side.
    """

    execution_id: int
    how: str
    join_type: str
    left_bytes: int | None
    right_bytes: int | None


@dataclass(slots=True)
class _Found:
    """What the lines so far contained: joins with the ids of their sizes, and sizes by id."""

    joins: dict[int, list[tuple[str, str, int, int]]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)


def read_joins(source: LogSource) -> list[Join]:
    """The joins in a log, in the order of their executions; parts that cannot be read are left out.

    Raises:
        OSError: A file cannot be read.
    """
    found = _Found()
    with source.fetched() as here:
        for file in here.files:
            try:
                with file.open() as stream:
                    for line in _lines(decoded(stream)):
                        _take(line, found)
            except HistoryError:  # cut off, as by a crash: what was read is still true
                continue
    return [
        Join(execution_id, how, join_type, found.sizes.get(left), found.sizes.get(right))
        for execution_id, joins in sorted(found.joins.items())
        for how, join_type, left, right in joins
    ]


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for _, lines in split_lines(chunks, 0, _MAX_LINE_BYTES):
        yield from (line for line in lines if not isinstance(line, LongLine))


def _take(line: bytes, found: _Found) -> None:
    head = line[:160]
    try:
        if b"SparkListenerSQLExecutionStart" in head or b"SparkListenerSQLAdaptiveExecutionUpdate" in head:
            if b"Join" in line:
                _take_plan(_PLANNED.decode(line), found)
        elif b"SparkListenerStageCompleted" in head:
            if b'"data size"' in line:
                for one in _STAGE_DONE.decode(line).info.accumulables:
                    if one.name == _SIZE:
                        _keep(found, one.number, one.value)
        elif b"SparkListenerDriverAccumUpdates" in head:
            for number, value in _DRIVER_SIZES.decode(line).updates:
                _keep(found, number, value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # the harvest counts and quarantines broken events; here the join stays unknown


def _take_plan(event: _Planned, found: _Found) -> None:
    if event.plan is None or (len(found.joins) >= _MAX_JOINS and event.execution_id not in found.joins):
        return
    joins = []
    waiting = [event.plan]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        how = node.name.split(" ", 1)[0].split("(", 1)[0]
        if how in _JOINS and len(node.children) == 2:
            matched = _TYPE.search(node.text)
            sides = [_size_below(child) for child in node.children]
            joins.append((how, matched[1].split("(")[0] if matched else "", sides[0], sides[1]))
    found.joins[event.execution_id] = joins


def _size_below(side: _Node) -> int:
    """The id of the size of a side's exchange; -1 if it was neither shuffled nor broadcast before the next join."""
    waiting = [side]
    while waiting:
        node = waiting.pop()
        name = node.name.split(" ", 1)[0]
        if name in _EXCHANGES:
            return next((one.accumulator_id for one in node.metrics if one.name == _SIZE), -1)
        if name in _JOINS or len(node.children) > 1:
            return -1  # several inputs: this side was not measured by itself
        waiting += node.children
    return -1


def _keep(found: _Found, number: int, value: object) -> None:
    text = str(value)
    if len(found.sizes) < _MAX_SIZES and text.isascii() and text.isdigit() and int(text) <= _LARGEST:
        found.sizes[number] = int(text)
