"""What ``sparkwright policy`` does: each verb reads, decides and prints."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import yaml

from data_contracts.policy import Policy, PolicyFile
from data_contracts.tables import Decision
from sparkwright.errors import CheckFailed, ConfigError, DecisionLogError, reason
from sparkwright.lake import Lake
from sparkwright.policy.answers import findings_answer
from sparkwright.policy.apply import Policies
from sparkwright.policy.budgets import keep_budgets
from sparkwright.policy.findings import Findings, told_applicant, told_values
from sparkwright.policy.fit import Fitted, fit
from sparkwright.policy.limits import Limits
from sparkwright.policy.preview import Preview, preview, recent_applications
from sparkwright.policy.reading import PolicySet, set_of
from sparkwright.policy.scope import Applicant
from sparkwright.prices import load_prices
from sparkwright.settings import settings

NOT_KEPT: Final = 4
"""Exit code of ``policy apply`` where a budget cannot be kept whatever is set."""


def schema() -> int:
    """Print the JSON Schema of policy files."""
    print(json.dumps(PolicyFile.model_json_schema(), indent=2))
    return 0


def check(told: PolicySet, *, redundancy: bool, limit_s: float, as_json: bool) -> int:
    """Print what is wrong with policies.

    Raises:
        CheckFailed: They conflict, or it could not be decided whether they do.
    """
    from sparkwright.policy.check import check_policies

    found = check_policies(told.policies, limit_s=limit_s, redundancy=redundancy)
    if as_json:
        print(findings_answer(told, found).model_dump_json(indent=2))
    else:
        print("\n".join(_finding_lines(told, found)))
    if found.conflicts:
        raise CheckFailed(f"{len(found.conflicts)} conflict(s) among {len(told.policies)} policies")
    if found.undecided:
        raise CheckFailed(f"undecided: {'; '.join(found.undecided[:3])}")
    return 0


def apply(told: PolicySet, who: Applicant, conf: Sequence[str], *, as_json: bool) -> int:
    """Print what policies make of properties; the exit code says whether every budget of a run is kept."""
    given = dict(_property(text) for text in conf)
    fitted = fitted_to(Policies(told, load_prices(settings().prices)), who, given)
    if as_json:
        changes = [one.model_dump(mode="json") for one in fitted.changes]
        print(json.dumps({"properties": fitted.in_force, "policy_changes": changes}, indent=2))
        return _kept(fitted)
    for name, value in sorted(fitted.in_force.items()):
        print(f"{name}={value}")
    for one in fitted.changes:
        if one.property == "*":  # of the whole application: there is no value to name
            print(f"! {one.text}")
        else:
            print(f"* {one.property}: {one.uncapped or 'not set'} -> {one.capped or 'not set'}: {one.text}")
    if not fitted.changes:
        print("* every policy is kept")
    return _kept(fitted)


def _kept(fitted: Fitted) -> int:
    """0, or ``NOT_KEPT`` where nothing that is allowed is within a budget."""
    return NOT_KEPT if any(one.property == "*" for one in fitted.changes) else 0


def fitted_to(policies: Policies, who: Applicant, given: dict[str, str]) -> Fitted:
    """Properties within the policies that concern an application."""
    limits = policies.limits(who)
    fitted = fit(limits, given, {}, who.platform)
    keep_budgets(fitted, limits, who.platform)
    return fitted


def explain(told: PolicySet, who: Applicant) -> int:
    """Print what holds for an application."""
    limits = Policies(told).limits(who)
    print(f"For {told_applicant(who)}:")
    print("\n".join(_limit_lines(told, limits)))
    return 0


def read(text: str, name: str, *, days: int, lake: str | None, look_back: bool) -> int:
    """Print the policy that a sentence says, and what it would have changed.

    Raises:
        CheckFailed: Something has to be asked back first.
    """
    from sparkwright.policy.language.read import read_policy

    understood = read_policy(text, name)
    shown = {"version": 1, "policies": [{"name": name, "description": text, **understood.parts}]}
    print(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True), end="")
    if understood.policy is None:
        if not understood.questions:
            raise CheckFailed("expected a rule on what an application may ask for, got a text about something else")
        raise CheckFailed("; ".join(f"{one.part}: {one.question}" for one in understood.questions))
    if look_back:
        _print_preview([understood.policy], days, lake)
    return 0


def preview_of(told: PolicySet, *, days: int, lake: str | None) -> int:
    """Print what policies would have changed."""
    _print_preview(told.policies, days, lake)
    return 0


def export(told: PolicySet, target: str, out: Path | None) -> int:
    """Write policies in another system's words."""
    import sys

    from sparkwright.policy.export import EXPORTS

    exported = EXPORTS[target](told.policies)
    if out is None:
        print(exported.text, end="")
    else:
        try:
            out.write_text(exported.text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"expected a file that can be written at {out}: {reason(error)}") from error
    for one in exported.left:
        print(f"not said: {one}", file=sys.stderr)
    return 0


def applicant(*, queue: str, team: str, user: str, workload: str, platform: str, at: str | None) -> Applicant:
    """Who asks.

    Raises:
        ConfigError: The moment is none.
    """
    moment = datetime.now(UTC)
    if at is not None:
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            raise ConfigError(f"expected --at as 2026-12-01T08:00+01:00, got {at!r}") from None
        if moment.tzinfo is None:
            raise ConfigError(f"expected --at with an offset, as 2026-12-01T08:00+01:00 or ...Z, got {at!r}")
    return Applicant(queue, team, user, workload, platform, moment)


def _property(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("spark."):
        raise ConfigError(f"expected --conf spark.some.property=value, got --conf {text}")
    return name, value


def _finding_lines(told: PolicySet, found: Findings) -> list[str]:
    lines = [f"{len(told.policies)} polic{'y' if len(told.policies) == 1 else 'ies'}, version {told.version or '-'}"]
    for conflict in found.conflicts:
        lines.append(f"conflict on {', '.join(conflict.platforms)}:")
        lines += [f"  {told.origin(rule.policy)} {rule.policy}: {rule}" for rule in conflict.rules]
        lines.append(f"  for example {told_applicant(conflict.applicant)}")
        if len(conflict.rules) > 1:
            lines.append(f"  with {told_values(conflict.values)}: {conflict.rules[-1].policy} is still broken")
        else:
            lines.append("  nothing that it can set keeps the rule")
    for one in found.redundancies:
        by = (
            " and ".join(f"{rule.policy} ({rule})" for rule in one.by)
            or "Spark allows nothing else, or nobody is ever in its scope"
        )
        lines.append(f"changes nothing: {told.origin(one.rule.policy)} {one.rule.policy}: {one.rule}")
        lines.append(f"  because of {by}")
        if one.applicant is not None:
            lines.append(
                f"  for example {told_applicant(one.applicant)} with {told_values(one.values)}: refused either way"
            )
    lines += [f"undecided: {text}" for text in found.undecided]
    lines += [f"note: {text}" for text in found.notes]
    if not (found.conflicts or found.redundancies or found.undecided):
        lines.append("no conflict, and every rule changes something")
    return lines


def _limit_lines(told: PolicySet, limits: Limits) -> list[str]:
    if limits.is_free:
        return ["  anything may be asked for"]
    lines = []
    for one in limits.properties.values():
        rules = [one.required, one.unset, one.minimum, one.maximum, *one.refused]
        lines += [f"  {rule} ({rule.policy}, {told.origin(rule.policy)})" for rule in rules if rule is not None]
    lines += [f"  {rule} ({rule.policy}, {told.origin(rule.policy)})" for rule in limits.budgets]
    return lines


def _print_preview(policies: Sequence[Policy], days: int, lake_uri: str | None) -> None:
    now = datetime.now(UTC)
    since, where = now - timedelta(days=days), settings()
    decisions, note = _decisions(where.decision_log_url, since)
    applications = recent_applications(Lake(lake_uri or where.lake_uri), since)
    seen = preview(Policies(set_of(list(policies))), decisions, applications, now=now, days=days)
    print("\n".join([*_preview_lines(seen, days), *([f"note: {note}"] if note else [])]))


def _decisions(url: str, since: datetime) -> tuple[list[Decision], str]:
    """The decisions since then, and why there may be more; a log that is not there is not made."""
    if (path := url.removeprefix("sqlite:///")) != url and not Path(path).exists():
        return [], ""
    try:
        from sparkwright.feedback.decision_log import DecisionLog

        log = DecisionLog(url)
        try:
            return log.read_since(since), ""
        finally:
            log.close()
    except ModuleNotFoundError as error:
        return [], f"without the decision log: {error.name} is not installed (extra feedback)"
    except DecisionLogError as error:
        return [], f"without the decision log: {error}"


def _preview_lines(seen: Preview, days: int) -> list[str]:
    lines = [
        f"the last {days} days: {seen.decision_count} decisions and {seen.application_count} applications without one; "
        f"{seen.concerned_count} concerned, {seen.changed_count} changed"
    ]
    lines += [f"  {name}: {count} times" for name, count in seen.by_property]
    for one in seen.examples:
        lines.append(f"  {one.what}: {told_applicant(one.applicant)}")
        lines += [
            f"    {change.property}: {change.uncapped or '-'} -> {change.capped or '-'}" for change in one.changes
        ]
    lines += [f"  {one}" for one in seen.exceeded]
    return lines
