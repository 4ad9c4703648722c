"""A policy taken apart: each thing it says as one rule, with its value as a number where it is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from data_contracts.policy import Budget, Policy
from data_contracts.properties.policy import kind_of

RuleKind = Literal["min", "max", "unset", "not", "require", "budget"]
Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a policy says.

    Attributes:
        policy: Its name.
        part: Where in the policy, as a person finds it: ``bounds.spark.executor.memory.max``.
        kind: ``unset``: the property may not be set; ``not``: not to these values.
        property: Empty for a budget.
        text: The value as it is written.
        number: The same as a number; None of text and of ``unset`` and ``not``.
        values: Of ``not``.
        budget: Of ``budget``.
    """

    policy: str
    part: str
    kind: RuleKind
    property: str = ""
    text: str = ""
    number: Number | None = None
    values: tuple[str, ...] = ()
    budget: Budget | None = None

    def __str__(self) -> str:
        said = {
            "min": f"at least {self.text} of {self.property}",
            "max": f"at most {self.text} of {self.property}",
            "unset": f"{self.property} may not be set",
            "not": f"{self.property} may not be {' or '.join(self.values)}",
            "require": f"{self.property} must be {self.text}",
        }
        if self.budget is not None:
            return f"at most {self.budget.max:g} {self.budget.measure.replace('_', ' ')} a {self.budget.per}"
        return said[self.kind]


def rules_of(policy: Policy) -> list[Rule]:
    """What the policy says, rule by rule; its values must be readable (``reading.faults_in``)."""
    found: list[Rule] = []
    for name, bound in policy.bounds.items():
        kind = kind_of(name)
        ends: tuple[tuple[Literal["min", "max"], str | None], ...] = (("min", bound.min), ("max", bound.max))
        found += [
            Rule(policy.name, f"bounds.{name}.{end}", end, name, kind.written(text), kind.number(text))
            for end, text in ends
            if text is not None
        ]
    for at, one in enumerate(policy.forbids):
        part = f"forbids.{at}"
        if one.values:
            found.append(Rule(policy.name, part, "not", one.property, values=tuple(one.values)))
        else:
            found.append(Rule(policy.name, part, "unset", one.property))
    for name, text in policy.requires.items():
        kind = kind_of(name)
        number = None if kind.kind == "text" else kind.number(text)
        found.append(Rule(policy.name, f"requires.{name}", "require", name, kind.written(text), number))
    found += [Rule(policy.name, f"budgets.{at}", "budget", budget=one) for at, one in enumerate(policy.budgets)]
    return found


def all_rules(policies: Iterable[Policy]) -> list[Rule]:
    """The rules of all policies, in order."""
    return [rule for policy in policies for rule in rules_of(policy)]
