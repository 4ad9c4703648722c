"""Names that are made of words which mean something: the ``billing export`` limits no cost."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sparkwright.requirements.items import Item

_SUBJECTS = ("cost", "risk", "grow", "shrink", "fail", "succeed")
_QUALIFIED = ("amount.little", "amount.much", "part_size", "priority_level.low", "priority_level.high", "neg", "max")


def without_names(items: Sequence[Item]) -> list[Item]:
    """The items, where a subject before a thing is a part of its name: ``risk model``, ``price feed``."""
    named = list(items)
    for at, (item, following) in enumerate(pairwise(items)):
        is_qualified = at > 0 and (items[at - 1].has(*_QUALIFIED) or items[at - 1].value is not None)
        if item.has(*_SUBJECTS) and following.has("thing") and not is_qualified:
            named[at] = replace(item, concepts=frozenset())
    return named
