"""Names that are made of words which mean something: the ``billing export`` limits no cost."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sparkwright.requirements.items import Item

_SUBJECTS = ("cost", "risk", "grow", "shrink", "fail", "succeed")
_QUALIFIED = ("amount.little", "amount.much", "part_size", "priority_level.low", "priority_level.high", "neg", "max")


_UNITS = ("time", "size", "cur")


def _is_alone(items: Sequence[Item], at: int) -> bool:
    """Whether a number has no unit after it."""
    following = items[at + 1] if at + 1 < len(items) else None
    if following is None:
        return True
    is_unit = any(following.of(family) for family in _UNITS) or following.has("percent", "gpu", "gpu_model", "point")
    return not is_unit and following.value is None and not (following.is_glued and following.text.isalpha())


def without_names(items: Sequence[Item]) -> list[Item]:
    """The items, where a subject before a thing is a part of its name: ``risk model``, ``price feed``."""
    named = list(items)
    for at, (item, following) in enumerate(pairwise(items)):
        is_qualified = at > 0 and (items[at - 1].has(*_QUALIFIED) or items[at - 1].value is not None)
        if item.has(*_SUBJECTS) and following.has("thing") and not is_qualified:
            named[at] = replace(item, concepts=frozenset())
        if item.has("numbered") and following.has("number") and _is_alone(items, at + 1):
            named[at + 1] = replace(following, concepts=frozenset(), value=None)  # phase two, cost centre 4711
    return named
