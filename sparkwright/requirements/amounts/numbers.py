"""Numbers in digits and in words, in the writing of a language."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_LONGEST_WORD = 60  # letters of a number in one word
_MOST = 1e18  # more digits than that count nothing that we read, and would overflow


def digits_value(text: str, *, decimal_comma: bool) -> float:
    """The value of a number in digits; a lone mark before three digits as the language has it."""
    if "e" in text:
        return min(float(text.replace(",", ".")), _MOST)
    plain = text.replace("'", "").replace(" ", "")
    marks = [letter for letter in plain if letter in ".,"]
    if not marks:
        return min(float(plain), _MOST)
    if len(set(marks)) == 2:
        decimal = marks[-1]
    elif len(marks) > 1:
        decimal = ""
    else:
        head, _, tail = plain.partition(marks[0])
        thousands = "." if decimal_comma else ","
        decimal = "" if marks[0] == thousands and len(tail) == 3 and head not in ("", "0") else marks[0]
    for mark in set(marks) - {decimal}:
        plain = plain.replace(mark, "")
    return min(float(plain.replace(decimal, ".") if decimal else plain), _MOST)


class NumberRead(NamedTuple):
    """A number in words and how many words it took."""

    value: float
    word_count: int


@dataclass(frozen=True)
class NumberWords:
    """The number words of a language.

    Attributes:
        values: Folded word to value.
        glue: Words between parts: ``and``, ``und``, ``y``.
        pairs: Numbers of two words: ``quatre vingts``.
        is_compound: Whether numbers are written as one word: ``fünfundvierzig``, ``quarantacinque``.
        unit_first: Whether the unit may come before the ten: ``fünf und vierzig``.
        ten_multiplies: Whether twenty is written two ten: ``二十``.
        half_endings: What adds a half at the end of a word: ``zweieinhalb``.
    """

    values: dict[str, float]
    pairs: dict[tuple[str, str], float]
    glue: frozenset[str]
    is_compound: bool
    unit_first: bool
    ten_multiplies: bool
    half_endings: tuple[str, ...] = ()

    def parts(self, word: str) -> list[float] | None:
        """The values that a word is made of, None where it is no number; glue is left out."""
        if word in self.values:
            return [self.values[word]]
        for ending in self.half_endings:
            if word.endswith(ending) and (whole := self.parts(word[: -len(ending)])):
                return [sum(whole) + 0.5] if len(whole) == 1 else None
        if not self.is_compound or not 6 <= len(word) <= _LONGEST_WORD:
            return None
        return _split(self, word)

    def read(self, words: Sequence[str]) -> NumberRead | None:
        """The number that a list of words begins with."""
        total = current = 0.0
        small: float | None = None  # the last part below a hundred
        scale = float("inf")
        taken = 0
        glued = False
        skip = False
        for at, word in enumerate(words):
            if skip:
                skip = False
                continue
            if taken and word in self.glue and not glued:
                glued = True
                continue
            pair = self.pairs.get((word, words[at + 1])) if at + 1 < len(words) else None
            values = [pair] if pair is not None else self.parts(word)
            if values is None:
                break
            backed_up = (total, current, small, scale)
            for value in values:
                fits = True
                if value == 10 and self.ten_multiplies:
                    fits = small is None or small < 10
                    current += 10 * (small or 1) - (small or 0)
                    small = 20.0  # a unit may follow
                elif value == 100:
                    factor = small or 0.0
                    fits = factor < 100 and not glued and (current == factor or self.ten_multiplies)
                    current, small = current - factor + (factor or 1) * 100, None
                elif value >= 1000:
                    fits = value < scale and (not glued or len(values) > 1)
                    total, current, small, scale = total + (current or 1) * value, 0.0, None, value
                elif value > 100:  # doscientos
                    fits = current == 0
                    current, small = value, None
                else:
                    fits = self._follows(small, value, glued or len(values) > 1)
                    current, small = current + value, value
                if not fits:
                    break
            if taken and _is_counted_anew(self, words, at + 1 + (pair is not None), values):
                total, current, small, scale = backed_up
                break
            if not fits or (total > 0 and current >= scale):
                total, current, small, scale = backed_up
                break
            skip = pair is not None
            taken, glued = at + 1 + skip, False
        return NumberRead(total + current, taken) if taken else None

    def _follows(self, small: float | None, value: float, glued: bool) -> bool:
        if small is None:
            return True
        if small >= 20 and small % 10 == 0:
            return 0 < value < (20 if small in (60, 80) else 10)
        return self.unit_first and glued and 0 < small < 10 and value >= 20 and value % 10 == 0


def _is_counted_anew(language: NumberWords, words: Sequence[str], at: int, values: Sequence[float]) -> bool:
    """Whether a number below a hundred is the head of a next one: ``two hundred and three hundred``."""
    if len(values) > 1 or values[0] >= 100 or at >= len(words):
        return False
    return language.parts(words[at]) == [100] and any(word in language.glue for word in words[:at])


@lru_cache(2048)
def _split_text(word: str, morphemes: tuple[tuple[str, float], ...], glue: tuple[str, ...]) -> tuple[float, ...] | None:
    if not word:
        return ()
    for text, value in morphemes:
        if word.startswith(text) and (rest := _split_text(word[len(text) :], morphemes, glue)) is not None:
            return (value, *rest)
    for text in glue:
        rest = (
            _split_text(word[len(text) :], morphemes, glue) if word.startswith(text) and len(word) > len(text) else None
        )
        if rest:
            return rest
    return None


@lru_cache(16)
def _morphemes(values: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    whole = [(word, value) for word, value in values if float(value).is_integer() and len(word) > 1]
    # Italian drops the last vowel of a ten before uno and otto.
    elided = [(word[:-1], value) for word, value in whole if value in range(20, 100, 10) and word[-1] in "ai"]
    return tuple(sorted(whole + elided, key=lambda entry: -len(entry[0])))


def _split(language: NumberWords, word: str) -> list[float] | None:
    found = _split_text(word, _morphemes(tuple(language.values.items())), tuple(sorted(language.glue)))
    return None if found is None or len(found) < 2 else list(found)
