"""Phrases and what they stand for, found by their words."""

import re
from collections.abc import Collection, Mapping, Sequence

from sparkwright.requirements.text.text import tokens

Concepts = frozenset[str]


_MAX_WORDS = 8  # of a phrase


def phrases_of(text: str) -> list[list[str]]:
    """The words of each of the phrases that a line of a lexicon has."""
    return [
        phrase.split() if _PLAIN.fullmatch(phrase) else [token.text for token in tokens(phrase)]
        for phrase in text.split("|")
        if phrase.strip()
    ]


_PLAIN = re.compile("[a-z ]+")


class Alike:
    """Words, and pairs of words, that say the same wherever a phrase has one of them."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        self.words: dict[str, str] = {}
        self._pairs: dict[tuple[str, ...], list[str]] = {}
        for told, others in classes.items():
            for other in phrases_of(others):
                if len(other) == 1:
                    self.words[other[0]] = told
                else:
                    self._pairs[tuple(other)] = told.split()
        self.known = set(self.words).union(*self._pairs) - {"t"}

    def told(self, words: Sequence[str]) -> list[str]:
        """The words, each as the one that stands for all that say the same."""
        told = [self.words.get(word, word) for word in words]
        for at in range(len(words) - 1):
            if pair := self._pairs.get((words[at], words[at + 1])):
                told[at : at + 2] = pair
        return told


class _Node:
    __slots__ = ("concepts", "following")

    def __init__(self) -> None:
        self.following: dict[str, _Node] = {}
        self.concepts: Concepts = frozenset()


class Phrases:
    """Phrases and their concepts, found by their words: the longest that begins at a place.

    Args:
        alike: Words that phrases may exchange: ``mem`` for ``memory``, ``doesn t`` for ``does not``.
        skipped: Words that may stand inside a phrase and add nothing: ``really``.
    """

    def __init__(self, alike: Alike | None = None, skipped: Collection[str] = ()) -> None:
        self._root = _Node()
        self._alike = alike or Alike({})
        self._skipped = frozenset(skipped)

    def add(self, words: Sequence[str], concept: str) -> None:
        """Let these words stand for a concept, beside what they stand for already."""
        node = self._root
        for word in self._alike.told(words):
            node = node.following.setdefault(word, _Node())
        node.concepts |= {concept}

    def told(self, words: Sequence[str]) -> list[str]:
        """The words of a text as :meth:`longest` takes them."""
        return self._alike.told(words)

    def longest(self, words: Sequence[str], at: int) -> tuple[int, Concepts]:
        """How many words the longest phrase at a place has, and its concepts; 0 where none begins there."""
        node = self._root
        count, concepts = 0, frozenset[str]()
        for taken, word in enumerate(words[at : at + _MAX_WORDS], 1):
            following = node.following.get(word)
            if following is None and taken > 1 and word in self._skipped:
                continue
            if following is None:
                break
            node = following
            if node.concepts:
                count, concepts = taken, node.concepts
        return count, concepts
