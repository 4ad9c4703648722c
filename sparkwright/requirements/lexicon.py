"""The words of each language and what they stand for; one file a language in ``lexicon/``."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sparkwright.requirements.amounts.numbers import NumberWords
from sparkwright.requirements.text.phrases import Alike, Phrases, phrases_of
from sparkwright.requirements.text.typos import Spelling

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
def shared_words() -> tuple[dict[str, list[list[str]]], frozenset[str]]:
    """The phrases of each concept that all languages share, and the words that mean nothing in any."""
    file = tomllib.loads((_FOLDER / "common.toml").read_text("utf-8"))
    return {concept: phrases_of(text) for concept, text in file["words"].items()}, _single(file["filler"]["words"])


@lru_cache(16)
def language(code: str) -> Language:
    """The words of a language, with those that all share."""
    file = tomllib.loads((_FOLDER / f"{code}.toml").read_text("utf-8"))
    grammar = file["grammar"]
    shared, shared_filler = shared_words()
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


def is_unspaced(text: str) -> bool:
    """Whether a word is written in letters that leave no spaces."""
    return "\u3040" <= text[:1] <= "\u30ff" or "\u3400" <= text[:1] <= "\u9fff" or is_hangul(text[:1])


def is_hangul(letter: str) -> bool:
    """Whether a letter is a Korean syllable."""
    return "\uac00" <= letter <= "\ud7a3"
