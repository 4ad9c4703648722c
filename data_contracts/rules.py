"""Rules between columns of one row; the harvest and Great Expectations check the same ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Where:
    """The rows a rule applies to, by the value of one column.

    Attributes:
        values: The values that the column has in those rows.
    """

    column: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """The condition in words."""
        return f"when {self.column} is {' or '.join(self.values)}"

    def holds(self, row: Mapping[str, object]) -> bool:
        """Return whether the rule applies to this row."""
        return row[self.column] in self.values


@dataclass(frozen=True, slots=True)
class AtMost:
    """The product of some factors is at most the product of others.

    A factor is a column, or the sum or difference of two: ``a + b``, ``a - b``. Timestamps count in milliseconds. Rows
    in which one of the columns is missing are not judged.

    Attributes:
        small: Factors whose product must not be larger.
        large: Factors whose product bounds it.
        because: Why it must be so, for people who read the broken row.
        slack: Factor on the larger side: for clocks of different machines, or to convert units.
        where: The rows it applies to; default: all.
    """

    small: tuple[str, ...]
    large: tuple[str, ...]
    because: str
    slack: float = 1.0
    where: Where | None = None

    @property
    def name(self) -> str:
        """The rule as a formula."""
        return f"{self.sides[0]} <= {self.sides[1]}{f' {self.where.name}' if self.where else ''}"

    @property
    def sides(self) -> tuple[str, str]:
        """The formulas of the smaller and the larger side."""
        slack = "" if self.slack == 1 else f"{self.slack:g} x "
        return _product(self.small), f"{slack}{_product(self.large, bracketed=bool(slack))}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule reads."""
        read = [name for factor in (*self.small, *self.large) for name, _ in terms_of(factor)]
        return tuple(dict.fromkeys([*read, *([self.where.column] if self.where else [])]))

    def broken_by(self, row: Mapping[str, object]) -> bool:
        """Return whether the row breaks the rule."""
        if self.where is not None and not self.where.holds(row):
            return False
        small, large = self._side(self.small, row), self._side(self.large, row)
        return small is not None and large is not None and small > self.slack * large

    @staticmethod
    def _side(factors: tuple[str, ...], row: Mapping[str, object]) -> float | None:
        values = []
        for factor in factors:
            total: int | float = 0
            for name, sign in terms_of(factor):
                value = row[name]
                if isinstance(value, datetime):
                    value = (value - _EPOCH) // _MICROSECOND
                if not isinstance(value, int | float):
                    return None
                total += sign * value
            is_moment = isinstance(row[terms_of(factor)[0][0]], datetime)
            values.append(total / 1000 if is_moment else float(total))
        return math.prod(values)


@dataclass(frozen=True, slots=True)
class Needs:
    """A column must have a value in some rows.

    Attributes:
        column: The column, which may be missing in other rows.
        where: The rows in which it may not.
        because: Why it must be so, for people who read the broken row.
    """

    column: str
    where: Where
    because: str

    @property
    def name(self) -> str:
        """The rule in words."""
        return f"{self.column} is present {self.where.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule reads."""
        return (self.column, self.where.column)

    def broken_by(self, row: Mapping[str, object]) -> bool:
        """Return whether the row breaks the rule."""
        return row[self.column] is None and self.where.holds(row)


Rule = AtMost | Needs


@cache
def terms_of(factor: str) -> tuple[tuple[str, int], ...]:
    """Return the columns of a factor, each with its sign."""
    first, sign, second = factor.partition(" + " if " + " in factor else " - ")
    return ((first, 1), (second, -1 if sign == " - " else 1)) if second else ((first, 1),)


def _product(factors: tuple[str, ...], *, bracketed: bool = False) -> str:
    bracketed = bracketed or len(factors) > 1
    return " x ".join(f"({factor})" if bracketed and " " in factor else factor for factor in factors)
