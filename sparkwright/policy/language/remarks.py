"""Clauses that rule nothing: what happened, what there is, what somebody asks. Their numbers, days and people count for nothing."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from sparkwright.policy.language.days import ANY_DAY
from sparkwright.policy.language.quantities import amounts
from sparkwright.policy.language.scope_words import EXCEPT
from sparkwright.policy.language.vocabulary import cued, mixed, says, whole

_NUMBERS: Final = re.compile(r"(?<![\w.*/@-])#?[$€£]? ?\d[\d.,:]*(?: ?%)?(?![\w*/@])|\binfinity\b")
_DAYS: Final = re.compile(rf"\b(?:{ANY_DAY}|week-?ends?)\b")
_WHO: Final = re.compile(mixed("nobody"))
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


def without_remarks(folded: str) -> str:
    """The text without the numbers, days and people of clauses that rule nothing; as long as before.

    Args:
        folded: Lower case without accents, numbers in digits.
    """
    clauses = _clauses(folded)
    told = _told(folded, clauses)
    rest = "".join(folded[one.start : one.end] for one, is_told in zip(clauses, told, strict=True) if not is_told)
    if not any(told) or not (rules(rest) or _FORM.search(rest)):
        told = [is_told and _is_surely_told(folded[one.start : one.end]) for one, is_told in zip(clauses, told, strict=True)]
    for one, is_told in zip(clauses, told, strict=True):
        if is_told:
            folded = f"{folded[: one.start]}{_blanked(folded[one.start : one.end])}{folded[one.end :]}"
    return whole("over").sub(lambda match: " " * len(match[0]), folded)


def rules(text: str) -> bool:
    """Whether a text says what has to be."""
    return any(one.search(text) for one in (whole("deontic"), cued("most"), cued("least")))


def _clauses(text: str) -> list[_Clause]:
    found: list[_Clause] = []
    at, border = 0, "."
    for match in _clause().finditer(text):
        found.append(_Clause(at, match.start(), border))
        at, border = match.end(), match[0].strip()
    return [*found, _Clause(at, len(text), border)]


def _told(text: str, clauses: list[_Clause]) -> list[bool]:
    """Which clauses tell something; what only goes on with one that does tells, too."""
    told: list[bool] = []
    goes_on = False
    for one in clauses:
        words = text[one.start : one.end]
        is_joined = cued("and_").fullmatch(one.border)
        is_joined = bool(cued("and_").fullmatch(one.border))
        is_sure = _is_surely_told(words) or (
            goes_on and (is_joined or one.border in {",", ":"}) and not rules(words) and not _FORM.search(words)
        )
        told.append(is_sure or (not is_joined and _is_perhaps_told(words)))
        goes_on = is_sure and not whole("clause_begins").fullmatch(one.border)
    for question in whole("inquires").finditer(text):
        for at, one in enumerate(clauses):
            told[at] = told[at] or question.start() <= one.end <= question.end()
    return told


def _is_surely_told(clause: str) -> bool:
    """Whether a finite verb of the past, a time that is over or what somebody owns makes a clause a remark."""
    if whole("decided").search(clause):
        return False
    if whole("held").search(clause):  # `the old limit was 16 GB`
        return not whole("renewed").search(clause)
    rest = whole("ours").sub(" ", clause)
    is_told = rest != clause or whole("past").search(clause) or whole("over").search(clause)
    return bool(is_told) and not whole("firm").search(rest)


def _is_perhaps_told(clause: str) -> bool:
    return bool(whole("story").search(clause)) and not rules(whole("story").sub(" ", clause))


def _blanked(clause: str) -> str:
    spans = [(one.start, one.end) for one in amounts(clause)]
    spans += [one.span() for pattern in (_NUMBERS, _DAYS, whole("vague_hours"), _WHO, EXCEPT) for one in pattern.finditer(clause)]
    for start, end in spans:
        clause = f"{clause[:start]}{' ' * (end - start)}{clause[end:]}"
    return clause
