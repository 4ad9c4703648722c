"""The cheapest way to read all amounts of a text at once: each has an end and a subject, and every cue is explained."""

from dataclasses import dataclass
from heapq import nsmallest
from operator import itemgetter
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.policy.language.amounts.carried import Frame, carried_ends, carried_subjects, following_unit, units_of
from sparkwright.policy.language.amounts.ends import SIDES, EndOf, ends_of
from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.amounts.items import Item
from sparkwright.policy.language.amounts.quantities import Amount
from sparkwright.policy.language.amounts.subject import SubjectOf
from sparkwright.policy.language.amounts.subjects import subjects_of

_WIDTH: Final = 24
"""How many readings of what was read so far are kept."""
_NO_END: Final = 2.6
_UNIT_BEHIND: Final = 0.4
_CUE_TWICE: Final = 0.9
_TOLD_TWICE: Final = 2.5
_ADDS_UP_TO_LEAST: Final = 1.5
_CUE_UNUSED: Final = 0.7
_NAME_UNUSED: Final = 1.2
_NEAR: Final = 0.3


@dataclass(frozen=True, slots=True)
class _State:
    """One reading of the amounts so far.

    Attributes:
        cost: Of all of it.
        frames: In the order of the amounts.
        near: The cues used that stand beside an amount.
        names: What names the subjects.
        told: Which ends of which subjects have an amount, and which one.
    """

    cost: float = 0.0
    frames: tuple[Frame, ...] = ()
    near: frozenset[Span] = frozenset()
    names: frozenset[Span] = frozenset()
    told: frozenset[tuple[object, ...]] = frozenset()


def frames_of(ground: Ground, items: list[Item]) -> list[Frame]:
    """The cheapest frames that explain every amount.

    Args:
        ground: The text.
        items: Its amounts.
    """
    states = [_State()]
    for at, item in enumerate(items):
        ends = [EndOf("range", 0.0)] if item.upper is not None else _ends(ground, items, item)
        units = units_of(ground, items, at)
        subjects = [
            (amount, extra, subject)
            for amount, extra in units
            for subject in subjects_of(ground, amount, item.unit, item.span)
            if item.upper is None or not _takes_words(subject)  # `spark.jars may not be set, as voted (5 to 2)`
        ]
        if unit := following_unit(ground, items, at):  # `at least 2 and at most 6 cores`
            both = Span(item.span.start, items[at + 1].span.end, "item")
            if unit != "executor":
                subjects = [one for one in subjects if one[2].measure != "executors"]
            subjects += [(item.amount, _UNIT_BEHIND, one) for one in subjects_of(ground, item.amount, unit, both)]
        following: list[tuple[float, _State, Amount, EndOf, SubjectOf]] = []
        for state in states:
            before = state.frames[-1] if state.frames else None
            all_ends = [*ends, *(carried_ends(ground, before, item) if before else ())]
            all_subjects = [*subjects, *(carried_subjects(ground, before, item, units) if before else ())]
            following += [
                (_cost(state, extra, amount, end, subject), state, amount, end, subject)
                for end in all_ends
                for amount, extra, subject in all_subjects
            ]
        states = [_next(item, *one) for one in nsmallest(_WIDTH, following, key=itemgetter(0))]
    beside = {cue for item in items for _, cue in ground.near(["most", "least"], item.span, _NEAR)}
    return list(min(states, key=lambda one: one.cost + _unexplained(ground, one, beside)).frames)


def _takes_words(subject: SubjectOf) -> bool:
    return subject.name.startswith("spark.") and kind_of(subject.name).kind == "text"


def _ends(ground: Ground, items: list[Item], item: Item) -> list[EndOf]:
    return [*ends_of(ground, item.span, [one.span for one in items]), EndOf("none", _NO_END)]


def _cost(state: _State, extra: float, amount: Amount, end: EndOf, subject: SubjectOf) -> float:
    """What a reading costs with one more amount read so."""
    cost = state.cost + extra + end.cost + subject.cost
    if end.cue in state.near:
        cost += _CUE_TWICE
    if end.end in {"min", "over", "range"} and subject.measure not in {"", "executors"}:
        cost += _ADDS_UP_TO_LEAST
    again = [side for side in _sides(end) if (subject.name, side) in state.told]
    # `more than 4 is a waste. Four is the maximum`: what is repeated is not said anew.
    cost += _TOLD_TWICE * sum((subject.name, side, amount.value) not in state.told for side in again)
    if not again and subject.span in state.names and subject.span is not None and subject.span.kind == "property":
        cost -= _NEAR  # `memory: at least 2 GB, at most 8 GB`
    return cost


def _sides(end: EndOf) -> tuple[str, ...]:
    return ("min", "max") if end.end == "range" else (SIDES.get(end.end, end.end),)


def _next(item: Item, cost: float, state: _State, amount: Amount, end: EndOf, subject: SubjectOf) -> _State:
    return _State(
        cost,
        (*state.frames, Frame(item, amount, end.end, subject)),
        state.near | {end.cue} if end.cue is not None and end.is_near else state.near,
        state.names | {subject.span} if subject.span is not None else state.names,
        state.told.union(*(((subject.name, side), (subject.name, side, amount.value)) for side in _sides(end))),
    )


def _unexplained(ground: Ground, state: _State, beside: set[Span]) -> float:
    """What it costs to leave cues beside amounts, and names of what has numbers, unexplained."""
    told = {frame.subject.name for frame in state.frames}
    names = [
        one
        for one in ground.properties
        if kind_of(one.name).is_numeric and one not in state.names and one.name not in told
    ]
    return _CUE_UNUSED * len(beside - state.near) + _NAME_UNUSED * len(names)
