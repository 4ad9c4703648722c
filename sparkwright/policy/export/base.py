"""What every export has in common."""

from collections.abc import Iterable
from dataclasses import dataclass

from data_contracts.policy import Policy, PolicyScope


@dataclass(frozen=True, slots=True)
class Exported:
    """Policies in another system's words.

    Attributes:
        text: A file of that system.
        left: What it cannot say, rule by rule, and where it means something else.
    """

    text: str
    left: tuple[str, ...]


def scope_words(scope: PolicyScope, *, without: Iterable[str] = ()) -> list[str]:
    """What a scope asks for beside the lists that a format has a word for."""
    left = []
    for name in ("queues", "teams", "users", "workloads", "platforms", "windows"):
        if name not in without and (listed := getattr(scope, name)):
            told = f"{len(listed)} window(s)" if name == "windows" else ", ".join(map(str, listed))
            left.append(f"{name} {told}")
    return left


def rules_left(policy: Policy, *, kinds: Iterable[str], why: str) -> list[str]:
    """The rules of these parts of a policy, each with why it is left out."""
    left = []
    for kind in kinds:
        if kind == "bounds":
            left += [f"{policy.name}: bounds.{name}: {why}" for name in policy.bounds]
        elif kind == "forbids":
            left += [f"{policy.name}: forbids {one.property}: {why}" for one in policy.forbids]
        elif kind == "requires":
            left += [f"{policy.name}: requires {name}: {why}" for name in policy.requires]
        else:
            left += [f"{policy.name}: budget of {one.measure} a {one.per}: {why}" for one in policy.budgets]
    return left


def is_exact(names: Iterable[str]) -> bool:
    """Whether no name is a pattern."""
    return all("*" not in name for name in names)
