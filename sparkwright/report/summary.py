"""Summarise the applications as a whole, and by user, queue or tag."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from data_contracts.api.report import Group, Prices, Summary
from sparkwright.report.tables import rows
from sparkwright.report.usage import AppAllocation, AppUsage, Key, total

_TAG_PREFIXES = ("", "spark.", "spark.sparkwright.tag.", "spark.kubernetes.driver.label.")
_TAG_LISTS = ("spark.yarn.tags",)


def summarise(
    applications: pa.Table,
    runs: pa.Table,
    usage: Mapping[Key, AppUsage],
    prices: Prices,
    groups: Mapping[Key, str] | None = None,
) -> Summary:
    """Return the summary; with ``groups`` (a key per application) also by group, the most expensive first."""
    columns = ("app_id", "attempt_id", "workload_id", "status", "started_at", "ended_at")
    status: dict[Key, str] = {}
    workloads: set[str] = set()
    started: list[datetime] = []
    ended: list[datetime] = []
    for app_id, attempt_id, workload_id, ending, start, end in rows(applications, columns):
        status[(app_id, attempt_id)] = ending
        workloads.add(workload_id)
        started.append(start)
        ended.append(end or start)
    counts = Counter(status.values())
    known = counts["succeeded"] + counts["failed"]
    return Summary(
        applications=len(status),
        runs=runs.num_rows,
        workloads=len(workloads),
        first_started_at=min(started, default=None),
        last_ended_at=max(ended, default=None),
        succeeded=counts["succeeded"],
        failed=counts["failed"],
        unknown=len(status) - known,
        failed_share=counts["failed"] / known if known else None,
        usage=total((usage[key] for key in status), prices),
        failed_usage=total((usage[key] for key, ending in status.items() if ending == "failed"), prices),
        groups=_groups(status, usage, prices, groups) if groups is not None else [],
    )


def group_keys(
    applications: pa.Table, given: Mapping[Key, AppAllocation], group_by: str | None
) -> dict[Key, str] | None:
    """Return each application's user, queue or value of a tag; None without ``group_by``.

    A tag is a property with that name, or with the prefix ``spark.``, ``spark.sparkwright.tag.`` or
    ``spark.kubernetes.driver.label.``, or ``TAG=value`` (or ``TAG:value``) in ``spark.yarn.tags``.
    """
    if group_by is None:
        return None
    columns = ("app_id", "attempt_id", "user_name", "queue")
    keys: dict[Key, str] = {}
    for app_id, attempt_id, user, queue in rows(applications, columns):
        key = (app_id, attempt_id)
        if group_by in ("user", "queue"):
            keys[key] = (user if group_by == "user" else queue) or ""
        else:
            keys[key] = _tag(given[key].properties, group_by)
    return keys


def _tag(properties: Mapping[str, str], tag: str) -> str:
    for prefix in _TAG_PREFIXES:
        if value := properties.get(prefix + tag, "").strip():
            return value
    for name in _TAG_LISTS:
        for entry in properties.get(name, "").split(","):
            for separator in "=:":
                key, found, value = entry.strip().partition(separator)
                if found and key == tag:
                    return value
    return ""


def _groups(
    status: Mapping[Key, str], usage: Mapping[Key, AppUsage], prices: Prices, groups: Mapping[Key, str]
) -> Sequence[Group]:
    members: dict[str, list[Key]] = defaultdict(list)
    for key in status:
        members[groups[key]].append(key)
    found = [
        Group(
            key=name,
            applications=len(keys),
            failed=sum(status[key] == "failed" for key in keys),
            usage=total((usage[key] for key in keys), prices),
        )
        for name, keys in members.items()
    ]
    return sorted(found, key=lambda group: (-group.usage.money, group.key))
