"""Group failed applications by root cause: counts, the newest example, its decisive line and its repair."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from data_contracts.api.diagnosis import Diagnosis, EvidenceItem
from data_contracts.api.report import Fact, FailureExample, FailureGroup, Prices
from sparkwright.diagnosis.answer import answer
from sparkwright.diagnosis.taxonomy import UNKNOWN
from sparkwright.report.properties import changes
from sparkwright.report.tables import rows
from sparkwright.report.usage import AppAllocation, AppUsage, Key, total

_MAX_ITEMS = 200
"""Maximum number of facts used per application, as when it is diagnosed alone."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """One failed application with its diagnosis."""

    key: Key
    workload_id: str
    app_name: str
    at: datetime
    ended_at: datetime | None
    diagnosis: Diagnosis


def group_failures(
    applications: pa.Table,
    evidence: pa.Table,
    usage: Mapping[Key, AppUsage],
    given: Mapping[Key, AppAllocation],
    prices: Prices,
) -> list[FailureGroup]:
    """Return failed applications by root cause, the most frequent first, unknown causes last."""
    found = diagnoses(applications, evidence, given)
    members: dict[str, list[_Failed]] = defaultdict(list)
    columns = ("app_id", "attempt_id", "workload_id", "app_name", "started_at", "ended_at")
    for app_id, attempt_id, workload_id, name, started, ended in rows(applications, columns):
        diagnosis = found.get((app_id, attempt_id))
        if diagnosis is not None:
            failed = _Failed((app_id, attempt_id), workload_id, name, ended or started, ended, diagnosis)
            members[diagnosis.root_cause].append(failed)
    groups = [_group(failed, usage, given, prices) for failed in members.values()]
    return sorted(groups, key=lambda group: (group.root_cause == UNKNOWN.name, -group.applications, group.root_cause))


def diagnoses(applications: pa.Table, evidence: pa.Table, given: Mapping[Key, AppAllocation]) -> dict[Key, Diagnosis]:
    """Diagnose each failed application by the rules."""
    facts = _facts(evidence)
    columns = ("app_id", "attempt_id", "status", "surroundings_json")
    return {
        (app_id, attempt_id): answer(
            facts.get((app_id, attempt_id), []),
            properties=given[(app_id, attempt_id)].properties,
            status=status,
            found_logs=_found_logs(around),
        )
        for app_id, attempt_id, status, around in rows(applications, columns)
        if status == "failed"
    }


def _group(
    failed: Sequence[_Failed], usage: Mapping[Key, AppUsage], given: Mapping[Key, AppAllocation], prices: Prices
) -> FailureGroup:
    ordered = sorted(failed, key=lambda one: (one.at, one.key), reverse=True)
    newest = ordered[0]
    diagnosis = newest.diagnosis
    wasted = total((usage[one.key] for one in ordered), prices)
    return FailureGroup(
        root_cause=diagnosis.root_cause,
        title=diagnosis.title,
        applications=len(ordered),
        workloads=len({one.workload_id for one in ordered}),
        wasted_gib_h=wasted.memory_allocated_gib_h,
        money=wasted.money,
        remedy=diagnosis.remediation.text,
        newest=FailureExample(
            app_id=newest.key[0],
            attempt_id=newest.key[1],
            workload_id=newest.workload_id,
            app_name=newest.app_name,
            ended_at=newest.ended_at,
            facts=[
                Fact(kind=fact.kind, source=fact.source, line=fact.line, occurrences=fact.occurrence_count)
                for fact in diagnosis.evidence
            ],
            repair=changes(given[newest.key].properties, diagnosis.remediation.properties),
        ),
        app_ids=[one.key[0] for one in ordered],
    )


def _facts(evidence: pa.Table) -> dict[Key, list[EvidenceItem]]:
    names = ("evidence_id", "kind", "source", "exception_class", "message", "occurrence_count")
    found: dict[Key, list[EvidenceItem]] = defaultdict(list)
    for app_id, attempt_id, *values in rows(evidence, ("app_id", "attempt_id", *names)):
        found[(app_id, attempt_id)].append(EvidenceItem(**dict(zip(names, values, strict=True))))
    for items in found.values():
        items.sort(key=lambda item: (len(item.evidence_id), item.evidence_id))
        del items[_MAX_ITEMS:]
    return found


def _found_logs(stored: str | None) -> list[str]:
    try:
        return [str(name) for name in json.loads(stored or "[]")]
    except (TypeError, ValueError):
        return []
