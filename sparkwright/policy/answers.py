"""Findings as the service and the command line answer them."""

from data_contracts.api.policies import (
    ExampleApplication,
    PolicyConflict,
    PolicyFindings,
    PolicyRedundancy,
    ToldRule,
)
from sparkwright.policy.findings import Findings
from sparkwright.policy.reading import PolicySet
from sparkwright.policy.rules import Rule
from sparkwright.policy.scope import Applicant


def findings_answer(told: PolicySet, found: Findings) -> PolicyFindings:
    """The findings about a set of policies."""
    return PolicyFindings(
        policy_version=told.version,
        policy_count=len(told.policies),
        conflicts=[
            PolicyConflict(
                rules=list(map(_rule, one.rules)),
                platforms=list(one.platforms),
                example=_example(one.applicant, one.values),
            )
            for one in found.conflicts
        ],
        redundancies=[
            PolicyRedundancy(
                rule=_rule(one.rule),
                by=list(map(_rule, one.by)),
                example=None if one.applicant is None else _example(one.applicant, one.values),
            )
            for one in found.redundancies
        ],
        undecided=list(found.undecided),
        notes=list(found.notes),
    )


def _rule(rule: Rule) -> ToldRule:
    return ToldRule(policy=rule.policy, part=rule.part, text=str(rule))


def _example(who: Applicant, values: dict[str, str]) -> ExampleApplication:
    return ExampleApplication(
        queue=who.queue,
        team=who.team,
        user=who.user,
        workload=who.workload,
        platform=who.platform,
        at=who.at,
        properties=values,
    )
