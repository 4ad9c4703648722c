"""States of workloads in the lake: updated where runs changed, and read by a service at start-up."""

import base64
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.tables import Run, WorkloadState
from sparkwright.errors import LakeError
from sparkwright.features.growing import GrowingHistory
from sparkwright.features.states import Folded, RunsOf, Stored, StoredFold, folded
from sparkwright.lake import Lake
from sparkwright.lake.rows import readable_schema

S = TypeVar("S")
R = TypeVar("R")

LARGEST_BYTES = 64 * 1024
"""Every start reads a state for every workload, so a state must not grow with its runs."""
_FEW = 256
"""Up to this many rows are replaced by name; beyond that the table is rewritten."""


class Updated(NamedTuple):
    """What an update did.

    Attributes:
        workload_count: Workloads that have runs.
        changed_count: Of these, workloads whose state was created or updated.
        gone_count: Removed states of workloads that no longer have runs.
        folded_run_count: Runs that were folded in.
    """

    workload_count: int
    changed_count: int
    gone_count: int
    folded_run_count: int


def update_states(lake: Lake, fold: StoredFold[S, R], runs_of: RunsOf[R], kept: Sequence[str]) -> Updated:
    """Update the states in the lake to those of its runs; write nothing if they are up to date.

    Args:
        lake: Holds runs and states.
        fold: How runs become a state.
        runs_of: Converts columns to runs.
        kept: The columns that ``runs_of`` reads.

    Raises:
        LakeError: A table cannot be read or written, or a state is too large.
    """
    history = GrowingHistory(kept)
    if lake.exists(Run):
        history.load(lake.read(Run, columns=history.columns))
    stored = _read(lake)
    before = stored_states(lake, fold.version, stored)
    there = set(stored["workload_id"].to_pylist())
    rows: list[WorkloadState] = []
    names = history.workload_ids()
    run_count = 0
    for name in names:
        runs = history.workload(name)
        old = before.get(name)
        if old is not None and (old.run_count, old.digest) == (len(runs), runs.digest(len(runs))):
            continue
        first = None
        if old is not None and old.fits(runs):
            first = Folded(fold.load(old.dumped), old.run_count, old.digest)
        found = folded(fold, runs_of, runs, len(runs), first)
        run_count += found.run_count - (first.run_count if first else 0)
        rows.append(
            WorkloadState(
                workload_id=name,
                state_version=fold.version,
                run_count=found.run_count,
                last_ended_at=runs.last_ended_at(found.run_count),
                runs_digest=found.digest,
                state_base64=_text(name, fold.dump(found.state)),
            )
        )
    gone = there - set(names)
    _write(lake, stored, rows, gone)
    return Updated(len(names), len(rows), len(gone), run_count)


def stored_states(
    lake: Lake, version: str, rows: pa.Table | None = None, most: int | None = None
) -> Mapping[str, Stored]:
    """The states of one version in the lake, by workload.

    Args:
        lake: Holds the states.
        version: Version of the fold that will continue from them.
        rows: The table, if it was read already.
        most: Return at most this many, of the workloads that ran last.

    Raises:
        LakeError: The table cannot be read.
    """
    rows = _read(lake) if rows is None else rows
    rows = rows.filter(pc.equal(rows["state_version"], version))
    if most is not None and rows.num_rows > most:
        rows = rows.take(pc.select_k_unstable(rows, most, [("last_ended_at", "descending")]))
    names = ("workload_id", "state_base64", "run_count", "runs_digest")
    return {
        workload_id: Stored(base64.b64decode(text), run_count, digest)
        for workload_id, text, run_count, digest in zip(*(rows[name].to_pylist() for name in names), strict=True)
    }


def _read(lake: Lake) -> pa.Table:
    if not lake.exists(WorkloadState):
        return readable_schema(WorkloadState).empty_table()
    return lake.read(WorkloadState)


def _write(lake: Lake, stored: pa.Table, rows: Sequence[WorkloadState], gone: set[str]) -> None:
    changed = {row.workload_id for row in rows} | gone
    if len(changed) <= _FEW:
        lake.replace(WorkloadState, rows, [{"workload_id": name} for name in sorted(changed)])
        return
    kept = stored.filter(pc.invert(pc.is_in(stored["workload_id"], pa.array(sorted(changed), pa.string()))))
    fresh = pa.Table.from_pylist([vars(row) for row in rows], schema=readable_schema(WorkloadState))
    lake.replace_where(WorkloadState, pa.concat_tables([kept, fresh]), [("run_count", ">", 0)])


def _text(workload_id: str, dumped: bytes) -> str:
    if len(dumped) > LARGEST_BYTES:
        raise LakeError(
            f"expected a state of at most {LARGEST_BYTES:,} bytes for workload {workload_id}, got {len(dumped):,}: "
            "a state must not grow with its runs"
        )
    return base64.b64encode(dumped).decode("ascii")
