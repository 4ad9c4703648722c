"""Which end of a bound an amount may be, by the cues around it, each with what it costs to read it so."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from sparkwright.policy.language.ground import Ground, Span
from sparkwright.policy.language.vocabulary import cued

End = Literal["max", "min", "under", "over", "exact", "none", "range"]

_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "≤": "≥", "≥": "≤", "=": "="}
_OF_SYMBOL: Final[dict[str, End]] = {
    "<=": "max",
    "≤": "max",
    ">=": "min",
    "≥": "min",
    "<": "under",
    ">": "over",
    "=": "exact",
}
_DENIED: Final[dict[End, End]] = {"over": "max", "under": "min", "min": "under", "max": "over"}
_CLAUSE: Final = 2.4
_NEAR: Final = 0.3
_THATS: Final = re.compile(r"\b(?:that's|that is|that are|these are|those are|this is|das ist|das sind|c'est|eso es|as (?:the|a|upper)|are the|sind die)(?: \w+){0,2}\W+$")
_BORDER: Final = re.compile(r"[,;.:](?=\s)|\b(?:and|but|und|aber|et|mais|y|pero)\b")


@dataclass(frozen=True, slots=True)
class EndOf:
    """One reading of an amount's end.

    Attributes:
        cue: What says so.
        is_near: Whether it stands right beside the amount.
    """

    end: End
    cost: float
    cue: Span | None = None
    is_near: bool = False


def ends_of(ground: Ground, item: Span, others: list[Span]) -> list[EndOf]:
    """The ends that the cues of a sentence give an amount, the cheapest first.

    Args:
        item: The amount with its unit.
        others: The other amounts of the text.
    """
    found: list[EndOf] = []
    for kind, end, base in (
        ("most", "max", 0.0),
        ("least", "min", 0.0),
        ("or_more", "min", 0.0),
        ("above", "over", 0.05),
        ("below", "under", 0.05),
        ("permits", "max", 1.3),
        ("exact", "exact", 1.2),
    ):
        for cue in ground.cues[kind]:
            cost = ground.cost(cue, item)
            if cost >= _CLAUSE + 1:
                continue
            is_after = cue.start >= item.end
            crossed = _crossed(cue, item, others)
            if is_after and kind in {"above", "below", "permits", "exact"} and (crossed or cost > 0.9):
                continue
            if kind == "or_more" and (not is_after or cost > 1.0):
                continue
            what = end
            if kind in {"above", "below", "or_more"} or cue.name.startswith(("or ", "oder ", "ou ", "o ")):
                what = _DENIED[what] if is_denied(ground, cue, item, others) else what  # type: ignore[index]
            elif kind == "permits" and is_denied(ground, cue, item, others):
                continue
            total = cost + base + (0.25 if is_after else 0.0) + (0.9 * crossed) + (0.8 if is_after and base else 0.0)
            if is_after and kind in {"above", "below"}:
                total += 0.6
            found.append(EndOf(what, total, cue, cost <= _NEAR and not crossed))  # type: ignore[arg-type]
    for cue in (*ground.cues["most"], *ground.cues["least"]):
        if cue.start >= item.end and _THATS.search(ground.text[: cue.start]) and (cost := ground.cost(cue, item)) < 7:
            found.append(EndOf("max" if cue.kind == "most" else "min", 0.8 + cost * 0.1, cue))  # closes a list
    for cue in ground.cues["symbol"]:
        cost = ground.cost(cue, item)
        if cost > 0.7 or _crossed(cue, item, others):
            continue
        is_after = cue.start >= item.end
        symbol = _MIRRORED[cue.name] if is_after else cue.name
        end = _OF_SYMBOL[symbol]
        if end in _DENIED and is_denied(ground, cue, item, others):
            end = _DENIED[end]
        found.append(EndOf(end, cost + (0.9 if symbol == "=" else 0.0) + (0.3 if is_after else 0), cue, cost <= _NEAR))
    for one in ground.properties:  # `max result size`: the name says it, where nothing else does
        text = ground.text[one.start : one.end]
        if text.startswith("spark.") or (cost := ground.cost(one, item)) > 2.4:
            continue
        for kind, end in (("most", "max"), ("least", "min")):
            if cued(kind).search(text):
                found.append(EndOf(end, cost + 1.6, one))
    return sorted(found, key=lambda one: one.cost)[:6]


def is_denied(ground: Ground, cue: Span, item: Span, others: list[Span]) -> bool:
    """Whether what a cue says of an amount is what must not be."""
    for one in ground.cues["denied"]:
        if one.end <= cue.start + 1 and ground.cost(one, cue) < 3.2 and not _is_reset(ground, one, cue):
            return True
    after = [(one, 2.2) for one in ground.cues["denied"]] + [(one, 2.8) for one in ground.cues["refused"]]
    for one, most in after:
        if one.start >= max(item.end, cue.end) and ground.cost(item, one) < most and not _crossed(item, one, others):
            later = [
                other
                for kind in ("above", "below", "most", "least", "or_more")
                for other in ground.cues[kind]
                if other.start >= one.start and ground.cost(one, other) < 0.7
            ]
            if not later or one.kind == "refused":
                return True
    return False


def _is_reset(ground: Ground, denied: Span, cue: Span) -> bool:
    """Whether a clause of its own says what must be: ``may not exceed 8 but must be above 2``."""
    for duty in ground.cues["duties"]:
        if denied.end <= duty.start and duty.end <= cue.start and _BORDER.search(ground.between(denied, duty)):
            return True
    return False


def _crossed(one: Span, other: Span, others: list[Span]) -> int:
    low, high = min(one.end, other.end), max(one.start, other.start)
    return sum(low <= between.start < high for between in others if between not in (one, other))
