"""What a forecaster may learn from the lab: no injected faults, and nothing reserved for scoring."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from sparkwright.config import Config, load_config
from sparkwright.errors import SplitCrossedError

_FILE = Path(__file__).with_suffix(".yaml")


class HeldOut(Config):
    """Names of the lab's workloads and fault variants that are reserved for scoring."""

    workloads: frozenset[str] = Field(description="Workloads; their runs carry the name as `workload_id`.")
    variants: frozenset[str] = Field(description="Fault variants.")

    @property
    def workload_ids(self) -> frozenset[str]:
        """The ``workload_id`` of their runs in the lake, where each variant is a workload of its own."""
        return self.workloads | {fault_workload(variant) for variant in self.variants}


def fault_workload(variant: str) -> str:
    """The workload that runs of a fault variant belong to."""
    return f"fault_{variant}"


def without_faults(runs: pa.Table) -> pa.Table:
    """Rows of ``runs`` without the lab's injected faults: made to fail, they say nothing about what a job needs."""
    injected = pc.and_(pc.equal(runs["origin"], "lab"), pc.starts_with(runs["workload_id"], fault_workload("")))
    return runs.filter(pc.invert(injected))


@cache
def held_out() -> HeldOut:
    """The names in ``held_out.yaml``."""
    return load_config(HeldOut, _FILE, [])


def refuse_held_out(workload_ids: Iterable[str], purpose: str) -> None:
    """Raise SplitCrossedError if any workload is held out.

    Args:
        workload_ids: Workloads of the lab.
        purpose: What they are for, for the message.

    Raises:
        SplitCrossedError: Some are held out; the message names them.
    """
    crossed = sorted(set(workload_ids) & held_out().workload_ids)
    if crossed:
        raise SplitCrossedError(
            f"expected {purpose} without what is reserved for scoring, got {', '.join(crossed)}; see {_FILE.name}"
        )
