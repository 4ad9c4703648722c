"""What holds, where a text says two amounts for it: corrections, changes from one amount to another, what holds instead of what."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from sparkwright.parsing.stretches import blanked
from sparkwright.policy.language.amounts.quantities import Amount, amounts
from sparkwright.policy.language.vocabulary import compiled, cued, says, whole
from sparkwright.requirements.text.text import fold

_LEAD: Final = re.compile(r"(?:\.{2,}|…|[?!,;:.(–—-]|\b(?:but|and|or|hmm+|hm|er|uh|oh)\b|\s)*$")
_REACH: Final = 40
"""How many characters may lead up to a correction."""
_PAST: Final = re.compile(
    r"\b(?:used to|was|were|had|had been|previously|formerly|in the past|so far|until now|up to now|raised to)\b"
)
_PRESENT: Final = {"was": "is", "were": "are", "had": "has"}
_QUOTED: Final = r"[\"“„«'][^\"”“»']*[\"”“»']"
_ARTICLE: Final = r"(?:the |an? |our |its |den |die |der |das |les? |las? |los |el )?(?:old |current |previous |former |usual |present |existing |earlier )?"
_NEGATION: Final = r"(?:not|nicht|pas|non|no|nao|nie)"
_BUT: Final = r"(?:but|sondern|mais|sino|rather)"
_END: Final = re.compile(r"\s*(?:$|[,.;:)!]|(?:per|a|an|each|for|in|on|max|please|then|instead|now|and|is|at)\b)")
_UNIT: Final = re.compile(r"[- ]?(?:hours?|cores?|executors?|dollars?|gigs?|partitions?)(?:[- ]hours?)?\b")
_FORMER: Final = re.compile(
    r"\b(?:old|previous|former|current|existing|present) (?:\w+ ){0,3}?(?:of|at|was|is) (?P<old>\$? ?\d[\d.,]*)(?![\d.,])(?=.*\d)"
)
"""What was: ``the old cap of 10 executors is replaced by 15``."""
_FARTHEST: Final = 150


def corrected(written: str) -> str:
    """The text with only the amounts that hold, each in its right place.

    Args:
        written: Numbers in digits.
    """
    text = _without_old_words(written)
    if text != written:
        return text
    for match in _FORMER.finditer(fold(text)):
        text = blanked(text, *match.span("old"))
    return _restated(_moved(_without_denied(_without_replaced(text))))


def _without_old_words(written: str) -> str:
    """``the words "..." are replaced by "..."``."""
    text = written
    for match in re.finditer(
        rf"(?:the words? |the phrase |the text )?{_QUOTED} [^.;\"“„«']{{0,30}}?\b(?:{says('replaced')})\b", fold(text)
    ):
        text = blanked(text, *match.span())
    # What replaces it is no name.
    return text if text == written else re.sub(r"[\"“„«”»]", " ", text)


def _behind(text: str, pattern: str) -> Iterator[tuple[re.Match[str], Amount, list[Amount]]]:
    """Where an amount stands right behind a pattern: the match, the amount and all others, from the last on."""
    folded = fold(text)
    found = amounts(folded)
    starts = {one.start: one for one in found}
    for match in reversed(list(compiled(pattern).finditer(folded))):
        if (one := starts.get(match.end())) is not None:
            yield match, one, [other for other in found if other is not one]


def _without_replaced(text: str) -> str:
    """``8 GB instead of 4``: the noun behind what is replaced stays."""
    for match, old, others in _behind(text, rf"[,(]?\s*\b(?:{says('instead')}) {_ARTICLE}"):
        if others:
            text = blanked(text, match.start(), old.end + text.startswith(")", old.end))
    return text


def _without_denied(text: str) -> str:
    """``not 20 but at most 15``, ``at most 15, not 20``."""
    for match, old, others in _behind(text, rf"(?:(?P<behind>[,(]\s*)(?:and )?)?\b{_NEGATION} {_ARTICLE}"):
        rest = fold(text[old.end :])
        but = re.match(rf"(?: \w+)?\s*,?\s*{_BUT}\b", rest)
        if but and any(one.start > old.end for one in others):
            text = blanked(
                blanked(text, match.start(), old.end), old.end + but[0].rfind(but[0].split()[-1]), old.end + but.end()
            )
        elif (
            match["behind"]
            and re.match(r"(?: \w+)?\s*(?:[).,;]|$)", rest)
            and any(one.end < match.start() for one in others)
        ):
            text = blanked(text, match.start(), old.end + text.startswith(")", old.end))
    return text


def _moved(text: str) -> str:
    """``lowered from 60 to 35``: what holds is where it goes."""
    for match, old, _ in _behind(text, r"\b(?:from|von|de) (?:currently |now |\$ ?(?=\$))?"):
        to = re.match(r"(?: [^\W\d]+)?\s+(?:(?:down|up) )?(?:to|auf|a|zu|hasta)(?=\s+\W{0,2}\d)", fold(text[old.end :]))
        before = re.split(r"[.,;:!?](?=\s)", fold(text[max(0, match.start() - _FARTHEST) : match.start()]))[-1]
        if to and (cued("moves").search(before) or whole("moved").search(before)):
            text = blanked(text, match.start(), old.end)
    return text


@cache
def _corrects() -> re.Pattern[str]:
    """Where what was said is taken back: ``no wait``, ``sorry, typo: at most``, ``new limit:``."""
    cues = "|".join(cued(one).pattern for one in ("most", "least", "exact", "above", "below"))
    return re.compile(rf"\b(?:{says('corrects')})\b(?P<more>(?:[\s,;:.…!()-]|{cues}|\b(?:{says('corrects_more')})\b)*)")


@cache
def _changes() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{says('changes')})\s+")


def _restated(written: str) -> str:
    """``max 12g no wait, 14g`` is ``max 14g``."""
    folded = fold(written)
    found = amounts(folded)
    starts = {one.start: one for one in found}
    for match in sorted([*_corrects().finditer(folded), *_changes().finditer(folded)], key=lambda one: one.start()):
        new = starts.get(match.end())
        if new is None:
            continue
        is_change = match.re is _changes()
        lead = _LEAD.search(folded, max(0, match.start() - _REACH), match.start())
        start = lead.start() if lead and not is_change else match.start()
        before = [one for one in found if one.end <= start and _fits(folded, one, new)]
        if not before or (is_change and not _is_changed(folded[before[-1].end : start])):
            continue
        is_past = _PAST.search(folded[:start])
        if not is_change and (_turns(folded[:start], match["more"]) or (not is_past and _says_anew(match))):
            continue
        text = written[:start] + " " + written[new.end :]
        tail = len(text) - len(written[new.end :])
        unit = _UNIT.match(folded[new.end :])
        if unit and _UNIT.match(folded[before[-1].end :]):  # `5 GiB-hours, I mean 500 GiB-hours`: it was said again
            text = text[:tail] + text[tail + unit.end() :]
        if text.startswith(")", tail) and "(" in written[start : new.start]:
            text = text[:tail] + text[tail + 1 :]
        for one in reversed(before if is_past else before[-1:]):
            text = (
                text[: one.start]
                + _instead_of(written[one.start : one.end], written[new.start : new.end], one, new)
                + text[one.end :]
            )
        if is_past:
            text = _PAST.sub(lambda past: _PRESENT.get(past[0], ""), text)
        return _restated(text)
    return written


def _fits(folded: str, old: Amount, new: Amount) -> bool:
    """Whether an amount may be corrected by another: of the same kind, or a bare number in its unit."""
    if new.kind == "number" and old.kind in {"size", "time", "money"}:
        return bool(_END.match(folded, new.end))
    return old.kind == new.kind


def _instead_of(old: str, new: str, one: Amount, other: Amount) -> str:
    return re.sub(r"\d+(?:[.,]\d+)*", new, old, count=1) if other.kind == "number" and one.kind != "number" else new


def _is_changed(between: str) -> bool:
    return not re.search(r"[,;.](?=\s)", between) and not cued("and_").search(between)


def _says_anew(match: re.Match[str]) -> bool:
    """``a run is now confined to 768 GB``: a rule of its own corrects only what was."""
    return bool(whole("nowadays").match(match[0]) and any(cued(one).search(match["more"]) for one in ("most", "least")))


def _turns(before: str, more: str) -> bool:
    """``at most 8 GB; actually at least 4 GB``: another end is said."""
    sentence = re.split(r"[.;!?](?=\s)", before.rstrip(" .;!?"))[-1]
    least, most = cued("least"), cued("most")
    return bool(
        (least.search(more) and not least.search(sentence))
        or (most.search(more) and not most.search(sentence) and least.search(sentence))
    )
