"""What policies would have changed: the decisions and applications of the last days, looked at once more."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from data_contracts.api.recommendation import PolicyChange, RecommendRequest
from data_contracts.tables import Application, Decision
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.policy.apply import Policies
from sparkwright.policy.budgets import keep_budgets
from sparkwright.policy.fit import fit
from sparkwright.policy.scope import Applicant

_SHOWN = 5
_HOURS_OF = {"memory_gib_hours": ("allocated_memory_mib_s", 1024 * 3600), "core_hours": ("allocated_vcore_s", 3600)}


@dataclass(frozen=True, slots=True)
class Previewed:
    """One decision or application that policies would have changed."""

    what: str
    applicant: Applicant
    changes: tuple[PolicyChange, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What policies would have changed.

    Attributes:
        since: Of the first moment that was looked at.
        decision_count: Decisions that were looked at.
        application_count: Applications that were looked at.
        concerned_count: Of both, those in the scope of a policy.
        changed_count: Of both, those with another property.
        by_property: How often each property would have been another one, the most frequent first.
        examples: The newest.
        exceeded: Budgets that add up, and the periods that went beyond them, in words.
    """

    since: datetime
    decision_count: int
    application_count: int
    concerned_count: int
    changed_count: int
    by_property: tuple[tuple[str, int], ...]
    examples: tuple[Previewed, ...]
    exceeded: tuple[str, ...]


def preview(
    policies: Policies,
    decisions: Iterable[Decision],
    applications: Sequence[Application],
    *,
    now: datetime,
    days: int = 30,
) -> Preview:
    """What the policies would have made of the past.

    Args:
        policies: To be looked at.
        decisions: Of the decision log; those before are left out.
        applications: Of the lake; those that carried a decision, or started before, are left out of the changes.
        now: With a time zone.
        days: How far to look back.
    """
    since = now - timedelta(days=days)
    decided = [one for one in decisions if one.decided_at >= since]
    recent = [one for one in applications if one.started_at >= since]
    asked = [*map(_of_decision, decided), *(_of_application(one) for one in recent if one.decision_id is None)]
    counts: Counter[str] = Counter()
    concerned = 0
    found: list[Previewed] = []
    for one in filter(None, asked):
        what, applicant, given, advised = one
        limits = policies.limits(applicant)
        if limits.is_free:
            continue
        concerned += 1
        fitted = fit(limits, given, advised, applicant.platform)
        keep_budgets(fitted, limits, applicant.platform)
        if fitted.changes:
            counts.update({change.property for change in fitted.changes})
            found.append(Previewed(what, applicant, tuple(fitted.changes)))
    found.sort(key=lambda one: one.applicant.at, reverse=True)
    return Preview(
        since=since,
        decision_count=len(decided),
        application_count=sum(one.decision_id is None for one in recent),
        concerned_count=concerned,
        changed_count=len(found),
        by_property=tuple(counts.most_common()),
        examples=tuple(found[:_SHOWN]),
        exceeded=tuple(_exceeded(policies, recent)),
    )


def recent_applications(lake: Lake, since: datetime) -> list[Application]:
    """The applications of a lake that started since then; none where it has no such table.

    Raises:
        LakeError: The table cannot be read.
    """
    if not lake.exists(Application):
        return []
    return rows_of(Application, lake.read(Application, filters=[("started_at", ">=", since)]))


_Asked = tuple[str, Applicant, Mapping[str, str], Mapping[str, str]]


def _of_decision(decision: Decision) -> _Asked | None:
    try:
        request = RecommendRequest.model_validate(json.loads(decision.request_json))
        advised = json.loads(decision.allocation_json)
    except (ValidationError, ValueError):  # another version wrote it
        return None
    applicant = Applicant(
        request.queue, "", request.user_name, decision.workload_id, request.platform, decision.decided_at
    )
    return f"decision {decision.decision_id}", applicant, request.properties.as_conf(), advised


def _of_application(row: Application) -> _Asked | None:
    try:
        given = json.loads(row.properties_json)
    except ValueError:
        return None
    applicant = Applicant(row.queue, "", row.user_name, row.workload_id, row.platform, row.started_at)
    return f"application {row.app_id}", applicant, {name: str(text) for name, text in given.items()}, {}


def _exceeded(policies: Policies, applications: Sequence[Application]) -> list[str]:
    """Periods in which what adds up went beyond its budget; the price of an application is in no table."""
    totals: Counter[tuple[str, str, str, float, str]] = Counter()
    for row in applications:
        applicant = Applicant(row.queue, "", row.user_name, row.workload_id, row.platform, row.started_at)
        for rule in policies.rules_for(applicant):
            budget = rule.budget
            if budget is None or budget.measure not in _HOURS_OF:
                continue
            column, unit = _HOURS_OF[budget.measure]
            used = getattr(row, column)
            if used is not None:
                period = _period(budget.per, row)
                totals[rule.policy, budget.measure, budget.per, budget.max, period] += used / unit
    return [
        f"policy {policy}: {used:.4g} {measure.replace('_', ' ')} of {most:g} in the {per} {period}"
        for (policy, measure, per, most, period), used in sorted(totals.items())
        if used > most
    ]


def _period(per: str, row: Application) -> str:
    if per == "run":
        return row.app_id
    if per == "day":
        return f"{row.started_at:%Y-%m-%d}"
    if per == "month":
        return f"{row.started_at:%Y-%m}"
    year, week, _ = row.started_at.isocalendar()
    return f"{year}-W{week:02}"
