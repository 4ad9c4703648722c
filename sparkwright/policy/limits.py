"""What holds for one application: the rules of all policies that concern it, the narrowest of each with its policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from data_contracts.policy import Budget
from data_contracts.properties.policy import PropertyKind, kind_of
from sparkwright.policy.rules import Number, Rule


@dataclass(slots=True)
class PropertyLimits:
    """What holds for one property.

    Attributes:
        minimum: The narrowest rule from below.
        maximum: The narrowest rule from above.
        required: The first rule that requires a value.
        unset: The first rule that forbids to set it.
        refused: Rules that forbid values.
    """

    kind: PropertyKind
    minimum: Rule | None = None
    maximum: Rule | None = None
    required: Rule | None = None
    unset: Rule | None = None
    refused: list[Rule] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        """Take in one more rule; of two that say the same the first is named."""
        if rule.kind == "min" and (self.minimum is None or _number(rule) > _number(self.minimum)):
            self.minimum = rule
        elif rule.kind == "max" and (self.maximum is None or _number(rule) < _number(self.maximum)):
            self.maximum = rule
        elif rule.kind == "require" and self.required is None:
            self.required = rule
        elif rule.kind == "unset" and self.unset is None:
            self.unset = rule
        elif rule.kind == "not":
            self.refused.append(rule)

    def refuses(self, text: str) -> Rule | None:
        """The rule that forbids this value; None where none does."""
        for rule in self.refused:
            if any(self.kind.same(text, value) for value in rule.values):
                return rule
        return None

    def breach(self, text: str) -> Rule | None:
        """The rule that a set value breaks, in the order in which they are applied; None where it may stay."""
        if self.required is not None:
            return None if self.kind.same(text, self.required.text) else self.required
        if self.unset is not None:
            return self.unset
        if (rule := self.refuses(text)) is not None:
            return rule
        if self.minimum is None and self.maximum is None:
            return None
        try:
            value = self.kind.number(text)
        except ValueError:
            return self.maximum or self.minimum  # nobody can tell that it is within
        if self.maximum is not None and value > _number(self.maximum):
            return self.maximum
        return self.minimum if self.minimum is not None and value < _number(self.minimum) else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for one application.

    Attributes:
        properties: By property.
        budgets: The narrowest of each measure and period, as rules.
        policies: Names of the policies that concern it, in order.
    """

    properties: Mapping[str, PropertyLimits]
    budgets: tuple[Rule, ...]
    policies: tuple[str, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether anything may be asked for."""
        return not self.properties and not self.budgets


def limits_of(rules: Iterable[Rule], policies: tuple[str, ...] = ()) -> Limits:
    """What holds where all these rules do."""
    properties: dict[str, PropertyLimits] = {}
    budgets: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        if rule.budget is not None:
            key = rule.budget.measure, rule.budget.per
            known = budgets.get(key)
            if known is None or rule.budget.max < _budget(known).max:
                budgets[key] = rule
        else:
            properties.setdefault(rule.property, PropertyLimits(kind_of(rule.property))).add(rule)
    return Limits(dict(sorted(properties.items())), tuple(budgets.values()), policies)


def _number(rule: Rule) -> Number:
    assert rule.number is not None  # bounds are numbers
    return rule.number


def _budget(rule: Rule) -> Budget:
    assert rule.budget is not None
    return rule.budget
