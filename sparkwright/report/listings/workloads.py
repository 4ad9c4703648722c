"""List the workloads of a lake, and the runs of one of them."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.api.listing import ListedRun, ListedWorkload
from data_contracts.row import primary_key
from data_contracts.tables import Application, Run
from sparkwright.lake import Lake
from sparkwright.report.tables import Sees, of_applications, rows, seen

_DIED = ("heap_oom", "container_kill")
_COUNTED = ("app_id", "attempt_id", "workload_id", "started_at", "status", "memory_verdict")
_SHOWN = tuple(ListedRun.model_fields)


def list_workloads(lake: Lake, *, containing: str | None = None, sees: Sees | None = None) -> list[ListedWorkload]:
    """Return the workloads that have runs, the latest to run first.

    Args:
        lake: The lake.
        containing: Only those whose id contains this text, in any case.
        sees: Filter by what the caller may see; default: everything.

    Raises:
        LakeError: The runs cannot be read.
    """
    if not lake.exists(Run):
        return []
    runs = _seen(lake, lake.read(Run, columns=_COUNTED), sees)
    if containing is not None:
        runs = runs.filter(pc.match_substring(runs["workload_id"], containing, ignore_case=True))
    return sorted(_counted(runs), key=lambda one: (-one.last_started_at.timestamp(), one.workload_id))


def runs_of_workload(
    lake: Lake, workload_id: str, *, sees: Sees | None = None
) -> tuple[ListedWorkload | None, list[ListedRun]]:
    """Return a workload and all its runs, newest first; None if it has none, or none that ``sees`` allows.

    Raises:
        LakeError: The runs cannot be read.
    """
    if not lake.exists(Run):
        return None, []
    runs = lake.read(Run, columns=[*_SHOWN, "workload_id"], filters=[("workload_id", "=", workload_id)])
    runs = _seen(lake, runs, sees)
    found = [ListedRun(**dict(zip(_SHOWN, values, strict=True))) for values in rows(runs, _SHOWN)]
    found.sort(key=lambda run: (run.started_at, run.app_id, run.attempt_id), reverse=True)
    return next(iter(_counted(runs)), None), found


def _seen(lake: Lake, runs: pa.Table, sees: Sees | None) -> pa.Table:
    if sees is None:
        return runs
    columns = [*primary_key(Application), "queue", "workload_id"]
    return of_applications(runs, seen(lake.read(Application, columns=columns), sees))


def _counted(runs: pa.Table) -> Sequence[ListedWorkload]:
    died = pc.is_in(runs["memory_verdict"], pa.array(_DIED))
    table = pa.table(
        {
            "workload_id": runs["workload_id"],
            "started_at": runs["started_at"],
            "failed": pc.equal(runs["status"], "failed").cast(pa.int64()),
            "died": died.cast(pa.int64()),
        }
    )
    counted = table.group_by("workload_id").aggregate(
        [("failed", "count"), ("failed", "sum"), ("died", "sum"), ("started_at", "min"), ("started_at", "max")]
    )
    columns = ("workload_id", "failed_count", "failed_sum", "died_sum", "started_at_min", "started_at_max")
    return [
        ListedWorkload(
            workload_id=name,
            run_count=count,
            failed_count=failed,
            died_count=dead,
            first_started_at=first,
            last_started_at=last,
        )
        for name, count, failed, dead, first, last in rows(counted, columns)
    ]
