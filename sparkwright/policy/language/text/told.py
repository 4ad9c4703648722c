"""What rules nothing: clauses that tell what happened or what there is, and questions. Their names, days and numbers count for nothing."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from sparkwright.parsing.stretches import blanked
from sparkwright.policy.language.amounts.ground import DIRECTIONS, NOUNS, SYMBOLS
from sparkwright.policy.language.amounts.items import is_of_no_concern
from sparkwright.policy.language.amounts.quantities import amounts
from sparkwright.policy.language.lexicon import FORBID
from sparkwright.policy.language.named import properties_in
from sparkwright.policy.language.scope.words import EXCEPT
from sparkwright.policy.language.times.days import ANY_DAY
from sparkwright.policy.language.vocabulary import compiled, cued, mixed, says, whole

_AMOUNT: Final = re.compile(
    r"\d ?(?:[kmgt]i?b?\b|gig|cores?\b|executors?\b|partitions?\b|usd\b|dollars?\b|%)|[$€£]\s?\d"
)
_NUMBERS: Final = re.compile(r"(?<![\w.*/@-])#?[$€£]? ?\d[\d.,:]*(?: ?%)?(?![\w*/@])|\binfinity\b")
_DAYS: Final = re.compile(rf"\b(?:{ANY_DAY}|week-?ends?)\b")
_COUNTED: Final = (*NOUNS.values(), whole("core_hours"), whole("memory_hours"))
_WORD: Final = re.compile(r"[^\W\d_]+")
_NAME: Final = re.compile(r"\s*['`\"]?[\w*.@/-]+['`\"]?\s*")
_AFTER: Final = re.compile(r"(?<=after) (?:the|an?|our) (?!user|team|queue)")
"""``the list follows after the holidays``: when something is told of, and no clause."""
_SHORT: Final = 10
"""How many words a text has that says in a word what shall change: ``make executors smaller``."""
_RULING: Final = (*DIRECTIONS, "denied", "duties", "exact", "permits")
_FORM: Final = re.compile(r"[<>=≤≥|]")
_PAST_NOT: Final = re.compile(
    r"\b(?:could|did|was|were|had|would)(?: not| never|n't)\b|\b(?:it|this|that|they|we|which) never(?= \w+ed\b)"
)
"""``could not``, ``it never helped``: nothing is denied for the future."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a text between two borders.

    Attributes:
        start: Where it begins.
        end: One past its last character.
        text: Folded.
        border: What stands before it.
        rules: Whether it limits, demands or says whom a rule is for.
        tells: ``past`` where it says what happened, ``present`` where it says what is the case; else empty.
        sureness: That its numbers and days count for nothing: 2 surely, 1 perhaps.
    """

    start: int
    end: int
    text: str
    border: str
    rules: bool = False
    tells: Literal["", "past", "present"] = ""
    sureness: int = 0

    def put(self, text: str, whole: str) -> str:
        """The whole text with another one, as long, where the words of the clause were."""
        signs = zip(text, self.text, whole[self.start : self.end], strict=True)
        return f"{whole[: self.start]}{''.join(new if was != ' ' else here for new, was, here in signs)}{whole[self.end :]}"


@cache
def _border() -> re.Pattern[str]:
    return re.compile(
        rf"[.!?]+(?=\s|$)|[;\n()]|:(?=\s)|,(?=\s)|\s[-–—]+\s|\b(?:{says('clause_begins')})\b|{cued('and_').pattern}"
    )


@cache
def _inquiry() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<![^.!?\n:;] )(?<![^\s.!?:;,¿])|(?<=, ))(?:{says('inquires')})\b(?:[^.!?\n]|\.(?=\S))*(?=\?)"
    )


@lru_cache(maxsize=8)
def _parts(text: str) -> list[Clause]:
    """The clauses, ``and`` as a border, each with how sure it is that it tells; what only goes on with one tells, too."""
    found: list[Clause] = []
    goes_on = False
    questions = [one.span() for one in _inquiry().finditer(text)]
    at, border = 0, "."
    for start, end, sign in [
        *((*one.span(), one[0].strip()) for one in _border().finditer(text)),
        (len(text),) * 2 + ("",),
    ]:
        words = text[at:start]
        is_joined = bool(cued("and_").fullmatch(border))
        is_sure = (
            _is_surely_told(words)
            or (goes_on and (is_joined or border in {",", ":"}) and not rules(words) and not _FORM.search(words))
            or any(first <= start <= last for first, last in questions)
        )
        sureness = 2 if is_sure else int(not is_joined and _is_perhaps_told(words))
        found.append(Clause(at, start, words, border, sureness=sureness))
        goes_on = is_sure and not whole("clause_begins").fullmatch(border)
        if sign == ":" and not whole("exemplified").search(words):
            goes_on = False  # `approved by Jonas: 640 core hours`
        at, border = end, sign
    return found


@lru_cache(maxsize=8)
def clauses_of(folded: str) -> list[Clause]:
    """The clauses of a text; names that are listed belong to one."""
    spans: list[tuple[int, int, Clause]] = []
    parts = _parts(folded)
    for at, one in enumerate(parts):
        after = parts[at + 1].border if at + 1 < len(parts) else ""
        is_listed = one.border == "," and _NAME.fullmatch(one.text) and (after == "," or cued("and_").fullmatch(after))
        is_more = is_listed or cued("and_").fullmatch(one.border) or _AFTER.match(folded, one.start)
        if spans and is_more and folded[spans[-1][0] : spans[-1][1]].strip():
            start, _, first = spans[-1]
            spans[-1] = start, one.end, first
        else:
            spans.append((one.start, one.end, one))
    return [_clause(folded[start:end], start, end, first) for start, end, first in spans]


def _clause(text: str, start: int, end: int, first: Clause) -> Clause:
    undone = _PAST_NOT.sub(" did ", text)
    names_what = bool(_AMOUNT.search(text) or properties_in(text) or "\u00a7" in text)
    if not names_what and _as_words("talks").search(text):
        return Clause(start, end, text, first.border, tells="present")
    if first.sureness == 2:
        return Clause(start, end, text, first.border, tells="past", sureness=2)
    if names_what or _as_words("ruling").search(undone):
        return Clause(start, end, text, first.border, rules=True)
    is_past = _as_words("past_more").search(undone) or whole("past").search(undone) or whole("over").search(undone)
    return Clause(
        start,
        end,
        text,
        first.border,
        tells="past" if is_past else "present" if _as_words("present").search(text) else "",
    )


@cache
def _as_words(key: str) -> re.Pattern[str]:
    return compiled(rf"(?<![\w*.-])(?:{mixed(key)})(?![\w*-]|\.e\b)")


def without_told(folded: str, *, only_past: bool = False) -> str:
    """The text with the clauses blanked out that tell; as long as it was."""
    for one in clauses_of(folded):
        if one.tells == "past" or (one.tells and not only_past):
            folded = one.put(" " * len(one.text), folded)
    return folded


def without_remarks(folded: str) -> str:
    """The text without the numbers, days and people of clauses that rule nothing; as long as before.

    Args:
        folded: Lower case without accents, numbers in digits.
    """
    clauses = _parts(folded)
    rest = "".join(one.text for one in clauses if not one.sureness)
    least = 1 if rules(rest) or _FORM.search(rest) else 2
    text = folded
    for one in clauses:
        if one.sureness >= least:
            kinds = _RULING if one.sureness > 1 else ()
            text = f"{text[: one.start]}{_blanked(one.text, kinds)}{text[one.end :]}"
            for match in EXCEPT.finditer(folded, one.start):
                if match.start() < one.end:  # `that covers all but two`
                    text = blanked(text, *match.span())
    return whole("over").sub(lambda match: " " * len(match[0]), text)


def without_counts(text: str) -> str:
    """The text without bare numbers of clauses that are about something else: ``call extension 4417``.

    Args:
        text: Folded, the scope taken out.
    """
    named = properties_in(text)
    for one in _parts(text):
        is_named = any(start < one.end and one.start < end for start, end, _ in named)
        if not is_named and _counts_something_else(one.text):
            text = f"{text[: one.start]}{_blanked(one.text)}{text[one.end :]}"
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
    clauses = _parts(folded)
    others = [one.text for one in clauses if not one.sureness]
    rest = "\n".join(others)
    is_short = len(others) == len(clauses) and len(_WORD.findall(rest)) <= _SHORT
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
    return next((one.text for one in _parts(text) if one.start <= start and end <= one.end), text)


def rules(text: str) -> bool:
    """Whether a text says what has to be."""
    return any(one.search(text) for one in (whole("deontic"), cued("most"), cued("least")))


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
    patterns = (_NUMBERS, _DAYS, whole("vague_hours"), whole("vague_amount"), compiled(mixed("nobody")))
    spans += [one.span() for pattern in (*patterns, *map(cued, kinds)) for one in pattern.finditer(clause)]
    for start, end in spans:
        if not any(first < end and start < last for first, last in named):
            clause = blanked(clause, start, end)
    return clause
