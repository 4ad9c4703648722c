"""The words of each language and what they stand for; one file a language in ``lexicon/``."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sparkwright.requirements.numbers import NumberWords
from sparkwright.requirements.phrases import Alike, Phrases, phrases_of
from sparkwright.requirements.text import Token
from sparkwright.requirements.typos import Spelling

_FOLDER = Path(__file__).with_name("lexicon")
_COMMON = "common"
UNSPACED = frozenset({"zh", "ja", "ko"})
"""Languages whose words, or whose particles, are written together."""


@dataclass(frozen=True)
class Language:
    """What the words of a language mean.

    Attributes:
        vocabulary: Every word that means something; what is in ``filler`` besides is known and means nothing.
        articles: What stands for one before a unit.
        contractions: Words that are two: ``cannot``.
        labels: What names a field before a colon.
        endings: What its words may end in beside what the file has.
        plain: Words of everyday that are spelled like one of the vocabulary with a slip, and are none.
        bases: What a word of the file may end in that is meant by one with another ending.
        is_24_hours: Whether bare hours are of 24: ``6h``.
    """

    code: str
    phrases: Phrases
    numbers: NumberWords
    vocabulary: frozenset[str]
    filler: frozenset[str]
    articles: frozenset[str]
    decimal_comma: bool
    spelling: Spelling
    contractions: Mapping[str, list[str]]
    labels: Phrases
    endings: tuple[str, ...]
    bases: tuple[str, ...]
    plain: frozenset[str]
    is_24_hours: bool = False

    def knows(self, word: str) -> bool:
        """Whether a word is the language's, as far as its file goes."""
        return (
            word in self.vocabulary or word in self.filler or word in self.plain or self.numbers.parts(word) is not None
        )


@lru_cache(1)
def languages() -> list[str]:
    """The codes of the languages that have a file."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml") if path.stem != _COMMON)


def _single(text: str) -> frozenset[str]:
    return frozenset(token for words in phrases_of(text) for token in words)


@lru_cache(1)
def _common() -> tuple[dict[str, list[list[str]]], frozenset[str]]:
    file = tomllib.loads((_FOLDER / "common.toml").read_text("utf-8"))
    return {concept: phrases_of(text) for concept, text in file["words"].items()}, _single(file["filler"]["words"])


@lru_cache(16)
def language(code: str) -> Language:
    """The words of a language, with those that all share."""
    file = tomllib.loads((_FOLDER / f"{code}.toml").read_text("utf-8"))
    grammar = file["grammar"]
    shared, shared_filler = _common()
    alike = Alike(file.get("alike", {}))
    skipped = grammar.get("skipped", "").split()
    phrases, vocabulary, alone = Phrases(alike, skipped), set(alike.known), set(alike.known)
    counts = Counter[str]()
    own = {concept: phrases_of(text) for concept, text in file["words"].items()}
    labels = Phrases(alike)
    for concept, entries in [*shared.items(), *own.items()]:
        for words in entries:
            (labels if concept.startswith("label.") else phrases).add(words, concept)
            vocabulary.update(words)
            counts.update(words)
            if len(words) == 1:
                alone.update(words)
    values = {
        words[0]: float(value)
        for value, text in file.get("numbers", {}).items()
        for words in phrases_of(text)
        if len(words) == 1
    }
    pairs = {
        (words[0], words[1]): float(value)
        for value, text in file.get("numbers", {}).items()
        for words in phrases_of(text)
        if len(words) == 2
    }
    numbers = NumberWords(
        values,
        pairs,
        frozenset(grammar.get("glue", "").split()),
        is_compound=grammar.get("compound", False),
        unit_first=grammar.get("unit_first", False),
        ten_multiplies=grammar.get("tens", False),
        half_endings=tuple(grammar.get("half_endings", "").split()),
    )
    filler = _single(file["filler"]["words"]) | shared_filler | {word for word in vocabulary if len(word) == 1}
    return Language(
        code,
        phrases,
        numbers,
        frozenset(vocabulary),
        filler,
        _single(grammar.get("articles", "")),
        grammar.get("decimal_comma", False),
        Spelling(vocabulary | values.keys(), alone | values.keys(), counts),
        {word: told.split() for word, told in file.get("split", {}).items()},
        labels,
        tuple(grammar.get("endings", "").split()),
        tuple(grammar.get("bases", grammar.get("endings", "")).split()),
        frozenset(file["filler"].get("plain", "").split()),
        grammar.get("clock_24", False),
    )


@lru_cache(1)
def _shares() -> dict[str, dict[str, float]]:
    """What a word says of each language: one, divided among the languages that have it."""
    shared = set(_common()[1]) | {word for entries in _common()[0].values() for words in entries for word in words}
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


def is_unspaced(text: str) -> bool:
    """Whether a word is written in letters that leave no spaces."""
    return "\u3040" <= text[:1] <= "\u30ff" or "\u3400" <= text[:1] <= "\u9fff" or is_hangul(text[:1])


def is_hangul(letter: str) -> bool:
    """Whether a letter is a Korean syllable."""
    return "\uac00" <= letter <= "\ud7a3"


def language_of(pieces: Iterable[Token]) -> str:
    """The language that most words of a text belong to; English where none says anything."""
    words = [piece.text for piece in pieces if piece.kind == "word"]
    unspaced = "".join(word for word in words if is_unspaced(word))
    if any(map(is_hangul, unspaced)):
        return "ko"
    if len(unspaced) >= 2:
        has_kana = any("\u3040" <= letter <= "\u30ff" for letter in unspaced)
        return "ja" if has_kana or _covered(unspaced, "ja") > _covered(unspaced, "zh") else "zh"
    scores: dict[str, float] = {"en": 0.01}
    shares = _shares()
    for word, following in zip(words, [*words[1:], ""], strict=False):
        for code, share in shares.get(word, {}).items():
            scores[code] = scores.get(code, 0.0) + share
        for code in _numbered(word, following):  # a number before a unit: "due GPU" is not due
            scores[code] = scores.get(code, 0.0) + 1
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
    """The languages in which a word is a number that counts the unit after it."""
    if len(word) < 3 or not any(
        concept.startswith(("size.", "gpu", "cur.")) for concept in _common_concepts().get(following, ())
    ):
        return []
    return [code for code in languages() if word in language(code).numbers.values]


@lru_cache(1)
def _common_concepts() -> dict[str, frozenset[str]]:
    """What the words that all languages share stand for, each alone."""
    found: dict[str, frozenset[str]] = {}
    for concept, entries in _common()[0].items():
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
