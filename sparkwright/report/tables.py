"""Read the tables of a lake for a report: only the columns it needs, and the requested rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrow import schema
from data_contracts.row import Row, primary_key
from data_contracts.tables import Application, Evidence, Executor, Quarantined, Run, Source, SqlExecution, Stage
from sparkwright.errors import LakeError
from sparkwright.lake import Lake

Sees: TypeAlias = Callable[[str, str], bool]
"""Decides whether the caller may see the applications of a queue and a workload."""

_NEEDED: dict[type[Row], tuple[str, ...]] = {
    Application: (
        "app_id", "attempt_id", "workload_id", "app_name", "user_name", "queue", "platform", "shape", "started_at",
        "ended_at", "status", "log_state", "evidence_tier", "properties_json", "resource_profiles_json",
        "surroundings_json",
    ),
    Executor: (
        "app_id", "attempt_id", "executor_id", "executor_cores_count", "resource_profile_id", "started_at", "ended_at",
        "executor_run_time_ms", "peak_jvm_heap_bytes", "peak_jvm_offheap_bytes", "peak_process_rss_bytes", "host",
        "task_count",
    ),
    Quarantined: ("source_path", "offset_bytes", "reason"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """What the report is made from: columns as in the contracts, rows of the requested applications.

    Attributes:
        read_paths: Logs from which something was read.
        notes: Tables that could not be read, with the reason; they are empty here.
    """

    applications: pa.Table
    executors: pa.Table
    runs: pa.Table
    stages: pa.Table
    sql_executions: pa.Table
    evidence: pa.Table
    quarantine: pa.Table
    read_paths: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)


def read_tables(
    lake: Lake, *, since: datetime | None = None, workload: str | None = None, sees: Sees | None = None
) -> Tables:
    """Read the tables of the lake, narrowed to applications that started at ``since`` or later and to a workload.

    A lake written by an older version is read as far as possible: a table that lacks columns is left out and noted,
    unless it is the table of applications.

    Args:
        lake: The lake.
        since: Moment with a time zone.
        workload: The whole id of a workload, or a part of it in any case.
        sees: Filter by what the caller may see; default: everything.

    Raises:
        LakeError: The applications cannot be read.
    """
    notes: list[str] = []
    if not lake.exists(Application):
        applications = _empty(Application)
    else:
        applications = lake.read(Application, columns=_NEEDED[Application])
    narrowed = since is not None or workload is not None or sees is not None
    if sees is not None:
        applications = seen(applications, sees)
    if since is not None:
        applications = applications.filter(pc.greater_equal(applications["started_at"], pa.scalar(since)))
    if workload is not None:
        applications = _of_workload(applications, workload)

    def read(row_type: type[Row]) -> pa.Table:
        if not lake.exists(row_type):
            return _empty(row_type)
        try:
            table = lake.read(row_type, columns=_NEEDED.get(row_type))
        except LakeError as error:
            notes.append(f"table {row_type.table} is left out: {error}")
            return _empty(row_type)
        return of_applications(table, applications) if narrowed else table

    # Logs that were not read have no start and no workload to filter by.
    missing = narrowed or not lake.exists(Quarantined)
    quarantine = _empty(Quarantined) if missing else lake.read(Quarantined, columns=_NEEDED[Quarantined])
    return Tables(
        applications=applications,
        executors=read(Executor),
        runs=read(Run),
        stages=read(Stage),
        sql_executions=read(SqlExecution),
        evidence=read(Evidence),
        quarantine=quarantine,
        read_paths=_read_paths(lake),
        notes=notes,
    )


def seen(applications: pa.Table, sees: Sees) -> pa.Table:
    """Return the applications that the caller may see."""
    kept = [sees(queue, workload_id) for queue, workload_id in rows(applications, ("queue", "workload_id"))]
    return applications.filter(pa.array(kept, pa.bool_()))


def of_applications(table: pa.Table, applications: pa.Table) -> pa.Table:
    """Return the rows that belong to these applications."""
    key = primary_key(Application)
    return table.join(applications.select(key), key, join_type="left semi").select(table.column_names)


def refuse_an_empty_lake(lake: Lake) -> None:
    """Require that a harvest has written to the lake, whatever it found.

    Raises:
        LakeError: None has, or there is no such lake.
    """
    written: tuple[type[Row], ...] = (Application, Source, Quarantined)
    if not any(lake.exists(row_type) for row_type in written):
        lake.version(Application)  # raises, saying how to fill it


def rows(table: pa.Table, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Iterate over the values of some columns, row by row."""
    return zip(*(table[name].to_pylist() for name in columns), strict=True)


def _read_paths(lake: Lake) -> frozenset[str]:
    if not lake.exists(Source):
        return frozenset()
    sources = lake.read(Source, columns=("source_path", "app_id"))
    return frozenset(path for path, app_id in rows(sources, ("source_path", "app_id")) if app_id is not None)


def _of_workload(applications: pa.Table, workload: str) -> pa.Table:
    exact = pc.equal(applications["workload_id"], workload)
    if pc.any(exact).as_py():
        return applications.filter(exact)
    return applications.filter(pc.match_substring(applications["workload_id"], workload, ignore_case=True))


def _empty(row_type: type[Row]) -> pa.Table:
    wanted = schema(row_type)
    needed = _NEEDED.get(row_type)
    return (pa.schema([wanted.field(name) for name in needed]) if needed else wanted).empty_table()
