"""Kyuubi's defaults: values of sessions, of single users, and properties that a session may not set.

Source: https://kyuubi.readthedocs.io/en/master/configuration/settings.html (``___user___.`` before a property is that
user's default; ``kyuubi.session.conf.restrict.list`` refuses a session that sets one of these,
``kyuubi.session.conf.ignore.list`` takes no notice of what it sets).
"""

import re
from collections.abc import Sequence

from data_contracts.policy import Forbidden, Policy, PolicyScope
from sparkwright.policy.export.base import Exported, is_exact, rules_left, scope_words

_RESTRICT, _IGNORE = "kyuubi.session.conf.restrict.list", "kyuubi.session.conf.ignore.list"
_USER = re.compile(r"___(?P<user>.+?)___\.(?P<name>.+)")


def to_kyuubi(policies: Sequence[Policy]) -> Exported:
    """The lines of ``kyuubi-defaults.conf``."""
    lines: list[str] = []
    left: list[str] = []
    restricted: list[str] = []
    ignored: list[str] = []
    written: dict[tuple[str, str], str] = {}
    for policy in policies:
        left += rules_left(policy, kinds=("bounds", "budgets"), why="Kyuubi has values and names, no limits")
        scope, users = scope_words(policy.scope, without=("users",)), policy.scope.users
        if scope or not is_exact(users):
            why = f"Kyuubi knows no {'; '.join(scope)}" if scope else "users there are exact, without `*`"
            left += rules_left(policy, kinds=("forbids", "requires"), why=why)
            continue
        for one in policy.forbids:
            if one.values or users:
                why = (
                    "single values cannot be refused there"
                    if one.values
                    else "what is refused there is refused everybody"
                )
                left.append(f"{policy.name}: forbids {one.property}: {why}")
            else:
                restricted.append(one.property)
        for name, value in policy.requires.items():
            for user in users or [""]:
                if (user, name) in written and written[user, name] != value:
                    left.append(f"{policy.name}: requires {name}: another value is written already")
                    continue
                written[user, name] = value
                lines.append(f"{f'___{user}___.' if user else ''}{name}={value}")
            if users:
                left.append(
                    f"{policy.name}: requires {name}: a default of its users, which a session of theirs may change"
                )
            else:
                ignored.append(name)
    lines = list(dict.fromkeys(lines))
    if restricted:
        lines.append(f"{_RESTRICT}={','.join(dict.fromkeys(restricted))}")
    if ignored:
        lines.append(f"{_IGNORE}={','.join(dict.fromkeys(ignored))}")
    return Exported("\n".join([*lines, ""]), tuple(left))


def from_kyuubi(text: str) -> list[Policy]:
    """The values and refused properties, those of everybody and those of single users."""
    requires: dict[str, dict[str, str]] = {}
    forbids: list[Forbidden] = []
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or name.startswith("#"):
            continue
        if name == _RESTRICT:
            forbids = [Forbidden(property=one) for one in value.split(",") if one]
        elif match := _USER.fullmatch(name):
            requires.setdefault(match["user"], {})[match["name"]] = value
        elif name.startswith("spark."):
            requires.setdefault("", {})[name] = value
    found: list[Policy] = []
    for user in sorted({*requires, *([""] if forbids else [])}):
        scope = PolicyScope(users=[user] if user else [])
        mine = [] if user else forbids
        found.append(Policy(name=f"kyuubi-{len(found)}", scope=scope, requires=requires.get(user, {}), forbids=mine))
    return found
