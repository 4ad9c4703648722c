"""YuniKorn queues: the memory and cores that a queue, a user or a group may hold.

Source: https://yunikorn.apache.org/docs/user_guide/queue_config (``resources.max``, ``limits`` with ``maxresources``,
``users``, ``groups``; a queue's name has no ``*`` and no dot). A queue there bounds all of its applications together,
which is at most as much as a budget here lets each have.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import yaml

from data_contracts.policy import Budget, BudgetMeasure, Policy, PolicyScope
from sparkwright.errors import ConfigError
from sparkwright.policy.export.base import Exported, is_exact, rules_left, scope_words

_RESOURCE = {"memory_gib": "memory", "cores": "vcore"}
_QUEUE = re.compile(r"[A-Za-z0-9_#@/:-]{1,64}")


def to_yunikorn(policies: Sequence[Policy]) -> Exported:
    """The queues that budgets of memory and cores make."""
    root: dict[str, Any] = {"name": "root", "submitacl": "*"}
    left: list[str] = []
    for policy in policies:
        left += rules_left(policy, kinds=("bounds", "forbids", "requires"), why="YuniKorn looks at no Spark property")
        told: dict[str, str] = {}
        for budget in policy.budgets:
            resource = _RESOURCE.get(budget.measure)
            if resource is None:
                left.append(
                    f"{policy.name}: budget of {budget.measure} a {budget.per}: a queue bounds memory and cores"
                )
            else:
                told[resource] = _written(resource, budget.max)
        if not told:
            continue
        if why := _cannot_say(policy.scope):
            left += rules_left(policy, kinds=("budgets",), why=why)
            continue
        for queue in [_queue(root, name) for name in policy.scope.queues] or [root]:
            _add(queue, policy.scope, told)
        left.append(f"{policy.name}: YuniKorn bounds all applications of a queue, user or group together, not each")
    partition = {"partitions": [{"name": "default", "queues": [root]}]}
    return Exported(yaml.safe_dump(partition, sort_keys=False), tuple(left))


def _cannot_say(scope: PolicyScope) -> str:
    if beside := scope_words(scope, without=("queues", "users", "teams")):
        return f"a queue knows no {'; '.join(beside)}"
    if not is_exact([*scope.queues, *scope.users, *scope.teams]):
        return "names there are exact, without `*`"
    if bad := [name for name in scope.queues if not _QUEUE.fullmatch(name)]:
        return f"no queue there can have the name {bad[0]}"
    return "one limit there is for users or for groups, not for both at once" if scope.users and scope.teams else ""


def _queue(root: dict[str, Any], name: str) -> dict[str, Any]:
    queues: list[dict[str, Any]] = root.setdefault("queues", [])
    for queue in queues:
        if queue["name"] == name:
            return queue
    queues.append({"name": name})
    return queues[-1]


def _add(queue: dict[str, Any], scope: PolicyScope, told: dict[str, str]) -> None:
    if not scope.users and not scope.teams:
        most = queue.setdefault("resources", {}).setdefault("max", {})
        for resource, text in told.items():
            if resource not in most or _read(resource, text) < _read(resource, most[resource]):
                most[resource] = text
        return
    who = {"users": list(scope.users)} if scope.users else {"groups": list(scope.teams)}
    queue.setdefault("limits", []).append(
        {"limit": ", ".join([*scope.users, *scope.teams])[:64], **who, "maxresources": told}
    )


def _written(resource: str, most: float) -> str:
    exact = Decimal(repr(most))
    if resource == "vcore":
        return str(int(exact)) if exact == int(exact) else f"{int(exact * 1000)}m"
    return f"{int(exact)}Gi" if exact == int(exact) else f"{int(exact * 1024)}Mi"


def _read(resource: str, text: str) -> float:
    if resource == "vcore":
        return int(text[:-1]) / 1000 if text.endswith("m") else float(text)
    match = re.fullmatch(r"(\d+)([KMGT]i)?", text)
    if match is None:
        raise ConfigError(f"expected memory such as 512Gi, got {text[:40]!r}")
    return int(match[1]) * {None: 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}[match[2]] / 2**30


class _TextLoader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Scalars as they are written: YuniKorn reads them into text fields, where ``010`` is ten and ``on`` is a name."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def from_yunikorn(text: str) -> list[Policy]:
    """A policy for each queue and limit that bounds memory or cores.

    Raises:
        ConfigError: It is no YAML of queues.
    """
    try:
        told = yaml.load(text, Loader=_TextLoader)
        queues = [queue for partition in told["partitions"] for queue in partition["queues"]]
        bounded = list(_bounded(queues, is_top=True))
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"expected the YAML of YuniKorn's queues: {error}") from None
    return [Policy(name=f"yunikorn-{at}", scope=scope, budgets=budgets) for at, (scope, budgets) in enumerate(bounded)]


def _bounded(queues: Iterable[dict[str, Any]], *, is_top: bool = False) -> Iterable[tuple[PolicyScope, list[Budget]]]:
    for queue in queues:
        names = [] if is_top and queue["name"] == "root" else [queue["name"]]
        if budgets := _budgets(queue.get("resources", {}).get("max", {})):
            yield PolicyScope(queues=names), budgets
        for limit in queue.get("limits", []):
            scope = PolicyScope(queues=names, users=limit.get("users", []), teams=limit.get("groups", []))
            if budgets := _budgets(limit.get("maxresources", {})):
                yield scope, budgets
        yield from _bounded(queue.get("queues", []))


def _budgets(told: dict[str, str]) -> list[Budget]:
    measures: tuple[tuple[BudgetMeasure, str], ...] = (("memory_gib", "memory"), ("cores", "vcore"))
    return [Budget(measure=measure, max=_read(key, str(told[key]))) for measure, key in measures if key in told]
