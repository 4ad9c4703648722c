"""The events of SQL executions; their plans make up most bytes of many logs, so little of them is decoded."""

import re

import msgspec
from msgspec import Struct

from sparkwright.history.events.long import Long


class PlanNode(Struct, rename={"name": "nodeName", "text": "simpleString"}, gc=False):
    """One operator of a physical plan with its children; its metrics are skipped unread."""

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
    """A SQL execution ended; the error message exists since Spark 3.4 and is empty on success."""

    execution_id: Long
    time_ms: Long = -1
    error: str | None = None


class SqlAdaptiveUpdate(Struct, rename={"execution_id": "executionId"}, gc=False):
    """Adaptive execution changed the plan."""

    execution_id: Long


_ADAPTIVE_UPDATE = msgspec.json.Decoder(SqlAdaptiveUpdate)
_EXECUTION_ID = re.compile(rb'Update","executionId":(\d{1,18}),')


def decode_adaptive_update(line: bytes) -> SqlAdaptiveUpdate:
    """Decode which execution changed its plan, skipping the plan after the id, which is nearly all of the line.

    Raises:
        msgspec.DecodeError: The line is not such an event.
    """
    found = _EXECUTION_ID.search(line, 0, 200)
    if found and line.endswith(b"}"):
        return SqlAdaptiveUpdate(int(found[1]))
    return _ADAPTIVE_UPDATE.decode(line)
