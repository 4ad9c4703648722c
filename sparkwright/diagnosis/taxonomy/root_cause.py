"""What a root cause is: its words for a person, the marks it leaves in logs, and the properties that repair it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Literal, Protocol


class Repair(Protocol):
    """Effective ``spark.*`` properties (None where they are not known) to the properties to set instead."""

    def __call__(self, properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
        """Concrete values or nothing: what cannot be computed from what is known is left out.

        Args:
            properties: As the application had them.
            text: The facts of the failure, whose figures a repair has to exceed.
        """
        ...


class Strength(IntEnum):
    """How much one mark proves on its own."""

    TRACE = 0
    """It follows from other symptoms (what an executor held is missing once it is gone)."""
    SYMPTOM = 1
    """Other causes leave it too (an executor that is gone, a fetch that failed)."""
    GENERAL = 2
    """It names the kind of error (some Python function raised)."""
    SPECIFIC = 3
    """It names the cause itself (`No space left on device`)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a cause leaves in a log.

    Attributes:
        said: A regular expression for the exception class and the message of one fact, in any case and with every run
            of whitespace one space.
        strength: What the mark proves alone.
        side: Where it must have happened to count: in an executor's task, in the driver, or in either.
        but: A fact that this fits, too, speaks for another cause; empty where none does.
    """

    said: str
    strength: Strength = Strength.SPECIFIC
    side: Literal["driver", "executor", "either"] = "either"
    but: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What is said, compiled when it is first needed: there are many marks, and most are never searched."""
        return compiled(self.said)

    @property
    def unless(self) -> re.Pattern[str] | None:
        """What speaks for another cause, compiled."""
        return compiled(self.but) if self.but else None


def no_property(properties: Mapping[str, str] | None, text: str = "") -> dict[str, str]:
    """Nothing: no property repairs this cause."""
    return {}


@dataclass(frozen=True, slots=True)
class RootCause:
    """One entry of the taxonomy.

    Attributes:
        name: The word used in tables, answers and training data.
        family: What part of the system it belongs to.
        title: A few words for a heading.
        explanation: What happened, in one or two sentences.
        remedy: What a person does about it; the properties come from ``repair``.
        not_to_confuse: Names of the causes that look like it, each with what tells the two apart.
        needed_log: Which log would prove it, or show that it was something else.
        knobs: Properties that repair it, with platform and version where they differ; none where only code, data or
            the platform does. More than ``repair`` can compute: some values only the user knows.
        marks: What it leaves in logs, for the rules and for checking what a citation supports.
        repair: The properties that repair it, where a value can be computed.
        to_fill: Properties that repair it whose value only the site knows, each with what belongs there.
        own_limit: Takes back a limit that was set below Spark's own. Safe even where this is a mere symptom:
            it goes no further than what everybody has.
    """

    name: str
    family: str
    title: str
    explanation: str
    remedy: str
    not_to_confuse: tuple[tuple[str, str], ...] = ()
    needed_log: str = ""
    knobs: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    repair: Repair = field(default=no_property)
    to_fill: Repair = field(default=no_property)
    own_limit: Repair = field(default=no_property)

    @property
    def config_repairable(self) -> bool:
        """Whether a property can repair it."""
        return bool(self.knobs)


def mark(
    pattern: str,
    strength: Strength = Strength.SPECIFIC,
    side: Literal["driver", "executor", "either"] = "either",
    unless: str = "",
) -> Mark:
    """A mark from plain regular expressions, searched without regard to case in text of single spaces.

    Loggers, shells and tickets wrap lines and change case, so a pattern says neither.
    """
    return Mark(pattern, strength, side, unless)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that is searched without regard to case, compiled once."""
    return re.compile(pattern, re.IGNORECASE)
