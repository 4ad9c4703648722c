"""Rules that tie columns of one row together; the harvest and Great Expectations check the same ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AtMost:
    """The product of some columns is at most the product of others.

    A row in which one of the columns is missing is not judged.

    Attributes:
        small: Columns whose product must not be larger; one alone may be a moment in time.
        large: Columns whose product bounds it.
        because: Why it must be so, for the person who reads the broken row.
        slack: Factor on the larger side for clocks of different machines.
    """

    small: tuple[str, ...]
    large: tuple[str, ...]
    because: str
    slack: float = 1.0

    @property
    def name(self) -> str:
        """The rule as a formula."""
        slack = "" if self.slack == 1 else f"{self.slack:g} x "
        return f"{' x '.join(self.small)} <= {slack}{' x '.join(self.large)}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule reads."""
        return (*self.small, *self.large)

    def broken_by(self, row: Mapping[str, object]) -> bool:
        """Whether the row breaks the rule."""
        small, large = self._side(self.small, row), self._side(self.large, row)
        return small is not None and large is not None and small > self.slack * large

    @staticmethod
    def _side(names: tuple[str, ...], row: Mapping[str, object]) -> float | None:
        factors = []
        for name in names:
            value = row[name]
            if isinstance(value, datetime):
                factors.append(value.timestamp())
            elif isinstance(value, int | float):
                factors.append(float(value))
            else:
                return None
        return math.prod(factors)
