"""Which side of a join may be sent to every executor instead of shuffling both, from the sizes that sides had."""

import math

from data_contracts.properties.spark import MIB, parse_size_bytes
from sparkwright.configuration.setting import ConfigSetting, Seen
from sparkwright.history.application.joins import Join
from sparkwright.spark.figures import size

BROADCAST = "spark.sql.autoBroadcastJoinThreshold"

_DEFAULT = "10MB"
_HEADROOM = 1.25
"""How much larger than it was the side may become before Spark shuffles it again."""
_LARGER = 3.0
"""Sending the smaller side to everybody is worth it where the other is so many times as large."""
_HEAP_SHARE = 0.05
"""Of a heap that a side may take before it is built: as a hash table it takes several times as much, and the driver
holds it twice on the way."""
_EITHER, _RIGHT, _LEFT = ("left", "right"), ("right",), ("left",)
_BUILT = {
    "Inner": _EITHER,
    "Cross": _EITHER,
    "LeftOuter": _RIGHT,
    "LeftSemi": _RIGHT,
    "LeftAnti": _RIGHT,
    "RightOuter": _LEFT,
}
"""Sides that Spark can broadcast, by type of join (``JoinSelectionHelper.canBuildBroadcastLeft`` and ``...Right``)."""


def broadcast_threshold(seen: Seen) -> ConfigSetting:
    """Large enough for the smaller side of a join that was shuffled, where executors and driver can hold it."""
    now = seen.properties.get(BROADCAST, _DEFAULT)
    if seen.joins is None:
        why = "the sizes of joined sides stand in plans, which the lake does not keep: name an event log (--event-log)"
        return ConfigSetting(BROADCAST, now, None, "unknown", why)
    try:
        limit = parse_size_bytes(now, default_unit="b")
    except ValueError:
        why = "it is switched off" if now.strip().startswith("-") else "what is in force is no size"
        return ConfigSetting(BROADCAST, now, None, "kept" if now.strip() == "-1" else "unknown", why)
    if not seen.joins:
        return ConfigSetting(BROADCAST, now, None, "unknown", "no SQL execution of the runs seen joined by keys")
    shuffled = [join for join in seen.joins if join.how != "BroadcastHashJoin"]
    if not shuffled:
        why = f"no join shuffled both of its sides: {len(seen.joins)} were broadcast"
        return ConfigSetting(BROADCAST, now, None, "kept", why)
    sides = {join: sizes for join in shuffled if (sizes := _smaller(join, limit)) is not None}
    if not sides:
        why = "no shuffled join has a side that can be sent and is small beside the other, unless the query asks for it"
        return ConfigSetting(BROADCAST, now, None, "kept", why, (_told(shuffled[0]),))
    most = _max_bytes(seen)
    fitting = {join: sizes for join, sizes in sides.items() if _HEADROOM * sizes <= most}
    if not fitting:
        join = min(sides, key=sides.__getitem__)
        why = f"the smaller side is more than {size(most)}, {_HEAP_SHARE:.0%} of the heap that would have to hold it"
        return ConfigSetting(BROADCAST, now, None, "kept", why, (_told(join),))
    join = max(fitting, key=fitting.__getitem__)
    value = f"{math.ceil(_HEADROOM * fitting[join] / MIB)}m"
    why = f"the smaller side is sent to every executor instead; heaps can take {size(most)}"
    return ConfigSetting(BROADCAST, now, value, "advised", why, (_told(join),))


def _smaller(join: Join, limit: int) -> int | None:
    """Bytes of the side to send; None where there is none, or where Spark had reasons of its own not to send it."""
    measured = {"left": join.left_bytes, "right": join.right_bytes}
    left, right = join.left_bytes, join.right_bytes
    # Spark hashes shuffled sides only where the query, or a setting, says so (``spark.sql.join.preferSortMergeJoin``).
    if join.how != "SortMergeJoin" or left is None or right is None:
        return None
    sides = [found for side in _BUILT.get(join.join_type, ()) if (found := measured[side])]
    if not sides:
        return None
    smaller = min(sides)
    # One that was small enough already was not sent because the query says how to join.
    return smaller if smaller > limit and max(left, right) >= _LARGER * smaller else None


def _max_bytes(seen: Seen) -> int:
    heaps = [seen.properties.get(name, "1g") for name in ("spark.executor.memory", "spark.driver.memory")]
    try:
        return int(_HEAP_SHARE * min(parse_size_bytes(text, default_unit="m") for text in heaps))
    except ValueError:
        return 0


def _told(join: Join) -> str:
    sides = " with ".join("unknown" if one is None else size(one) for one in (join.left_bytes, join.right_bytes))
    return f"SQL execution {join.execution_id}: {join.how} ({join.join_type or 'of unknown type'}) of {sides}"
