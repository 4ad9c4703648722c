"""Whether an amount is the most or the least: by the words around it, and what is denied."""

import re

from data_contracts.policy_properties import kind_of
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.piece import Piece
from sparkwright.policy.language.quantities import Amount
from sparkwright.policy.language.vocabulary import whole

_REFUSED = whole("refused")


def direction_in(text: str) -> str:
    """By the words around names of properties, else by those within: ``the maximum result size``."""
    masked = text
    named = properties_in(text)
    if any(kind_of(name).kind == "time" for _, _, name in named):
        masked = text = re.sub(r"(\d ?)min\b", r"\1ppp", text)  # minutes, no minimum
    for start, end, _ in named:
        masked = f"{masked[:start]}{'p' * (end - start)}{masked[end:]}"
    return _direction_of(masked) or _direction_of(text) or ("max" if whole("capped_by_noun").search(text) else "")


def _direction_of(text: str) -> str:
    if re.search(r"\bbetween\b.*\.\.", text):
        return "range"
    most, least = lexicon.MAX.search(text), lexicon.MIN.search(text)
    if least and least[0].startswith("or ") and _REFUSED.search(text, least.end()):
        return "under"  # `16 cores or more are not allowed`
    negated = lexicon.NEGATED.search(text)
    if (
        least
        and (not most or least.start() <= most.start() or least.end() >= most.end())
        and not _is_inside(least, most)
    ):
        return "min"
    if most and not (lexicon.STRICT_MIN.search(text) and not negated and most[0] in {"limit", "only"}):
        return "max"
    if strict := lexicon.STRICT_MAX.search(text):
        refused = _REFUSED.search(text, strict.end())
        return "min" if refused or (negated and negated.start() < strict.start()) else "under"
    if strict := lexicon.STRICT_MIN.search(text):
        return "max" if negated or _REFUSED.search(text, strict.end()) else "over"
    return ""


def direction_of(piece: Piece, amount: Amount) -> str:
    """The direction of one amount of several: by what stands around it, and what is denied before all of them."""
    if len(piece.amounts) < 2:
        return piece.direction
    at = piece.amounts.index(amount)
    start = piece.amounts[at - 1].end if at else 0
    end = piece.amounts[at + 1].start if at + 1 < len(piece.amounts) else len(piece.text)
    behind = re.match(
        r"[^,]*?(?=\b(?:or|and|nor|but|und|oder|et|ou|y|o)\b (?!(?:more|less|fewer|higher|lower|larger|smaller|above|below)\b(?! (?:than|\d)))|,|$)",
        piece.text[amount.end :],
    )
    local = piece.text[start : amount.end] + (behind[0][: end - amount.end] if behind else "")
    denied = at and lexicon.NEGATED.search(piece.text[:start]) and not lexicon.NEGATED.search(local)
    return direction_in(f"not {local}" if denied else local) or piece.direction


def _is_inside(one: re.Match[str], other: re.Match[str] | None) -> bool:
    return other is not None and other.start() <= one.start() and one.end() <= other.end() and one[0] != other[0]
