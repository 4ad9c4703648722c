"""Stretches of a text that forbid, require or switch, and which of them is said of a property."""

import re
from typing import Final

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.named import without_nominal
from sparkwright.policy.language.switches.on_off import without_on
from sparkwright.policy.language.vocabulary import cued

_BREAK: Final = re.compile(
    rf"[.;!?\n](?=\s|$)|,(?=\s)|{cued('and_').pattern}|{cued('or_').pattern}|{cued('neither').pattern}|\b(?:also|then)\b"
    r"|[()]|:(?=\s)|\s[-–—+]\s"
)
_FARTHEST: Final = 4.5


def chunks_of(ground: Ground, used: set[Span], items: list[Span]) -> list[Span]:
    """The stretches between borders, properties and amounts.

    What leads up to an amount, or to a property of which one is said, belongs to the amount. A ``nominal`` chunk only
    names an act (``switching off``), a ``half`` one says something only with another.

    Args:
        ground: The text.
        used: The properties that amounts are said of.
        items: The amounts.
    """
    cuts = [(one.start, one.end, one in used) for one in ground.properties]
    cuts += [(one.start, one.end, True) for one in items]
    cuts += [(*one.span(), False) for one in _BREAK.finditer(ground.text)]
    found: list[Span] = []
    at, was_used = 0, False
    for start, end, is_used in sorted([*cuts, (len(ground.text), len(ground.text), False)]):
        stretch = ground.text[at:start]
        kind = _kind(stretch, of_amount=is_used or was_used)
        if kind:
            first = at + len(stretch) - len(stretch.lstrip())
            found.append(Span(first, at + len(stretch.rstrip()), kind, stretch.strip()))
        if end > at:
            at, was_used = end, is_used
    return found


def _kind(stretch: str, *, of_amount: bool) -> str:
    if any(cued(one).fullmatch(stretch.strip()) for one in ("most", "least")):
        return ""  # `and no further`
    bare = without_nominal(stretch)
    if _switches(stretch) or (not of_amount and _says(stretch)):
        return "chunk" if _switches(bare) or _says(bare) else "nominal"
    if bare != stretch:
        return "nominal"
    return "half" if cued("leave").search(stretch) else ""


def _switches(text: str) -> bool:
    return bool(lexicon.ON.search(without_on(text)) or lexicon.OFF.search(text))


def _says(text: str) -> bool:
    text = cued("most").sub(" ", text)  # `and no further` ends an amount
    return bool(lexicon.FORBID.search(text) or lexicon.REQUIRE.search(text) or cued("denied").search(text))


def is_clear(text: str) -> bool:
    """Whether a text switches or forbids; a demand alone may be for anything."""
    return _switches(text) or bool(lexicon.FORBID.search(text) or cued("denied").search(text))


def said_of(ground: Ground, one: Span, others: list[Span], chunks: list[Span]) -> list[Span]:
    """The chunks that are said of a property, in their order: those beside it, else the nearest.

    Args:
        ground: The text.
        one: The property.
        others: All properties that something may be said of.
        chunks: Of the text.
    """
    beside = [chunk for chunk in chunks if is_beside(ground, chunk, one)]
    acts = [chunk for chunk in beside if chunk.kind == "nominal" and chunk.end <= one.start]
    beside = [chunk for chunk in beside if chunk.kind != "nominal"]
    whole = [chunk for chunk in chunks if chunk.kind == "chunk"]
    nearest = min(((_cost(ground, one, chunk, others, whole), chunk) for chunk in whole), default=(_FARTHEST, one))
    if nearest[0] >= _FARTHEST or nearest[1] in beside:
        return sorted([*acts, *beside])
    return sorted([*acts, nearest[1]])


def is_beside(ground: Ground, chunk: Span, one: Span) -> bool:
    """Whether nothing stands between them."""
    return not ground.between(chunk, one).strip(" '\"`")


def _cost(ground: Ground, one: Span, chunk: Span, others: list[Span], chunks: list[Span]) -> float:
    low, high = min(one.end, chunk.end), max(one.start, chunk.start)
    cost = ground.cost(one, chunk) + (0.25 if chunk.start < one.start else 0.0)
    cost += 0.15 * sum(low <= other.start < high for other in others if other != one)
    cost += 0.6 * sum(low <= other.start < high for other in chunks if other != chunk)
    return cost if is_clear(chunk.name) else cost + 0.5
