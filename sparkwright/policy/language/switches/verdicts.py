"""What is said of properties without an amount: switched on or off, forbidden, required, or a word as value."""

import re
from typing import Final

from data_contracts.properties.policy import kind_of
from sparkwright.parsing.stretches import around
from sparkwright.policy.language import lexicon
from sparkwright.policy.language.amounts.ground import Ground, Span
from sparkwright.policy.language.amounts.subject import distance
from sparkwright.policy.language.amounts.subjects import DYNAMIC
from sparkwright.policy.language.named import is_switch, without_nominal
from sparkwright.policy.language.said import Said
from sparkwright.policy.language.switches.chunks import chunks_of, is_beside, is_clear, said_of
from sparkwright.policy.language.switches.on_off import read_switch, values_in, without_on
from sparkwright.policy.language.switches.referring import referred_to
from sparkwright.policy.language.vocabulary import cued, says, whole

_NEITHER: Final = re.compile(rf"({cued('neither').pattern})\W+(?:\w+\W+){{0,2}}$")
_WITHIN: Final = re.compile(
    r"\b(?:in|on|from|through|via|within|over|into|im|in der|dans|sur|en|desde) (?:the |our |its |l'|la |el )?$"
)
"""What happens in a place says nothing of the place: ``names must not turn up in the UI``."""
_CONDITION: Final = re.compile(rf"(?:{cued('while_').pattern})\s+(?:\w+\s+)?$")
_WITHOUT: Final = re.compile(r"(?:^|[.;:,!?]\s+)(?:without|ohne|sans|sin)\s+(?:\w+\s+)?$")
_CLAUSE_FOLLOWS: Final = re.compile(
    r"[^.;!?]*?\b(?:i|we|you|they|he|she|it|nobody|no one|there|that|this|\w+ (?:can|must|may|will|would|is|are|get|gets|have|has)"
    r"|wir|man|niemand|es|on|nous|personne|il|nadie|se)\b"
)
"""``without event logs nobody can debug``: what would be."""
_DESCRIBES: Final = re.compile(rf"\b(?:{says('describes')})\b")
_SENTENCE: Final = re.compile(r"[.;](?=\s|$)")
_FARTHER: Final = 0.5
_MOST_RIVALS: Final = 12


def verdicts(ground: Ground, used: set[Span], items: list[Span], said: Said) -> None:
    """Add what is said of the properties that no amount is said of.

    Args:
        ground: The text.
        used: The properties that amounts are said of.
        items: The amounts.
        said: It is added to.
    """
    chunks = chunks_of(ground, used, items)
    properties = [one for one in ground.properties if one not in used]
    told = said.requires.keys() | {one["property"] for one in said.forbids}
    found = {one: said_of(ground, one, properties, chunks) for one in properties if _is_open(ground, one, told)}
    for one, about in found.items():
        is_denied = _NEITHER.search(ground.text[: one.start])
        others = [other for other in found if other.name == one.name and other != one]
        if any(_is_weaker(ground, one, about, other, found[other]) for other in others):
            continue
        if about or is_denied or kind_of(one.name).kind == "text":  # `compress with zstd: spark.io.compression.codec`
            _read(ground, one, " ".join(chunk.name for chunk in about), said)
    if not properties and not ground.amounts:
        _ask_for_values(ground.text, said)
    _read_pronouns(ground, chunks, said)
    for one in used:
        if one.name in lexicon.SWITCH_OF:
            for chunk in chunks:
                is_on = lexicon.ON.search(without_on(chunk.name)) and cued("duties").search(chunk.name)
                if is_on and is_beside(ground, chunk, one):
                    read_switch(one.name, chunk.name, said)


def _is_open(ground: Ground, one: Span, told: set[object]) -> bool:
    """Whether something may be said of a property where it is named: of its name with a value all is said."""
    if ground.text.startswith("spark.", one.start):
        return True
    is_supposed = _WITHOUT.search(ground.text[: one.start]) and _CLAUSE_FOLLOWS.match(ground.text, one.end)
    return one.name not in told and not is_supposed


def _is_weaker(ground: Ground, one: Span, about: list[Span], other: Span, about_other: list[Span]) -> bool:
    """``it must be off: our sink is not idempotent, a speculative attempt ...``: one clause rules, another tells why."""
    ranks = [_rank(ground, *pair) for pair in ((one, about), (other, about_other))]
    return bool(about_other) and (ranks[0][0], ranks[0][1] - _FARTHER) > ranks[1]


def _rank(ground: Ground, one: Span, about: list[Span]) -> tuple[int, float]:
    """How surely something rules: what only describes comes last, then by the distance."""
    text = " ".join(chunk.name for chunk in about)
    rest = _DESCRIBES.sub(" ", text)
    is_over = whole("past").search(text) and not cued("duties").search(text)
    rules = not is_over and bool(whole("refused").search(text) or is_clear(rest) or lexicon.REQUIRE.search(rest))
    return (0 if rules else 1), min((ground.cost(one, chunk) for chunk in about), default=9.0)


def _read(ground: Ground, one: Span, verb: str, said: Said) -> None:
    text = ground.text[one.start : one.end]
    if ground.amounts and not _is_meant(one, ground.text[: one.start], text, verb):
        return
    is_place = kind_of(one.name).kind == "flag" and _WITHIN.search(ground.text[: one.start])
    if is_place and not text.startswith("spark.") and not _is_switched(verb):
        return
    sentence = _without_others(ground, one, *around(_SENTENCE, ground.text, one.start, one.end))
    if whole("does_itself").match(ground.text[one.end :].lstrip()) and any(
        ground.cost(one, other) > 0 for other in ground.properties if other != one
    ):
        return  # `AQE does that for you`
    if not verb and whole("story").search(sentence):
        return  # `parquet with gzip was slow`
    if _ask_for_values(sentence, said):
        return
    if denied := _NEITHER.search(ground.text[: one.start]):
        verb = f"{denied[1]} {verb}"
    elif any(_NEITHER.search(sentence[: value.start()]) for value in values_in(one.name, sentence)):
        verb = f"no {verb}"  # `neither gzip nor lzo for Parquet`
    read_switch(one.name, verb if is_switch(one.name) else f"{text} {verb}", said, sentence)


def _is_switched(verb: str) -> bool:
    return bool(lexicon.ON.search(without_on(verb)) or lexicon.OFF.search(verb) or cued("set_by").search(verb))


def _ask_for_values(text: str, said: Said) -> bool:
    """``some codecs are forbidden``: whether it has to be asked which."""
    some = whole("some_values").search(text)
    if some is None or not lexicon.FORBID.search(text):
        return False
    said.ask("forbids", f"which ones are {some[0]!r}?")
    return True


def _is_meant(one: Span, one_before: str, text: str, verb: str) -> bool:
    """Whether something is said of a property itself, where amounts are said of others."""
    if _CONDITION.search(one_before):  # `while dynamic allocation is on`
        return False
    if one.name == DYNAMIC:  # `under dynamic allocation, ...`
        return is_clear(verb) or bool(cued("duties").search(verb))
    if kind_of(one.name).is_numeric and not text.startswith("spark."):  # `stop parking idle executors`
        return is_clear(verb) and bool(cued("set_by").search(verb) or whole("refused").search(verb))
    return True


def _read_pronouns(ground: Ground, chunks: list[Span], said: Said) -> None:
    """``it may not be switched off``, ``nobody may set this property``: of what was named last."""
    for chunk in chunks:
        if denied := _NEITHER.search(ground.text[: chunk.start]):  # `neither of them may be set`
            chunk = Span(denied.start(1), chunk.end, chunk.kind, f"{denied[1]} {chunk.name}")
        if is_clear(without_nominal(chunk.name)) and not whole("past").search(chunk.name):  # `it never helped`
            for one in referred_to(ground, chunk):
                read_switch(one.name, chunk.name, said)


def _without_others(ground: Ground, one: Span, start: int, end: int) -> str:
    """A sentence without the values that stand nearer to another property: ``zstd for Parquet, zlib for ORC``."""
    text = ground.text[start:end]
    if sum(start <= other.start < end for other in ground.properties) > _MOST_RIVALS:
        return text
    near = [other for other in ground.properties if start <= other.start < end and other.name != one.name]
    values = [
        Span(start + match.start(), start + match.end(), "value", match[0]) for match in values_in(one.name, text)
    ]
    taken = []
    for value in values:
        rivals = [other for other in near if values_in(other.name, value.name) and not _overlap(other, value)]
        if any(distance(ground, other, value) < distance(ground, one, value) for other in rivals):
            taken.append(value)
    if len(taken) < len(values):
        for value in taken:
            text = f"{text[: value.start - start]}{' ' * len(value.name)}{text[value.end - start :]}"
    return text


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
