"""Words that are one slip away from a word of policies, as it is spelt; names and words of everyday are left alone."""

import re
from functools import cache
from itertools import pairwise
from typing import Final

from sparkwright.policy.language.scope.words import NOUNS
from sparkwright.policy.language.vocabulary import literals, names
from sparkwright.requirements.lexicon import language
from sparkwright.requirements.text.text import fold
from sparkwright.requirements.text.typos import Spelling

_WORD: Final = re.compile(r"(?<![\w.'\"`*/@-])[^\W\d_]{4,}(?![\w*'\"`/@-]|\.\w)")
_NAMED: Final = re.compile(
    rf"\b(?:{'|'.join(NOUNS.values())}|named|called|namens|nommee?s?|llamad[oa]s?)(?: (?:is|are|called|named))?[ :=]+(?:[\w*.-]+(?:,| and| or|,? und|,? et|,? y|,? &)\s+)*$"
)
_NOUN_NEXT: Final = re.compile(rf"\s(?:{'|'.join(NOUNS.values())})\b")
_TARGETS: Final = ("cues", "parts", "zones", "spelt")
_MEANT: Final = (*_TARGETS, "properties")
_LONG: Final = 7
_LANGUAGES: Final = ("en", "de", "fr", "es")


def mended(text: str, words: frozenset[str] = frozenset()) -> str:
    """The text with each such word spelt right.

    Args:
        text: As it was written.
        words: To mend by in place of those of the files.
    """
    found, at = "", 0
    for match in _WORD.finditer(text):
        found += text[at : match.start()]
        at = match.end()
        meant = _meant(fold(match[0]), words)
        is_name = meant and (_NAMED.search(fold(found)) or _NOUN_NEXT.match(fold(text), match.end()))
        found += match[0] if meant is None or is_name else meant
    return found + text[at:]


@cache
def _meant(word: str, words: frozenset[str]) -> str | None:
    if word in words or (not words and _is_known(word)):
        return None
    meant = _spelling(words).meant(word)
    if meant is None:
        return None if words else _anagrams().get(_letters(word))
    return meant if words or _is_slip(word, meant) else None


def _letters(word: str) -> str:
    return word[0] + "".join(sorted(word[1:]))


@cache
def _anagrams() -> dict[str, str]:
    """Long words by their letters: fast fingers get more than two out of order (``execturos``)."""
    found: dict[str, str] = {}
    for word in sorted(literals("parts", "spelt")):
        if len(word) >= _LONG and word.isalpha():
            found.setdefault(_letters(word), word)
    return found


def _is_slip(word: str, meant: str) -> bool:
    """Whether the one may be the other: a wrong letter in a short word makes another word."""
    wrong = [(one, other) for one, other in zip(word, meant, strict=False) if one != other]
    if len(word) != len(meant) or len(wrong) != 1:
        return True
    is_vowel = set(wrong[0]) <= set("aeiou")
    return word[-1] == meant[-1] and len(word) >= (6 if is_vowel else 7)


@cache
def _spelling(words: frozenset[str]) -> Spelling:
    if words:
        return Spelling(words)
    return Spelling(_meanings(_LANGUAGES), _meanings(("en",)))


def _meanings(codes: tuple[str, ...]) -> set[str]:
    """The words to mend by; of the names of properties the long ones, short ones are words of everyday, too."""
    long = {one for one in literals("properties", codes=codes) if len(one) >= _LONG}
    return {one for one in long | literals(*_TARGETS, codes=codes) if not one.endswith("*")}


@cache
def _is_known(word: str) -> bool:
    ours = literals(*_MEANT, "says", "spelt_alike") | names("none") | names("never")
    if word in ours or any(_is_everyday(word, code) for code in _LANGUAGES):
        return True
    if any(f"{word[:at]}*" in ours for at in range(5, len(word) + 1)):
        meant = _spelling(frozenset()).meant(word)
        return meant not in literals("spelt") or (len(meant) < len(word) and not _is_doubled(word, meant))
    # Plurals and forms of known words are known.
    ends = ("s", "es", "ed", "d", "ing", "er", "r", "e", "en", "n", "ly", "y", "ment", "ation")
    return any(word.endswith(end) and word.removesuffix(end) in ours for end in ends)


def _is_doubled(word: str, meant: str) -> bool:
    """``prohibitted``: one letter twice."""
    return any(one == other and word[:at] + word[at + 1 :] == meant for at, (one, other) in enumerate(pairwise(word)))


def _is_everyday(word: str, code: str) -> bool:
    known = language(code)
    return word in known.filler or word in known.plain or known.numbers.parts(word) is not None
