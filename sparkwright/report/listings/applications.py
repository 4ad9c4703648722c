"""List the applications of a lake, with status, cause and waste, and its quarantine."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from data_contracts.api.listing import ListedApplication, SetAside
from data_contracts.tables import Quarantined
from sparkwright.lake import Lake
from sparkwright.redaction import redact_text
from sparkwright.report.failures import diagnoses
from sparkwright.report.tables import Sees, read_tables, rows
from sparkwright.report.usage import AppUsage, Key, allocations, usage_by_application

SORTS: dict[str, Callable[[ListedApplication], Any]] = {
    "started": lambda one: one.started_at,
    "duration": lambda one: one.duration_s,
    "memory": lambda one: one.memory_gib_h,
    "waste": lambda one: one.wasted_gib_h,
    "workload": lambda one: one.workload_id,
    "status": lambda one: one.status,
    "id": lambda one: one.app_id,
}
"""Sort keys; times and amounts sort descending, words ascending."""

_ASCENDING = frozenset({"workload", "status", "id"})


def list_applications(
    lake: Lake,
    *,
    status: str | None = None,
    workload: str | None = None,
    since: datetime | None = None,
    sort: str = "started",
    sees: Sees | None = None,
) -> list[ListedApplication]:
    """Return the applications of a lake.

    Args:
        lake: The lake.
        status: Only those with this status.
        workload: Only those of this workload, or of workloads whose id contains this text.
        since: Only those that started then or later; with a time zone.
        sort: A key of :data:`SORTS`; unknown values come last.
        sees: Filter by what the caller may see; default: everything.

    Raises:
        LakeError: The lake cannot be read, or an older version wrote it without a required column.
    """
    tables = read_tables(lake, since=since, workload=workload, sees=sees)
    given = allocations(tables.applications)
    usage = usage_by_application(tables.applications, tables.executors, tables.runs, given)
    causes = {key: found.root_cause for key, found in diagnoses(tables.applications, tables.evidence, given).items()}
    columns = (
        "app_id", "attempt_id", "workload_id", "app_name", "user_name", "status", "log_state", "started_at", "ended_at",
    )  # fmt: skip
    found = []
    for app_id, attempt_id, workload_id, app_name, user_name, ended_so, log_state, started, ended in rows(
        tables.applications, columns
    ):
        if status is not None and ended_so != status:
            continue
        key: Key = (app_id, attempt_id)
        failed = ended_so == "failed"
        found.append(
            ListedApplication(
                app_id=app_id,
                attempt_id=attempt_id,
                workload_id=workload_id,
                app_name=app_name,
                user_name=user_name,
                status=ended_so,
                log_state=log_state,
                root_cause=causes.get(key),
                started_at=started,
                duration_s=(ended - started).total_seconds() if ended is not None else None,
                memory_gib_h=usage[key].memory_allocated if usage[key].known else None,
                wasted_gib_h=_wasted(usage[key], failed=failed),
            )
        )
    return _sorted(found, sort)


def list_quarantine(lake: Lake, *, source: str | None = None) -> list[SetAside]:
    """Return what is in quarantine.

    Args:
        lake: The lake.
        source: Only from logs whose path contains this text.

    Raises:
        LakeError: The table cannot be read.
    """
    if not lake.exists(Quarantined):
        return []
    columns = ("source_path", "offset_bytes", "reason", "table_name", "row_json", "harvested_at")
    entries = [
        SetAside(
            source_path=redact_text(path),
            offset_bytes=offset,
            reason=redact_text(reason),
            table=table,
            row_json=row_json,
            set_aside_at=at,
        )
        for path, offset, reason, table, row_json, at in rows(lake.read(Quarantined, columns=columns), columns)
        if source is None or source.lower() in path.lower()
    ]
    return sorted(entries, key=lambda one: (one.source_path, one.offset_bytes, one.reason))


def _wasted(usage: AppUsage, *, failed: bool) -> float | None:
    if failed:
        return usage.memory_allocated if usage.known else None
    return usage.memory_measured - usage.memory_used if usage.memory_measured else None


def _sorted(found: list[ListedApplication], sort: str) -> list[ListedApplication]:
    key = SORTS[sort]
    by_id = sorted(found, key=lambda one: (one.app_id, one.attempt_id))
    known = [one for one in by_id if key(one) is not None]
    unknown = [one for one in by_id if key(one) is None]
    return sorted(known, key=key, reverse=sort not in _ASCENDING) + unknown
