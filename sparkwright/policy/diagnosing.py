"""Repairs within the policies: what would repair a failure, and which policy is in its way."""

from collections.abc import Mapping

from data_contracts.api.diagnosis import Diagnosis, Remediation, SlowFinding
from data_contracts.properties.policy import kind_of
from sparkwright.policy.apply import Policies
from sparkwright.policy.limits import Limits
from sparkwright.policy.rules import Rule
from sparkwright.policy.scope import Applicant


def within_policies(
    diagnosis: Diagnosis, policies: Policies | None, applicant: Applicant | None, properties: Mapping[str, str] | None
) -> Diagnosis:
    """The diagnosis with repairs that may be made; a cap that the application died under is named.

    Args:
        diagnosis: Of the application.
        policies: In force; None: everything is allowed.
        applicant: Whose application it was; None where nobody knows.
        properties: What it ran with.
    """
    if policies is None or applicant is None:
        return diagnosis
    limits = policies.limits(applicant)
    if limits.is_free:
        return diagnosis
    given = properties or {}
    remediation, notes = _kept(diagnosis.remediation, limits, given)
    slow: list[SlowFinding] = []
    for finding in diagnosis.slow:
        kept, more = _kept(finding.remediation, limits, given)
        notes += [note for note in more if note not in notes]
        slow.append(finding.model_copy(update={"remediation": kept}))
    if not notes:
        return diagnosis
    return diagnosis.model_copy(update={"remediation": remediation, "slow": slow, "notes": [*diagnosis.notes, *notes]})


def _kept(remediation: Remediation, limits: Limits, given: Mapping[str, str]) -> tuple[Remediation, list[str]]:
    kept: dict[str, str] = {}
    notes: list[str] = []
    for name, value in remediation.properties.items():
        one = limits.properties.get(name)
        rule = None if one is None else one.breach(value)
        if rule is None:
            kept[name] = value
            continue
        allowed, note = _instead(rule, value, given.get(name))
        notes.append(note)
        if allowed is not None:
            kept[name] = allowed
    return (remediation.model_copy(update={"properties": kept}) if notes else remediation), notes


def _instead(rule: Rule, value: str, had: str | None) -> tuple[str | None, str]:
    """The value that may be set, where it repairs anything, and what to say."""
    told = f"policy {rule.policy} allows {rule}: the repair {rule.property}={value} is not within it"
    if rule.kind != "max":
        return None, f"{told}; ask whoever made the policy"
    kind = kind_of(rule.property)
    try:
        is_more = had is None or kind.number(had) < kind.number(rule.text)
    except ValueError:
        is_more = True
    if is_more:
        return rule.text, f"{told}; {rule.text} is the most that may be tried"
    # More of the same is not to be had: the policy, or what the application does, has to change.
    return None, f"{told}, and the application had the most it allows ({had}) when it died: ask for another bound"
