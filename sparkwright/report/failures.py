"""Failed applications by root cause: counts, the newest example, its decisive line and its repair."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from data_contracts.api import EvidenceItem
from data_contracts.report import Fact, FailureExample, FailureGroup, Prices
from sparkwright.diagnosis import rules
from sparkwright.diagnosis.taxonomy import UNKNOWN, RootCause
from sparkwright.report.facts import decisive_line
from sparkwright.report.properties import changes
from sparkwright.report.tables import rows
from sparkwright.report.usage import AppAllocation, AppUsage, Key, total

_MAX_FACTS = 3
_MAX_UNKNOWN_FACTS = 8


def group_failures(
    applications: pa.Table,
    evidence: pa.Table,
    usage: Mapping[Key, AppUsage],
    given: Mapping[Key, AppAllocation],
    prices: Prices,
) -> list[FailureGroup]:
    """The failed applications by root cause, the most frequent first, unknown causes last."""
    facts = _facts(evidence)
    members: dict[str, list[_Failed]] = defaultdict(list)
    causes: dict[str, RootCause] = {}
    columns = ("app_id", "attempt_id", "status", "workload_id", "app_name", "started_at", "ended_at")
    for app_id, attempt_id, status, workload_id, name, started, ended in rows(applications, columns):
        if status != "failed":
            continue
        key = (app_id, attempt_id)
        items = facts.get(key, [])
        finding = rules.diagnose(items)
        causes[finding.cause.name] = finding.cause
        shown = finding.evidence[:_MAX_FACTS] if finding.cause is not UNKNOWN else items[:_MAX_UNKNOWN_FACTS]
        members[finding.cause.name].append((ended or started, key, workload_id, name, ended, tuple(shown)))
    groups = [_group(causes[name], failed, usage, given, prices) for name, failed in members.items()]
    return sorted(groups, key=lambda group: (group.root_cause == UNKNOWN.name, -group.applications, group.root_cause))


_Failed = tuple[datetime, Key, str, str, datetime | None, tuple[EvidenceItem, ...]]
"""Order in time, application, workload, name, end, the facts to show."""


def _group(
    cause: RootCause,
    failed: Sequence[_Failed],
    usage: Mapping[Key, AppUsage],
    given: Mapping[Key, AppAllocation],
    prices: Prices,
) -> FailureGroup:
    ordered = sorted(failed, key=lambda one: (one[0], one[1]), reverse=True)
    _, key, workload_id, name, ended, facts = ordered[0]
    wasted = total((usage[one[1]] for one in ordered), prices)
    properties = given[key].properties
    return FailureGroup(
        root_cause=cause.name,
        title=cause.title,
        applications=len(ordered),
        workloads=len({one[2] for one in ordered}),
        wasted_gib_h=wasted.memory_allocated_gib_h,
        money=wasted.money,
        remedy=cause.remedy,
        newest=FailureExample(
            app_id=key[0],
            attempt_id=key[1],
            workload_id=workload_id,
            app_name=name,
            ended_at=ended,
            facts=[
                Fact(
                    kind=item.kind,
                    source=item.source,
                    line=decisive_line(item.exception_class, item.message),
                    occurrences=item.occurrence_count,
                )
                for item in facts
            ],
            repair=changes(properties, cause.repair(properties)),
        ),
        app_ids=[one[1][0] for one in ordered],
    )


def _facts(evidence: pa.Table) -> dict[Key, list[EvidenceItem]]:
    columns = (
        "app_id", "attempt_id", "evidence_id", "kind", "source", "exception_class", "message", "occurrence_count",
    )  # fmt: skip
    found: dict[Key, list[EvidenceItem]] = defaultdict(list)
    for app_id, attempt_id, *values in rows(evidence, columns):
        item = EvidenceItem(**dict(zip(columns[2:], values, strict=True)))
        found[(app_id, attempt_id)].append(item)
    for items in found.values():
        items.sort(key=lambda item: (len(item.evidence_id), item.evidence_id))
    return found
