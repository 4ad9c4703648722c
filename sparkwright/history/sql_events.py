"""The events of SQL executions; their plans are most of the bytes of many logs, so little of them is decoded."""

import re

import msgspec
from msgspec import Struct

from sparkwright.history.long import Long


class PlanNode(Struct, rename={"name": "nodeName", "text": "simpleString"}, gc=False):
    """One operator of a physical plan with those below it; its metrics are skipped unread."""

    name: str = ""
    text: str = ""
    children: list["PlanNode"] = []


class SqlStart(
    Struct,
    rename={
        "execution_id": "executionId",
        "root_id": "rootExecutionId",
        "plan": "sparkPlanInfo",
        "time_ms": "time",
    },
    gc=False,
):
    """A SQL execution started with its initial plan; the plan's description, many times as long, is skipped unread."""

    execution_id: Long
    root_id: Long | None = None
    description: str | None = None
    plan: PlanNode | None = None
    time_ms: Long = -1


class SqlEnd(Struct, rename={"execution_id": "executionId", "time_ms": "time", "error": "errorMessage"}, gc=False):
    """A SQL execution ended; the error message is there since Spark 3.4, empty where it succeeded."""

    execution_id: Long
    time_ms: Long = -1
    error: str | None = None


class SqlAdaptiveUpdate(Struct, rename={"execution_id": "executionId"}, gc=False):
    """Adaptive execution changed the plan."""

    execution_id: Long


_ADAPTIVE_UPDATE = msgspec.json.Decoder(SqlAdaptiveUpdate)
_EXECUTION_ID = re.compile(rb'Update","executionId":(\d{1,18}),')


def decode_adaptive_update(line: bytes) -> SqlAdaptiveUpdate:
    """Which execution changed its plan; the plan behind the id, nearly all of the line, is not looked at.

    Raises:
        msgspec.DecodeError: The line is no such event.
    """
    found = _EXECUTION_ID.search(line, 0, 200)
    if found and line.endswith(b"}"):
        return SqlAdaptiveUpdate(int(found[1]))
    return _ADAPTIVE_UPDATE.decode(line)
