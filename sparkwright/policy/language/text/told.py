"""Clauses that tell of something and rule nothing: their names, days and places are of what happened."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.vocabulary import compiled, mixed, says

_BORDER: Final = (
    r"[.!?](?=\s|$)|[;\n()]|:(?=\s|$)|\s(?:--?|–|—)\s"
    r"|,(?=\s)(?!\s(?:['`\"]?[\w*.@/-]+['`\"]?)(?:,|\s(?:and|or|und|oder|et|ou|y|o)\s))"
)
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_AMOUNT: Final = re.compile(
    r"\d ?(?:[kmgt]i?b?\b|gig|cores?\b|executors?\b|partitions?\b|usd\b|dollars?\b|%)|[$€£]\s?\d"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a text between two borders.

    Attributes:
        start: Where it begins.
        end: One past its last character.
        text: Folded, with brackets inside it blanked out.
        rules: Whether it limits, demands or says whom a rule is for.
        tells: ``past`` where it says what happened, ``present`` where it says what is the case; else empty.
    """

    start: int
    end: int
    text: str
    rules: bool
    tells: Literal["", "past", "present"]

    def put(self, text: str, whole: str) -> str:
        """The whole text with another one, as long, where the words of the clause were."""
        signs = zip(text, self.text, whole[self.start : self.end], strict=True)
        return f"{whole[: self.start]}{''.join(new if was != ' ' else here for new, was, here in signs)}{whole[self.end :]}"


def clauses_of(folded: str) -> list[Clause]:
    """The clauses of a text; what stands in brackets is one of its own, and ends none around it."""
    spans = [one.span() for one in _BRACKETS.finditer(folded)]
    around = folded
    for start, end in spans:
        around = f"{around[:start]}{' ' * (end - start)}{around[end:]}"
    return [_clause(around, *span) for span in _stretches(around)] + [_clause(folded, *span) for span in spans]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for border in compiled(rf"{_BORDER}|\s(?=(?:{mixed('conjunctions')})\b)").finditer(text):
        if text[at : border.start()].strip():
            yield at, border.start()
        at = border.end()
    if text[at:].strip():
        yield at, len(text)


def _clause(folded: str, start: int, end: int) -> Clause:
    text = folded[start:end]
    undone = _past_not().sub(" did ", text)
    is_past = bool(_past().search(undone))
    names_what = bool(_AMOUNT.search(text) or properties_in(text) or "\u00a7" in text)
    if not names_what and _talks().search(text):
        return Clause(start, end, text, False, "present")
    rules = bool(_deontic().search(undone)) or (not is_past and names_what)
    if rules:
        return Clause(start, end, text, rules, "")
    return Clause(start, end, text, rules, "past" if is_past else "present" if _present().search(text) else "")


def without_told(folded: str, *, only_past: bool = False) -> str:
    """The text with the clauses blanked out that tell; as long as it was."""
    for one in clauses_of(folded):
        if one.tells == "past" or (one.tells and not only_past):
            folded = one.put(" " * len(one.text), folded)
    return folded


@cache
def _past() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w*.-])(?:{mixed('past_more')}|{says('past')}|{says('over')})(?![\w*-])")


@cache
def _past_not() -> re.Pattern[str]:
    """``could not``, ``did not``: nothing is denied for the future."""
    return re.compile(
        r"\b(?:could|did|was|were|had|would)(?: not| never|n't)\b|\b(?:it|this|that|they|we|which) never(?= \w+ed\b)"
    )


@cache
def _talks() -> re.Pattern[str]:
    """``we can discuss it on Monday``: whoever reads is offered to talk, whatever the verb of the clause is."""
    return re.compile(rf"(?<![\w*.-])(?:{mixed('talks')})(?![\w*-])")


@cache
def _present() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w*.-])(?:{mixed('present')})(?![\w*-]|\.e\b)")


@cache
def _deontic() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w*.-])(?:{mixed('ruling')})(?![\w*-])")
