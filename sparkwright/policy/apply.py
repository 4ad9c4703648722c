"""Policies at work: the recommendation that may go out, beside the one that would have."""

from collections.abc import Mapping
from datetime import datetime

from data_contracts.api.recommendation import PolicyChange, Reason, Recommendation, RecommendRequest
from data_contracts.api.report import Prices
from data_contracts.properties.policy import is_settable, kind_of
from data_contracts.properties.spark import RESOURCE_PROPERTIES, with_unit
from sparkwright.policy.budgets import keep_budgets
from sparkwright.policy.fit import Fitted, fit
from sparkwright.policy.limits import Limits, limits_of
from sparkwright.policy.reading import PolicySet
from sparkwright.policy.rules import Rule, rules_of
from sparkwright.policy.scope import Applicant, Scopes

_MAX_KEPT = 4096
_HEAPS = ("spark.executor.memory", "spark.driver.memory")


class Policies:
    """The policies of a set, made ready to be applied to many requests.

    Args:
        told: The policies.
        prices: What an hour costs, for budgets in money.

    Attributes:
        version: Names the rules in force; kept with each decision.
    """

    def __init__(self, told: PolicySet, prices: Prices | None = None) -> None:
        self.version = told.version
        self.told = told
        self._prices = prices
        self._scopes = Scopes(told.policies)
        self._rules = [rules_of(policy) for policy in told.policies]
        self._limits: dict[tuple[int, ...], Limits] = {}

    def limits(self, applicant: Applicant) -> Limits:
        """What holds for an applicant, with the policy that each limit comes from."""
        active = self._scopes.active(applicant)
        found = self._limits.get(active)
        if found is None:
            names = tuple(self.told.policies[at].name for at in active)
            found = limits_of((rule for at in active for rule in self._rules[at]), names)
            if len(self._limits) >= _MAX_KEPT:
                self._limits.clear()
            self._limits[active] = found
        return found

    def rules_for(self, applicant: Applicant) -> list[Rule]:
        """Every rule that concerns an applicant, also one that a narrower one makes needless."""
        return [rule for at in self._scopes.active(applicant) for rule in self._rules[at]]

    def apply(
        self, recommendation: Recommendation, request: RecommendRequest, at: datetime, team: str = ""
    ) -> Recommendation:
        """The recommendation within the policies; what they changed stands beside what it would have been.

        Args:
            recommendation: What would go out.
            request: What it answers.
            at: When the application is to start.
            team: Who asks; empty where nobody knows.
        """
        applicant = Applicant(request.queue, team, request.user_name, recommendation.workload_id, request.platform, at)
        limits = self.limits(applicant)
        if limits.is_free:
            return recommendation.model_copy(update={"policy_version": self.version})
        given = request.properties.as_conf()
        fitted = fit(limits, given, recommendation.allocation, request.platform)
        keep_budgets(fitted, limits, request.platform, recommendation.forecast, self._prices)
        if not fitted.changes:
            return recommendation.model_copy(update={"policy_version": self.version})
        return _changed(recommendation, fitted, self.version)


def applicant_of(request: RecommendRequest, workload_id: str, at: datetime, team: str = "") -> Applicant:
    """Who asks, as scopes see it."""
    return Applicant(request.queue, team, request.user_name, workload_id, request.platform, at)


def _changed(recommendation: Recommendation, fitted: Fitted, version: str) -> Recommendation:
    resources = {name: with_unit(name, text) for name, text in fitted.advised.items() if name in RESOURCE_PROPERTIES}
    required = {name: text for name, text in fitted.advised.items() if name not in RESOURCE_PROPERTIES}
    changes = [_told_of_deaths(one, recommendation) for one in _merged(fitted.changes)]
    changed = {one.property for one in changes}
    # Why the advice would have been another stays: it is the uncapped target's reason.
    reasons = [*recommendation.reasons, *(Reason(property=one.property, text=one.text) for one in changes)]
    by_hand = [name for name in required if not is_settable(name)]
    if by_hand:
        text = f"a launcher sets no {', '.join(by_hand)}: it could name code; set it where the application is submitted"
        reasons.append(Reason(property="*", text=text))
    update: dict[str, object] = {
        "allocation": resources,
        "required": required,
        "policy_changes": changes,
        "policy_version": version,
        "reasons": reasons,
    }
    if recommendation.trial and changed.intersection(_HEAPS):
        update["trial"] = False  # another heap than the one that was to be tried
    return recommendation.model_copy(update=update)


def _merged(changes: list[PolicyChange]) -> list[PolicyChange]:
    """One entry a property: from what would have gone out to what goes out, with every rule on the way."""
    found: dict[tuple[str, str], PolicyChange] = {}
    for one in changes:
        # What concerns the whole application is one entry for each rule.
        key = (one.property, one.text if one.property == "*" else "")
        before = found.get(key)
        if before is None:
            found[key] = one
            continue
        policies = list(dict.fromkeys([*before.policies, *one.policies]))
        text = f"{before.text}; then {one.text}"
        found[key] = one.model_copy(update={"uncapped": before.uncapped, "policies": policies, "text": text})
    return list(found.values())


def _told_of_deaths(change: PolicyChange, recommendation: Recommendation) -> PolicyChange:
    """A cap that runs died under says so: the evidence stays evidence, and the advice above the cap is not given."""
    if change.property not in _HEAPS or change.capped is None or not _is_lower(change):
        return change
    capped = kind_of(change.property).number(change.capped)
    deaths = [
        one.run_count
        for one in recommendation.heap_evidence
        if one.standing == "died" and one.executor_memory_bytes >= capped
    ]
    if not deaths:
        return change
    count = max(deaths)
    names = " and ".join(change.policies)
    text = (
        f"{change.text}; {count} run{'' if count == 1 else 's'} of this workload died with no less than "
        f"{change.capped}: under policy {names} it is likely to die again, and nothing above is advised"
    )
    return change.model_copy(update={"text": text})


def _is_lower(change: PolicyChange) -> bool:
    kind = kind_of(change.property)
    if change.uncapped is None or change.capped is None:
        return False
    try:
        return kind.number(change.capped) < kind.number(change.uncapped)
    except ValueError:  # what was asked for is no size
        return False


def in_force(given: Mapping[str, str], recommendation: Recommendation) -> dict[str, str]:
    """What an application would run with that took the whole recommendation."""
    refused = {one.property for one in recommendation.policy_changes if one.capped is None}
    kept = {name: text for name, text in given.items() if name not in refused}
    return {**kept, **recommendation.allocation, **recommendation.required}
