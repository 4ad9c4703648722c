"""What an amount takes from the one before: its end, its subject, its unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sparkwright.policy.language.amounts.ends import End, EndOf
from sparkwright.policy.language.amounts.ground import DIRECTIONS, Ground, Span
from sparkwright.policy.language.amounts.items import Item, counts, with_unit
from sparkwright.policy.language.amounts.processes import WITH
from sparkwright.policy.language.amounts.quantities import Amount
from sparkwright.policy.language.amounts.subject import SubjectOf
from sparkwright.policy.language.vocabulary import cued

_INCLUSIVE: Final[dict[End, End]] = {"under": "max", "over": "min"}
"""``under 8 GB and 4 cores``: four are in."""
_FARTHEST: Final = 6
_OF_PROCESS: Final = re.compile(r"spark\.(executor|driver)\.(?:memory|cores)")
_OF_RUN: Final = frozenset({"budget:executors", "budget:cores", "budget:memory_gib"})
_OR: Final = re.compile(rf"\s*(?:{cued('or_').pattern})\s*")
_NO_NOUN: Final = re.compile(
    r"\s*(?:-?[^\w\s]|$|(?:and|or|but|nor|to|max\w*|min\w*|at|und|oder|et|ou|y|o|never|per|for|is|as|in|the|a|das|die|der|le|la"
    r"|el|ist|est|es)\b)"
)

_JOINT: Final = re.compile(rf"(?:[\s,]|{'|'.join(cued(one).pattern for one in ('and_', 'or_', *DIRECTIONS))})+")


@dataclass(frozen=True, slots=True)
class Frame:
    """One amount as it was read.

    Attributes:
        item: The amount with what it counts.
        amount: As it was read: a bare number may have taken a unit.
        end: Which end it is.
        subject: What it is said of.
    """

    item: Item
    amount: Amount
    end: End
    subject: SubjectOf


def carried_ends(ground: Ground, before: Frame, item: Item) -> list[EndOf]:
    """The end of the amount before, where this one may have the same."""
    cost = ground.cost(before.item.span, item.span)
    if item.upper is not None or before.end in {"range", "none"} or cost >= _FARTHEST:
        return []
    return [EndOf(_INCLUSIVE.get(before.end, before.end), 0.9 + cost * 0.3)]


def carried_subjects(
    ground: Ground, before: Frame, item: Item, units: list[tuple[Amount, float]]
) -> Iterator[tuple[Amount, float, SubjectOf]]:
    """What the amount before was said of, where it may be said of this one, too.

    Args:
        ground: The text.
        before: The amount before.
        item: This one.
        units: The amount as it stands and in other units, with what each costs.
    """
    name, span = before.subject.name, item.span
    cost = ground.cost(before.item.span, span)
    noun = _last_noun(ground, before.item.span, span)
    family = "cores" if "core" in {item.unit, noun} else "memory" if item.amount.kind == "size" else ""
    if family and cost < 4:
        if name in _OF_RUN and cost < 2.4 and not WITH.match(ground.between(before.item.span, span)):
            measure = "memory_gib" if family == "memory" else "cores"
            yield item.amount, 0.0, SubjectOf(f"budget:{measure}", 0.9 + cost * 0.5)
        if process := _OF_PROCESS.match(name):
            more = f"spark.driver.{family}" if before.subject.more else ""
            yield item.amount, 0.0, SubjectOf(f"spark.{process[1]}.{family}", 0.7 + cost * 0.4, more=more)
    if (
        before.subject.is_asked
        or cost > _FARTHEST
        or item.unit == "other"
        or (item.unit and not counts(name, item.unit))
    ):
        return
    for amount, extra in units:
        if amount.kind != before.amount.kind:
            continue
        # A sentence may go on with what the one before was about; `overhead 1g, heap 4g` does not.
        far = min(cost, 2) + max(0, cost - 2) * 0.4
        yield amount, extra, replace(before.subject, cost=0.7 + (1.0 if noun else 0.0) + far * 0.5)
        for near, cue in ground.near(["executor", "driver"], span, 1.2):
            swapped = re.sub(r"^spark\.(?:executor|driver)\.(?=memory|cores)", f"spark.{cue.kind}.", name)
            if swapped != name:
                # `the overhead of executors is 4 GB and of the driver 2 GB`
                yield amount, extra, SubjectOf(swapped, near + (0.5 if noun else -0.2), cue)


def units_of(ground: Ground, items: list[Item], at: int) -> list[tuple[Amount, float]]:
    """An amount as it stands, and with the unit of a neighbour where it has none; with what each costs."""
    item = items[at]
    found = [(item.amount, 0.0)]
    if item.amount.kind != "number" or item.unit or item.upper is not None:
        return found
    text = ground.text[item.amount.start : item.amount.end]
    if re.fullmatch(r"\d+\s?k", text):
        found.append((replace(item.amount, kind="size", value=item.amount.value / 1000 * 1024), 0.1))  # `64k`
    if not _NO_NOUN.match(ground.text, item.amount.end):
        return found
    after = items[at + 1 : at + 2]
    if (
        after
        and after[0].amount.kind in {"size", "time", "money"}
        and _OR.fullmatch(ground.between(item.span, after[0].span))
    ):
        return [(with_unit(ground, item.amount, after[0].amount), 0.0)]  # `no executor may exceed 8 or 16 GB`
    if after and _JOINT.fullmatch(ground.between(item.span, after[0].span)):
        near = after  # `at least 4 and at most 24 GB`
    else:
        near = [one for one in items[max(0, at - 1) : at + 2] if ground.cost(item.span, one.span) < 2.6]
    others = [one.upper or one.amount for one in near if one.amount.kind in {"size", "time", "money"}]
    return [*found, *((with_unit(ground, item.amount, one), 0.8) for one in others)]


def following_unit(ground: Ground, items: list[Item], at: int) -> str:
    """What the next amount counts, where this one is a bare number: ``at least 2 and at most 6 cores``."""
    item, after = items[at], items[at + 1] if at + 1 < len(items) else None
    if after is None or after.unit in {"", "other"} or item.unit or item.upper is not None:
        return ""
    is_bare = item.amount.kind == "number" and _NO_NOUN.match(ground.text, item.amount.end)
    return after.unit if is_bare and ground.cost(item.span, after.span) < 2 else ""


def _last_noun(ground: Ground, one: Span, other: Span) -> str:
    """The kind of the last noun between two amounts that says what is counted."""
    nouns = [
        cue
        for kind in ("core", "executor", "memory")
        for cue in ground.cues[kind]
        if one.end <= cue.start < other.start
    ]
    return max(nouns).kind if nouns else ""
