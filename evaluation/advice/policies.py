"""Who chooses the heap of an attempt: the user, rules that need no model, and the product itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from data_contracts.api import RecommendRequest
from data_contracts.spark_properties import MIB, parse_size_bytes

_GRID_BYTES = 64 * MIB
_LEAST_BYTES = 512 * MIB


@dataclass(frozen=True, slots=True)
class Question:
    """What a policy is asked before an attempt.

    Attributes:
        request: What a launcher would send.
        workload_id: The workload.
        past: Rows of ``runs`` of this workload that had ended, oldest first.
        at: Moment of the decision.
    """

    request: RecommendRequest
    workload_id: str
    past: pa.Table
    at: datetime

    @property
    def asked_bytes(self) -> int:
        """The heap that the user asks for."""
        return parse_size_bytes(self.request.properties.as_conf()["spark.executor.memory"])


@dataclass(frozen=True, slots=True)
class Choice:
    """What an attempt is submitted with; an overhead of None is Spark's own for the heap."""

    heap_bytes: int
    overhead_bytes: int | None = None
    trial: bool = False


Policy = Callable[[Question], Choice]


def user(question: Question) -> Choice:
    """What the user asks for."""
    return Choice(question.asked_bytes)


@dataclass(frozen=True, slots=True)
class PeakRule:
    """The largest of the last peaks times a factor, as sizing scripts have it; the user's own where none was seen.

    A death doubles the heap that died: its peak says nothing.
    """

    runs: int
    factor: float

    def __call__(self, question: Question) -> Choice:
        """The heap for the next attempt."""
        rows = question.past.select(["memory_verdict", "executor_memory_bytes", "peak_jvm_heap_bytes"]).to_pylist()
        if rows and rows[-1]["memory_verdict"] == "heap_oom":
            return Choice(2 * rows[-1]["executor_memory_bytes"])
        peaks = [row["peak_jvm_heap_bytes"] for row in rows if row["peak_jvm_heap_bytes"] is not None]
        if not peaks:
            return Choice(question.asked_bytes)
        wanted = int(self.factor * max(peaks[-self.runs :]))
        return Choice(max(_LEAST_BYTES, -(-wanted // _GRID_BYTES) * _GRID_BYTES))


RULES: dict[str, Policy] = {
    "user": user,
    "last peak x1.2": PeakRule(1, 1.2),
    "max of 16 peaks x1.2": PeakRule(16, 1.2),
}
"""Policies that need neither a model nor the product."""
