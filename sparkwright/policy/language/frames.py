"""The cheapest way to read all amounts of a text at once: each as an end of something, and every cue explained."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language.ends import End, EndOf, ends_of
from sparkwright.policy.language.ground import Ground, Span
from sparkwright.policy.language.quantities import Amount
from sparkwright.policy.language.subjects import SubjectOf, counts, subjects_of, unit_after

_INCLUSIVE: Final[dict[End, End]] = {"under": "max", "over": "min"}
_WITH: Final = re.compile(r"\s*(?:,\s*)?(?:with|of|having|each|mit|avec|con|de|a|zu|je)\b")
_WIDTH: Final = 24
_PREFIXED: Final = re.compile(
    r"(?:\b(?:between|from|within|zwischen|von|entre|de|desde|range|ranges?|bereich|plage|rango|in)\b(?: (?:of|from|the|the range|range|von|de))*|[\[(])\s*(?:the |between )?$"
)
_JOINED: Final = re.compile(r"\s*(?:-|–|—|\.{2,3}|[~〜]|\b(?:up )?to\b|\bbis(?: zu)?\b|\bthrough\b)\s*(?:and )?(?:\$ ?)?$")
_BETWEEN: Final = re.compile(r"\s*(?:and|und|et|y|e|a|au|to|up to|bis(?: zu)?|hasta|-|–|,|;|\.{2,3}|through|jusqu'a)\s*(?:at most |maximal )?$")


@dataclass(frozen=True, slots=True)
class Frame:
    """One amount as it was read.

    Attributes:
        item: The amount with its unit.
        amount: The amount, or the lower of two.
        upper: The other end of a range.
    """

    item: Span
    amount: Amount
    end: End
    subject: SubjectOf
    upper: Amount | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _State:
    cost: float = 0.0
    frames: tuple[Frame, ...] = ()
    near: frozenset[Span] = frozenset()
    names: frozenset[Span] = frozenset()
    ends: frozenset[tuple[str, str]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Item:
    span: Span
    amount: Amount
    unit: str
    upper: Amount | None = None


def items_of(ground: Ground) -> list[Item]:
    """The amounts of a text with their units, two ends of a range as one."""
    found: list[Item] = []
    at = 0
    amounts = ground.amounts
    while at < len(amounts):
        amount = amounts[at]
        unit, end = unit_after(ground, amount) if amount.kind in {"number", "unbounded"} else ("", amount.end)
        if at + 1 < len(amounts):
            other = amounts[at + 1]
            between = ground.text[max(end, amount.end) : other.start]
            prefixed = _PREFIXED.search(ground.text[: amount.start])
            if re.fullmatch(r"\s*(?:or|oder|ou|o)\s*", between) and other.kind == amount.kind == "number" and other.value == amount.value + 1 and not any(one.end <= amount.start and ground.cost(one, amount) < 1.2 for one in ground.cues["denied"]):
                prefixed = re.search("", "")
                between = " to "
            if _JOINED.fullmatch(ground.text[amount.end : other.start]) or _JOINED.fullmatch(between) or (prefixed and _BETWEEN.fullmatch(between)):
                low, high = _alike(ground, amount, other)
                if low is not None and low.kind == high.kind and (low.value <= high.value or re.search(r"[a-z]", between) or prefixed):
                    unit, end = unit_after(ground, other) if high.kind == "number" else ("", other.end)
                    found.append(Item(Span(low.start, end, "item"), low, unit, high))
                    at += 2
                    continue
        found.append(Item(Span(amount.start, end, "item"), amount, unit))
        at += 1
    return found


def _alike(ground: Ground, low: Amount, high: Amount) -> tuple[Amount | None, Amount]:
    """``between 2 and 8 GB``: the unit counts for both."""
    if low.kind == high.kind:
        return low, high
    if low.kind == "number" and high.kind in {"size", "time", "money", "percent"}:
        return with_unit(ground, low, high), high
    return None, high


def with_unit(ground: Ground, bare: Amount, other: Amount) -> Amount:
    """A bare number in the unit of another amount."""
    digits = re.search(r"\d+(?:[.,]\d+)?", ground.text[other.start : other.end])
    unit = other.value / Decimal(digits[0].replace(",", ".")) if digits and Decimal(digits[0].replace(",", ".")) else Decimal(1)
    return replace(bare, kind=other.kind, value=bare.value * unit, currency=other.currency)


def frames_of(ground: Ground, items: list[Item]) -> list[Frame]:
    """The cheapest frames that explain every amount."""
    spans = [one.span for one in items]
    states = [_State()]
    for at, item in enumerate(items):
        ends = _ends(ground, item, spans)
        units = _units(ground, items, at)
        subjects = [
            (amount, extra, subject)
            for amount, extra in units
            for subject in subjects_of(ground, amount, item.unit if amount.kind != "size" else "", item.span)
        ]
        following: list[_State] = []
        for state in states:
            for end in [*ends, *_inherited(ground, state, item)]:
                for amount, extra, subject in [*subjects, *_carried(ground, state, item, units)]:
                    following.append(_next(state, item, amount, extra, end, subject))
        following.sort(key=lambda one: one.cost)
        states = following[:_WIDTH]
    near = {
        cue
        for item in items
        for kind in ("most", "least")
        for cue in ground.cues[kind]
        if ground.cost(cue, item.span) < 0.3
    }

    def final(state: _State) -> float:
        unused = len(near - state.near)
        named = [one for one in ground.properties if kind_of(one.name).is_numeric and one not in state.names]
        told = {frame.subject.name for frame in state.frames}
        return state.cost + 0.7 * unused + sum(1.2 for one in named if one.name not in told)

    best = min(states, key=final)
    return list(best.frames)


def _ends(ground: Ground, item: Item, spans: list[Span]) -> list[EndOf]:
    if item.upper is not None:
        return [EndOf("range", 0.0)]
    return [*ends_of(ground, item.span, spans), EndOf("none", 2.6)]


def _inherited(ground: Ground, state: _State, item: Item) -> list[EndOf]:
    if not state.frames or item.upper is not None:
        return []
    before = state.frames[-1]
    if before.end in {"range", "none"}:
        return []
    cost = ground.cost(before.item, item.span)
    end: End = _INCLUSIVE.get(before.end, before.end)
    return [EndOf(end, 0.9 + cost * 0.3)] if cost < 6 else []


def _units(ground: Ground, items: list[Item], at: int) -> list[tuple[Amount, float]]:
    """The amount as it stands, and with the unit of a neighbour where it has none."""
    item = items[at]
    found = [(item.amount, 0.0)]
    if re.fullmatch(r"\d+\s?k", ground.text[item.amount.start : item.amount.end]) and item.amount.kind == "number":
        found.append((replace(item.amount, kind="size", value=item.amount.value / 1000 * 1024), 0.1))  # `64k`
    if item.amount.kind != "number" or item.unit or item.upper is not None:
        return found
    if re.match(r"\s*-?[^\W\d]+", ground.text[item.amount.end :]) and not re.match(
        r"\s*(?:and|or|but|nor|to|max\w*|min\w*|at|und|oder|et|ou|y|o|never|per|for|is|as|in|the|a|das|die|der|le|la|el|ist|est|es)\b", ground.text[item.amount.end :]
    ):
        return found
    for other in items[max(0, at - 1) : at + 2]:
        if other.amount.kind in {"size", "time"} and ground.cost(item.span, other.span) < 2.6:
            found.append((with_unit(ground, item.amount, other.upper or other.amount), 0.8))
    return found


def _carried(ground: Ground, state: _State, item: Item, units: list[tuple[Amount, float]]) -> list[tuple[Amount, float, SubjectOf]]:
    """What the amount before was said of, where it may be said of this one, too."""
    if not state.frames:
        return []
    before = state.frames[-1]
    cost = ground.cost(before.item, item.span)
    found = []
    between = ground.between(before.item, item.span)
    unit = item.unit or ("core" if _last(ground, before.item, item.span) == "core" else "")
    family = "cores" if unit == "core" else "memory" if item.amount.kind == "size" else ""
    if before.subject.name in {"budget:executors", "budget:cores", "budget:memory_gib"} and cost < 2.4 and family and not _WITH.match(between):
        measure = "memory_gib" if family == "memory" else family
        found.append((item.amount, 0.0, SubjectOf(f"budget:{measure}", 0.9 + cost * 0.5)))
    if family and cost < 4 and (process := re.match(r"spark\.(executor|driver)\.(?:memory|cores)", before.subject.name)):
        more = f"spark.driver.{family}" if before.subject.more else ""
        found.append((item.amount, 0.0, SubjectOf(f"spark.{process[1]}.{family}", 0.7 + cost * 0.4, None, more)))
    for amount, extra in units:
        if (item.unit and not counts(before.subject.name, item.unit)) or amount.kind != before.amount.kind or cost > 6 or before.subject.name.startswith("ask:"):
            continue
        named = 1.0 if _last(ground, before.item, item.span) else 0.0  # `overhead 1g, heap 4g`
        subject = SubjectOf(before.subject.name, 0.7 + named + _soft(cost) * 0.5, before.subject.span, before.subject.more)
        found.append((amount, extra, subject))
        for kind in ("executor", "driver"):
            for cue in ground.cues[kind]:
                swapped = re.sub(r"^spark\.(?:executor|driver)\.(?=memory|cores)", f"spark.{kind}.", before.subject.name)
                if swapped != before.subject.name and ground.cost(cue, item.span) < 1.2:
                    found.append((amount, extra, SubjectOf(swapped, ground.cost(cue, item.span) + 0.5, cue)))
    return found


def _soft(cost: float) -> float:
    """A distance beyond a clause counts less: a sentence may go on with what the one before was about."""
    return cost if cost < 2 else 2 + (cost - 2) * 0.4


def _last(ground: Ground, one: Span, other: Span) -> str:
    """The last noun between two amounts that says what is counted."""
    nouns = [cue for kind in ("core", "executor", "memory") for cue in ground.cues[kind] if one.end <= cue.start < other.start]
    return max(nouns, key=lambda cue: cue.start).kind if nouns else ""


def _next(state: _State, item: Item, amount: Amount, extra: float, end: EndOf, subject: SubjectOf) -> _State:
    cost = state.cost + extra + end.cost + subject.cost
    if end.cue is not None and end.cue in state.near:
        cost += 0.9
    name = subject.name
    if end.end in {"min", "over"} and name.startswith("budget:") and name != "budget:executors":
        cost += 1.5
    if end.end == "range" and name.startswith("budget:") and name != "budget:executors":
        cost += 1.0
    told = {(name, one) for one in (("min", "max") if end.end == "range" else (_side(end.end),))}
    cost += 2.5 * len(told & state.ends)
    if subject.span is not None and subject.span in state.names and not told & state.ends and subject.span.kind == "property":
        cost -= 0.3
    frame = Frame(item.span, amount, end.end, subject, item.upper, item.unit)
    return _State(
        cost,
        (*state.frames, frame),
        state.near | {end.cue} if end.cue is not None and end.is_near else state.near,
        state.names | {subject.span} if subject.span is not None else state.names,
        state.ends | told,
    )


def _side(end: End) -> str:
    return {"under": "max", "over": "min"}.get(end, end)
