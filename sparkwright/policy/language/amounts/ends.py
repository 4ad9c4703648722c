"""Which end of a bound an amount may be, by the cues around it, each with what it costs to read it so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from sparkwright.policy.language.amounts.ground import DIRECTIONS, Ground, Span
from sparkwright.policy.language.vocabulary import cued

End = Literal["max", "min", "under", "over", "exact", "none", "range"]

SIDES: Final[dict[str, Literal["max", "min"]]] = {"max": "max", "under": "max", "min": "min", "over": "min"}
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "≤": "≥", "≥": "≤", "=": "="}
_OF_SYMBOL: Final[dict[str, End]] = {
    **{"<=": "max", "≤": "max", ">=": "min", "≥": "min"},
    **{"<": "under", ">": "over", "=": "exact"},
}
_DENIED: Final[dict[End, End]] = {"over": "max", "under": "min", "min": "under", "max": "over"}
_OF_CUE: Final[tuple[tuple[str, End, float], ...]] = (
    ("most", "max", 0.0),
    ("least", "min", 0.0),
    ("or_more", "min", 0.0),
    ("above", "over", 0.05),
    ("below", "under", 0.05),
    ("permits", "max", 1.3),
    ("exact", "exact", 1.2),
)
"""What each kind of cue says, and what it costs more than the plainest."""
_FARTHEST: Final = 3.4
_NEAR: Final = 0.3
_CLOSE: Final = 60
"""How many letters before a place are looked at."""
_OVER_ANOTHER: Final = 0.9
_CLOSING: Final = re.compile(rf"(?:{cued('sums_up').pattern})(?: \w+){{0,2}}\W+$")
_AFTER: Final = re.compile(r"\b(?:after|for|nach|apres|tras)\s+$")
_BORDER: Final = re.compile(rf"[,;.:](?=\s)|{cued('and_').pattern}")
_PREPOSITION: Final = re.compile(r"under|over|above|below|within|beyond|inside|past|unter|uber|sous|sur|bajo|sobre")
_OR: Final = re.compile(rf"(?:{cued('or_').pattern}) ")


@dataclass(frozen=True, slots=True)
class EndOf:
    """One reading of an amount's end.

    Attributes:
        end: Of the bound.
        cost: Of reading it so.
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
        ground: The text.
        item: The amount with its unit.
        others: All amounts of the text.
    """
    found = [*_by_words(ground, item, others), *_by_symbols(ground, item, others)]
    found += [*_closing(ground, item), *_by_names(ground, item)]
    if _AFTER.search(ground.text[max(0, item.start - _CLOSE) : item.start]) and any(
        ground.near(["refused"], item, 1.6)
    ):
        found.append(EndOf("max", 0.5))  # `released after 60 seconds`
    return sorted(found, key=lambda one: one.cost)[:6]


def _by_words(ground: Ground, item: Span, others: list[Span]) -> Iterator[EndOf]:
    for kind, said, base in _OF_CUE:
        for cost, cue in ground.near([kind], item, _FARTHEST):
            is_after, crossed = cue.start >= item.end, _crossed(cue, item, others)
            if is_after and kind not in {"most", "least"} and (crossed or cost > 0.9):
                continue
            if kind == "or_more" and not is_after:
                continue
            if _PREPOSITION.fullmatch(cue.name) and _governs_another(ground, cue, item):
                continue
            is_denied = _is_denied(ground, cue, item, others)
            if kind == "permits" and (is_denied or _is_due(ground, cue)):
                continue
            turns = kind in {"above", "below", "or_more"} or _OR.match(cue.name)
            end = _DENIED[said] if turns and is_denied else said
            behind = (
                (0.25 if kind in {"most", "least", "or_more"} else 0.85 if kind in {"above", "below"} else 1.05)
                if is_after
                else 0
            )
            if is_after and kind in {"above", "below"}:
                behind += 0.8
            yield EndOf(end, cost + base + behind + _OVER_ANOTHER * crossed, cue, cost <= _NEAR and not crossed)


def _governs_another(ground: Ground, cue: Span, item: Span) -> bool:
    """``max executors under dynamic allocation: 40``: the preposition is of what stands right behind it."""
    if cue.start >= item.end:
        return any(cue.end < one.start <= cue.end + 5 for one in ground.properties)
    return any(
        cue.end < one.start <= cue.end + 5 and one.end <= item.start and ":" in ground.text[one.end : item.start]
        for one in ground.properties
    )


def _is_due(ground: Ground, cue: Span) -> bool:
    """``must get``, ``always has``: nothing is only permitted."""
    return any(one.end <= cue.start for _, one in ground.near(["duties", "exact"], cue, 0.2))


def _by_symbols(ground: Ground, item: Span, others: list[Span]) -> Iterator[EndOf]:
    for cost, cue in ground.near(["symbol"], item, 0.7):
        if _crossed(cue, item, others):
            continue
        is_after = cue.start >= item.end
        symbol = _MIRRORED[cue.name] if is_after else cue.name  # `2 <= x`
        end = _OF_SYMBOL[symbol]
        if end in {"under", "over"} and _is_denied(ground, cue, item, others):
            end = _DENIED[end]  # `> 8g: rejected`
        yield EndOf(end, cost + (0.9 if symbol == "=" else 0.0) + (0.3 if is_after else 0.0), cue, cost <= _NEAR)


def _closing(ground: Ground, item: Span) -> Iterator[EndOf]:
    """``2 cores, 4 GB, that's the ceiling``: said of everything before."""
    for cost, cue in ground.near(["most", "least"], item, 7):
        if cue.start >= item.end and _CLOSING.search(ground.text[max(0, cue.start - _CLOSE) : cue.start]):
            yield EndOf("max" if cue.kind == "most" else "min", 0.8 + cost * 0.1, cue)


def _by_names(ground: Ground, item: Span) -> Iterator[EndOf]:
    """``max result size``: the name says it, where nothing else does."""
    for one in ground.properties:
        text = ground.text[one.start : one.end]
        if text.startswith("spark.") or (cost := ground.cost(one, item)) > 2.4:
            continue
        if cued("most").search(text):
            yield EndOf("max", cost + 1.6, one)
        if cued("least").search(text):
            yield EndOf("min", cost + 1.6, one)


def _is_denied(ground: Ground, cue: Span, item: Span, others: list[Span]) -> bool:
    """Whether what a cue says of an amount is what must not be: by what stands before the cue, or behind the amount."""
    for one in ground.cues["denied"]:
        if one.end <= cue.start + 1 and ground.cost(one, cue) < 3.2 and not _is_reset(ground, one, cue):
            return True
    before = [one for one in ground.cues["whatever"] if one.end <= cue.start and ground.cost(one, cue) < 0.7]
    if before and cue.kind == "above":
        return True  # `anything above 8 GB needs approval`
    for kind, most in (("denied", 2.2), ("refused", 2.8), ("too_much", 2.8)):
        for cost, one in ground.near([kind], item, most + 1.6):
            crossed = _crossed(item, one, others)
            is_shared = crossed and _OR.search(ground.between(item, one))  # `over 8 GB or over 4 cores are rejected`
            if one.start < max(item.end, cue.end) or (crossed and not is_shared) or (cost >= most and not is_shared):
                continue
            # `above 2 and not over 8`: denied is what comes next.
            if kind != "denied" or not any(other.start >= one.start for _, other in ground.near(DIRECTIONS, one, 0.7)):
                return True
    return False


def _is_reset(ground: Ground, denied: Span, cue: Span) -> bool:
    """Whether a clause of its own says what must be: ``may not exceed 8 but must be above 2``."""
    return any(
        denied.end <= duty.start and duty.end <= cue.start and _BORDER.search(ground.between(denied, duty))
        for duty in ground.cues["duties"]
    )


def _crossed(one: Span, other: Span, others: list[Span]) -> int:
    """How many other amounts stand between the two."""
    low, high = min(one.end, other.end), max(one.start, other.start)
    return sum(low <= between.start < high for between in others if between not in (one, other))
