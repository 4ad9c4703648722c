"""Properties made to fit limits: what is above or below a bound, forbidden, required or beyond a budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_contracts.api.recommendation import PolicyChange
from data_contracts.properties.policy import size_text
from data_contracts.properties.spark import MIB
from sparkwright.policy.limits import Limits, PropertyLimits
from sparkwright.policy.peak import default_of
from sparkwright.policy.rules import Rule


@dataclass(slots=True)
class Fitted:
    """Properties that fit, and what was changed for that.

    Attributes:
        in_force: Every property as it is now: the user's own, under what is advised, under what policies say.
        advised: What is advised of it; a property that a policy touched is in it where it is set at all.
        changes: In the order in which they were made.
    """

    in_force: dict[str, str]
    advised: dict[str, str]
    changes: list[PolicyChange] = field(default_factory=list)

    def change(self, name: str, rule: Rule, uncapped: str | None, capped: str | None, did: str) -> None:
        """Set a property, or take it away, and say so."""
        if capped is None:
            self.in_force.pop(name, None)
            self.advised.pop(name, None)
        else:
            self.in_force[name] = self.advised[name] = capped
        self.say(name, rule, uncapped, capped, did)

    def say(self, name: str, rule: Rule, uncapped: str | None, capped: str | None, did: str) -> None:
        """Say what a rule means for a property, or for the application (``*``)."""
        text = f"policy {rule.policy}: {rule}; {did}"
        self.changes.append(
            PolicyChange(
                property=name, rule=rule.kind, policies=[rule.policy], uncapped=uncapped, capped=capped, text=text
            )
        )


def fit(limits: Limits, given: Mapping[str, str], advised: Mapping[str, str], platform: str) -> Fitted:
    """The properties within the limits of each property; budgets are :mod:`sparkwright.policy.budgets`.

    What the user set counts too: a launcher lets it win over advice, but not over a policy.

    Args:
        limits: What holds for the application.
        given: As the user has them in force.
        advised: What is advised, with units written.
        platform: Of the request.
    """
    fitted = Fitted({**given, **advised}, dict(advised))
    for name, one in limits.properties.items():
        if name in fitted.in_force:
            _fit_set(fitted, name, one, given.get(name), platform)
        elif one.required is not None:
            fitted.change(name, one.required, None, one.required.text, f"set to {one.required.text}")
        elif one.unset is None:
            _fit_default(fitted, name, one, platform)
    return fitted


def _fit_set(fitted: Fitted, name: str, one: PropertyLimits, own: str | None, platform: str) -> None:
    target = fitted.in_force[name]
    rule = one.breach(target)
    if rule is None:
        if own is not None and (broken := one.breach(own)) is not None:
            # What is advised fits already; what the user set must not win over it.
            fitted.change(name, broken, own, target, f"{own} was asked for, {target} holds")
        return
    value = _nearest(one, rule, own, fitted, name, platform)
    if own is not None and one.kind.same(own, target):
        did = f"{own} was asked for"
    else:
        did = f"{target} would be advised{'' if own is None else f', {own} was asked for'}"
    fitted.change(name, rule, target, value, f"{did}; {'left out' if value is None else f'{value} holds'}")


def _fit_default(fitted: Fitted, name: str, one: PropertyLimits, platform: str) -> None:
    default = default_of(name, fitted.in_force, platform)
    rule = None if default is None else one.breach(default)
    if rule is None or default is None:
        return
    value = _nearest(one, rule, None, fitted, name, platform)
    if value is not None:
        fitted.change(name, rule, None, value, f"Spark's own {default} would be used; {value} holds")


def _nearest(one: PropertyLimits, rule: Rule, own: str | None, fitted: Fitted, name: str, platform: str) -> str | None:
    """The value that holds instead; None: none may be set."""
    if rule.kind in {"require", "min", "max"}:
        value: str | None = rule.text
    elif rule.kind == "unset":
        return None
    else:
        rest = {key: text for key, text in fitted.in_force.items() if key != name}
        default = default_of(name, rest, platform)
        fits = own is not None and one.breach(own) is None
        if fits:
            value = own
        elif one.kind.kind == "flag":
            value = _beside(
                one, fitted.in_force.get(name) or default or "true"
            )  # said, whatever the site's defaults are
        else:
            value = None if default is None or one.breach(default) is None else _beside(one, default)
    # The bound itself may be forbidden as a value: a little inside of it is not.
    return value if value is None or one.refuses(value) is None else _beside(one, value)


def _beside(one: PropertyLimits, text: str) -> str | None:
    """The nearest value to one that is forbidden: a switch the other way, a number a little below or above."""
    kind = one.kind
    if kind.kind == "flag":
        other = "false" if text.strip().lower() == "true" else "true"
        return other if one.refuses(other) is None else None
    if kind.kind not in {"size", "count"}:
        return None
    start, step = int(kind.number(text)), MIB if kind.kind == "size" else 1
    for away in range(1, 2 + sum(len(rule.values) for rule in one.refused)):
        for number in (start - away * step, start + away * step):
            written = size_text(number) if kind.kind == "size" else str(number)
            if number > 0 and one.breach(written) is None:
                return written
    return None
