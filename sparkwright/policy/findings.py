"""What a check of policies finds: conflicts and rules that change nothing, each with an application that shows it."""

from dataclasses import dataclass

from sparkwright.policy.rules import Rule
from sparkwright.policy.scope import Applicant


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that no application can keep together, although one can be in the scopes of all of them.

    Attributes:
        rules: None can be left out: without it the others can be kept.
        platforms: Where.
        applicant: An application that all of them concern.
        values: What it can set to keep all rules but the last.
    """

    rules: tuple[Rule, ...]
    platforms: tuple[str, ...]
    applicant: Applicant
    values: dict[str, str]

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the policies, in order."""
        return tuple(dict.fromkeys(rule.policy for rule in self.rules))


@dataclass(frozen=True, slots=True)
class Redundancy:
    """A rule that changes nothing: what it refuses is refused without it.

    Attributes:
        rule: The rule that could go.
        by: Rules that refuse all that it does; empty where nobody is ever in its scope.
        applicant: An application that both concern.
        values: What it sets: both the rule and one of the others refuse it.
    """

    rule: Rule
    by: tuple[Rule, ...]
    applicant: Applicant | None
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found.

    Attributes:
        undecided: What could not be decided, and why; empty where the check is complete.
        notes: What is perhaps not meant.
    """

    conflicts: tuple[Conflict, ...] = ()
    redundancies: tuple[Redundancy, ...] = ()
    undecided: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing else to be found."""
        return not self.undecided


def told_applicant(applicant: Applicant) -> str:
    """An application of an example, as a person reads it."""
    names = ("queue", "team", "user", "workload")
    told = [f"{name} {getattr(applicant, name)!r}" for name in names if getattr(applicant, name)]
    return ", ".join([*told, f"on {applicant.platform}", f"at {applicant.at:%Y-%m-%d %H:%M} UTC ({applicant.at:%a})"])


def told_values(values: dict[str, str]) -> str:
    """What an application of an example sets."""
    return ", ".join(f"{name}={text}" for name, text in values.items()) or "nothing set"
