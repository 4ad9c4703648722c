"""What was understood of a sentence so far, and what has to be asked back."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Part = Literal["scope", "bounds", "forbids", "requires", "budgets"]


@dataclass(slots=True)
class Said:
    """What was understood.

    Attributes:
        asks: What has to be asked back: the part, and the question.
        last: What the last amount was said of.
        open: Properties that something is said of without a value, with the part; asked about unless one comes.
    """

    bounds: dict[str, dict[str, str]] = field(default_factory=dict)
    forbids: list[dict[str, object]] = field(default_factory=list)
    requires: dict[str, str] = field(default_factory=dict)
    budgets: list[dict[str, object]] = field(default_factory=list)
    asks: list[tuple[Part, str]] = field(default_factory=list)
    last: str = ""
    open: list[tuple[Part, str]] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        """Whether there is a rule, or something to be asked about one."""
        return bool(self.bounds or self.forbids or self.requires or self.budgets or self.asks)

    def ask(self, part: Part, question: str) -> None:
        """Ask, once a part."""
        if all(one != part for one, _ in self.asks):
            self.asks.append((part, question))

    def ask_what_is_open(self) -> None:
        """Ask for the values that did not come."""
        told = self.bounds.keys() | self.requires.keys() | {one["property"] for one in self.forbids}
        for part, name in self.open:
            if name not in told:
                self.ask(part, f"which value is meant for {name}?")

    def bound(self, name: str, end: str, value: str) -> None:
        """One end of a bound; two values of it are asked about."""
        told = self.bounds.setdefault(name, {}).setdefault(end, value)
        if told != value:
            self.ask("bounds", f"{end} of {name} is said to be {told} and {value}: which holds?")

    def require(self, name: str, value: str) -> None:
        """A value that has to be; two of them are asked about."""
        told = self.requires.setdefault(name, value)
        if told != value:
            self.ask("requires", f"{name} is required to be {told} and {value}: which holds?")

    def ask_which(self, name: str, values: list[str]) -> None:
        """Ask for the one of several values: a policy requires one, or forbids some."""
        self.ask("requires", f"a policy requires one value of {name}: {' or '.join(values)}?")

    def forbid(self, name: str, *values: str) -> None:
        """A property, or values of it."""
        for one in self.forbids:
            if one["property"] == name:
                known = one["values"]
                assert isinstance(known, list)
                known += [value for value in values if value not in known]
                return
        self.forbids.append({"property": name, "values": list(values)})

    def budget(self, measure: str, most: Decimal, per: str) -> None:
        """A budget."""
        one = {"measure": measure, "max": float(most), "per": per}
        for other in self.budgets:
            if other["measure"] == measure and other["per"] == per and other["max"] != one["max"]:
                self.ask("budgets", f"{measure} for a {per} is said to be {other['max']} and {most}: which holds?")
        if most <= 0:
            self.ask("budgets", f"expected a budget above zero, got {most}")
        elif one not in self.budgets:
            self.budgets.append(one)
