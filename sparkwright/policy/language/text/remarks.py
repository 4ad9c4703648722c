"""Clauses that rule nothing: what happened, what there is, what somebody asks. Their numbers, days and people count for nothing."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from sparkwright.policy.language.amounts.ground import DIRECTIONS, NOUNS, SYMBOLS
from sparkwright.policy.language.amounts.items import is_of_no_concern
from sparkwright.policy.language.amounts.quantities import amounts
from sparkwright.policy.language.lexicon import FORBID
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.scope.words import EXCEPT
from sparkwright.policy.language.times.days import ANY_DAY
from sparkwright.policy.language.vocabulary import cued, mixed, says, whole

_NUMBERS: Final = re.compile(r"(?<![\w.*/@-])#?[$€£]? ?\d[\d.,:]*(?: ?%)?(?![\w*/@])|\binfinity\b")
_DAYS: Final = re.compile(rf"\b(?:{ANY_DAY}|week-?ends?)\b")
_COUNTED: Final = (*NOUNS.values(), whole("core_hours"), whole("memory_hours"))
_WORD: Final = re.compile(r"[^\W\d_]+")
_WHO: Final = re.compile(mixed("nobody"))
_SHORT: Final = 10
"""How many words a text has that says in a word what shall change: ``make executors smaller``."""
_RULING: Final = (*DIRECTIONS, "denied", "duties", "exact", "permits")
_FORM: Final = re.compile(r"[<>=≤≥|]")


@dataclass(frozen=True, slots=True)
class _Clause:
    """A stretch of a text between two borders.

    Attributes:
        start: Of its first character.
        end: One past its last character.
        border: What stands before it.
    """

    start: int
    end: int
    border: str


@cache
def _clause() -> re.Pattern[str]:
    return re.compile(
        rf"[.!?]+(?=\s|$)|[;\n()]|:(?=\s)|,(?=\s)|\s[-–—]+\s|\b(?:{says('clause_begins')})\b|{cued('and_').pattern}"
    )


@cache
def _inquiry() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<![^.!?\n:;] )(?<![^\s.!?:;,¿])|(?<=, ))(?:{says('inquires')})\b(?:[^.!?\n]|\.(?=\S))*(?=\?)"
    )


def without_remarks(folded: str) -> str:
    """The text without the numbers, days and people of clauses that rule nothing; as long as before.

    Args:
        folded: Lower case without accents, numbers in digits.
    """
    clauses = _clauses(folded)
    told = _told(folded, clauses)
    rest = "".join(folded[one.start : one.end] for one, sureness in zip(clauses, told, strict=True) if not sureness)
    least = 1 if rules(rest) or _FORM.search(rest) else 2
    text = folded
    for one, sureness in zip(clauses, told, strict=True):
        if sureness >= least:
            kinds = _RULING if sureness > 1 else ()
            text = f"{text[: one.start]}{_blanked(text[one.start : one.end], kinds)}{text[one.end :]}"
            for match in EXCEPT.finditer(folded, one.start):
                if match.start() < one.end:  # `that covers all but two`
                    text = f"{text[: match.start()]}{' ' * len(match[0])}{text[match.end() :]}"
    return whole("over").sub(lambda match: " " * len(match[0]), text)


def without_counts(text: str) -> str:
    """The text without bare numbers of clauses that are about something else: ``call extension 4417``.

    Args:
        text: Folded, the scope taken out.
    """
    named = properties_in(text)
    for one in _clauses(text):
        is_named = any(start < one.end and one.start < end for start, end, _ in named)
        if not is_named and _counts_something_else(text[one.start : one.end]):
            text = f"{text[: one.start]}{_blanked(text[one.start : one.end])}{text[one.end :]}"
    return text


def _counts_something_else(clause: str) -> bool:
    numbers = amounts(clause)
    return (
        bool(numbers)
        and all(one.kind in {"number", "percent"} for one in numbers)
        and not any(one.search(clause) for one in (SYMBOLS, *_COUNTED, *map(cued, (*DIRECTIONS, "exact"))))
        and any(is_of_no_concern(word[0]) for word in _WORD.finditer(clause))
    )


def rules_nothing(folded: str) -> bool:
    """Whether a text only tells and asks: no other clause forbids, demands or limits, or names a property.

    Args:
        folded: Lower case without accents, numbers in digits.
    """
    clauses = _clauses(folded)
    told = _told(folded, clauses)
    others = [folded[one.start : one.end] for one, sureness in zip(clauses, told, strict=True) if not sureness]
    rest = "\n".join(others)
    is_short = not any(told) and len(_WORD.findall(rest)) <= _SHORT
    concerns = is_short and any(one.search(rest) for one in NOUNS.values())
    counts = any(one.kind in {"size", "money"} for one in amounts(rest))
    return not (concerns or counts or properties_in(rest) or any(map(_is_rule, others)))


def _is_rule(clause: str) -> bool:
    """Whether a clause limits or forbids, or demands something of what policies are about."""
    is_about = any(one.search(clause) for one in NOUNS.values())
    words = clause if is_about else whole("requests").sub(" ", clause)
    return any(one.search(words) for one in (whole("firm"), FORBID, whole("refused"), whole("vague_amount"), _FORM))


def clause_around(text: str, start: int, end: int) -> str:
    """The clause that a place of a text is in."""
    return next((text[one.start : one.end] for one in _clauses(text) if one.start <= start and end <= one.end), text)


def rules(text: str) -> bool:
    """Whether a text says what has to be."""
    return any(one.search(text) for one in (whole("deontic"), cued("most"), cued("least")))


@lru_cache(maxsize=8)
def _clauses(text: str) -> list[_Clause]:
    found: list[_Clause] = []
    at, border = 0, "."
    for match in _clause().finditer(text):
        found.append(_Clause(at, match.start(), border))
        at, border = match.end(), match[0].strip()
    return [*found, _Clause(at, len(text), border)]


def _told(text: str, clauses: list[_Clause]) -> list[int]:
    """How sure it is that each clause tells something: 2 surely, 1 perhaps; what only goes on with one tells, too."""
    told: list[int] = []
    goes_on = False
    questions = [one.span() for one in _inquiry().finditer(text)]
    for one in clauses:
        words = text[one.start : one.end]
        is_joined = bool(cued("and_").fullmatch(one.border))
        is_free = not rules(words) and not _FORM.search(words)
        is_sure = (
            _is_surely_told(words)
            or (goes_on and (is_joined or one.border in {",", ":"}) and is_free)
            or any(start <= one.end <= end for start, end in questions)
        )
        told.append(2 if is_sure else int(not is_joined and _is_perhaps_told(words)))
        goes_on = is_sure and not whole("clause_begins").fullmatch(one.border)
        if text[one.end : one.end + 1] == ":" and not whole("exemplified").search(words):
            goes_on = False  # `approved by Jonas: 640 core hours`
    return told


def _is_surely_told(clause: str) -> bool:
    """Whether a finite verb of the past, a time that is over or what somebody owns makes a clause a remark."""
    if whole("decided").search(clause):
        return False
    if whole("held").search(clause):  # `the old limit was 16 GB`
        return not whole("renewed").search(clause) or not whole("firm").search(clause)
    rest = whole("ours").sub(" ", clause)
    is_told = rest != clause or whole("past").search(clause) or whole("over").search(clause)
    return bool(is_told) and not whole("firm").search(rest)


def _is_perhaps_told(clause: str) -> bool:
    return bool(whole("story").search(clause)) and not rules(whole("story").sub(" ", clause))


def _blanked(clause: str, kinds: tuple[str, ...] = ()) -> str:
    """Without its numbers, days and people, and without cues of these kinds."""
    named = [(start, end) for start, end, _ in properties_in(clause)] if kinds else []
    spans = [(one.start, one.end) for one in amounts(clause)]
    patterns = (_NUMBERS, _DAYS, whole("vague_hours"), whole("vague_amount"), _WHO, *map(cued, kinds))
    spans += [one.span() for pattern in patterns for one in pattern.finditer(clause)]
    for start, end in spans:
        if not any(first < end and start < last for first, last in named):
            clause = f"{clause[:start]}{' ' * (end - start)}{clause[end:]}"
    return clause
