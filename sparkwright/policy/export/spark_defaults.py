"""``spark-defaults.conf``: values that are required, as defaults.

Source: https://spark.apache.org/docs/latest/configuration.html#dynamically-loading-spark-properties: what an
application sets itself wins over the file.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from data_contracts.policy import Policy
from sparkwright.policy.export.base import Exported, rules_left, scope_words
from sparkwright.spark.properties_file import read_properties

_NAME = "spark-defaults"
_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def to_spark_defaults(policies: Sequence[Policy]) -> Exported:
    """The values that policies without a scope require; the first of two that require one property."""
    lines, left = [], []
    written: dict[str, str] = {}
    for policy in policies:
        scope = scope_words(policy.scope)
        if scope:
            left.append(f"{policy.name}: the file is everybody's, the policy is for {'; '.join(scope)}: left out")
            continue
        left += rules_left(policy, kinds=("bounds", "forbids", "budgets"), why="the file has defaults, no limits")
        mine = {name: value for name, value in policy.requires.items() if name not in written}
        left += [
            f"{policy.name}: requires {name}: {written[name]} said so already" for name in policy.requires.keys() - mine
        ]
        if mine:
            lines.append(f"# policy {policy.name}")
            lines += [f"{name} {_escaped(value)}" for name, value in mine.items()]
            written |= dict.fromkeys(mine, policy.name)
    if written:
        left.append("every value is a default: what an application sets itself wins over it")
    return Exported("\n".join([*lines, ""]), tuple(left))


def _escaped(value: str) -> str:
    """As java.util.Properties reads it back: a first ``=`` or ``:`` behind the blank would be a separator."""
    return ("\\" if value.startswith(("=", ":")) else "") + value.translate(_SPECIAL)


def from_spark_defaults(text: str) -> list[Policy]:
    """The values of a file as one policy."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        values = read_properties(Path(file.name))
    return [Policy(name=_NAME, requires=values)] if values else []
