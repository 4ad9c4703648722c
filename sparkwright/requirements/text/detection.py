"""Which language a text is in."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from sparkwright.requirements.lexicon import Language, is_hangul, is_unspaced, language, languages, shared_words
from sparkwright.requirements.text.text import Token


@lru_cache(1)
def _shares() -> dict[str, dict[str, float]]:
    """What a word says of each language: one, divided among the languages that have it."""
    shared = set(shared_words()[1]) | {
        word for entries in shared_words()[0].values() for words in entries for word in words
    }
    having: dict[str, list[str]] = {}
    for code in languages():
        known = language(code)
        for word in (known.vocabulary | known.filler | known.numbers.values.keys() | known.articles) - shared:
            having.setdefault(word, []).append(code)
    return {
        word: {code: (1.0 if _is_firm(word, code) else 0.5) / len(codes) for code in codes}
        for word, codes in having.items()
    }


def _is_firm(word: str, code: str) -> bool:
    """Whether a word says something by itself, rather than within phrases alone."""
    known = language(code)
    return (
        word in known.filler
        or word in known.articles
        or word in known.numbers.values
        or bool(known.phrases.longest(known.phrases.told([word]), 0)[0])
    )


def language_of(pieces: Iterable[Token]) -> str:
    """The language that most words of a text belong to; English where none says anything."""
    pieces = list(pieces)
    words = [piece.text for piece in pieces if piece.kind == "word"]
    unspaced = "".join(word for word in words if is_unspaced(word))
    if any(map(is_hangul, unspaced)):
        return "ko"
    if len(unspaced) >= 2:
        has_kana = any("\u3040" <= letter <= "\u30ff" for letter in unspaced)
        return "ja" if has_kana or _covered(unspaced, "ja") > _covered(unspaced, "zh") else "zh"
    scores: dict[str, float] = {"en": 0.01}
    shares = _shares()
    for piece, following in pairwise(pieces):
        for code in _numbered(piece.text, following.text):  # a number before a unit: "due GPU" is not due
            scores[code] = scores.get(code, 0.0) + 1
    for word in words:
        for code, share in shares.get(word, {}).items():
            scores[code] = scores.get(code, 0.0) + share
        if word not in shares and len(word) > 7:
            for code in languages():
                if language(code).numbers.parts(word):
                    scores[code] = scores.get(code, 0.0) + 1
    ranked = sorted(scores.values(), reverse=True)
    if len(ranked) > 1 and ranked[0] - ranked[1] < _CLOSE:
        for code in [code for code, score in scores.items() if ranked[0] - score < _CLOSE]:
            scores[code] += _in_phrases(words, language(code))
    return max(scores, key=lambda code: (scores[code], code == "en"))


_CLOSE = 0.6


def _covered(text: str, code: str) -> int:
    """How many letters of a text without spaces stand in words of a language."""
    at = found = 0
    known = language(code).vocabulary
    while at < len(text):
        size = next((size for size in range(min(12, len(text) - at), 1, -1) if text[at : at + size] in known), 1)
        found += size if size > 1 else 0
        at += size
    return found


def _numbered(word: str, following: str) -> list[str]:
    """The languages in which a word is a number, or one, that counts the unit after it."""
    if not any(concept.startswith(("size.", "gpu", "cur.")) for concept in _shared_concepts().get(following, ())):
        return []
    return [code for code in languages() if _counts(word, language(code))]


def _counts(word: str, known: Language) -> bool:
    return word in known.articles or (len(word) > 2 and word in known.numbers.values)  # Turkish ten is "on"


@lru_cache(1)
def _shared_concepts() -> dict[str, frozenset[str]]:
    """What the words that all languages share stand for, each alone."""
    found: dict[str, frozenset[str]] = {}
    for concept, entries in shared_words()[0].items():
        for words in entries:
            if len(words) == 1:
                found[words[0]] = found.get(words[0], frozenset()) | {concept}
    return found


def _in_phrases(words: Sequence[str], known: Language) -> float:
    """How many words of a text stand in phrases of several words of a language."""
    told = known.phrases.told(words)
    at = found = 0
    while at < len(told):
        count = known.phrases.longest(told, at)[0]
        found += count if count > 1 else 0
        at += max(1, count)
    return float(found)
