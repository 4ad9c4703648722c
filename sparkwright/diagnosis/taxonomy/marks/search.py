"""Marks in a text, found by their words first: of thousands of alternatives the few that can match are searched."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from sparkwright.diagnosis.taxonomy import ROOT_CAUSES
from sparkwright.diagnosis.taxonomy.marks.literals import alternatives, words_of
from sparkwright.diagnosis.taxonomy.root_cause import Mark, Strength, compiled

_START = 3
"""So many first characters of a word are looked up at every place of a text."""


class _Part(NamedTuple):
    """One alternative of a mark's pattern."""

    cause: str
    number: int
    mark: Mark
    said: str


def marks_in(text: str, side: str) -> Iterator[tuple[str, Strength, int]]:
    """Cause, strength and the end of the first match, of every mark that a text carries.

    Args:
        text: Class and message of a fact, with every run of whitespace one space.
        side: Where it happened, ``driver`` or ``executor``.
    """
    first: dict[tuple[str, int], tuple[Mark, re.Match[str]]] = {}
    for part in _possible(text.lower()):
        if part.mark.side not in ("either", side):
            continue
        match = compiled(part.said).search(text)
        key = part.cause, part.number
        if match is not None and (key not in first or match.start() < first[key][1].start()):
            first[key] = part.mark, match
    for (cause, _), (mark, match) in first.items():
        if mark.unless is None or mark.unless.search(text) is None:
            yield cause, mark.strength, match.end()


def _possible(lower: str) -> Iterable[_Part]:
    """The alternatives of which a text has a word, each once."""
    by_start, wordless = _index()
    found = dict.fromkeys(wordless)
    for start in {lower[at : at + _START] for at in range(len(lower) - _START + 1)} & by_start.keys():
        for word, parts in by_start[start]:
            if word in lower:
                found.update(dict.fromkeys(parts))
    return found


@cache
def _index() -> tuple[dict[str, list[tuple[str, list[_Part]]]], list[_Part]]:
    """Words with the alternatives that need one of them, by how they start; and the alternatives without words."""
    by_word: dict[str, list[_Part]] = defaultdict(list)
    wordless = []
    for cause in ROOT_CAUSES.values():
        for number, mark in enumerate(cause.marks):
            for said in alternatives(mark.said):
                part = _Part(cause.name, number, mark, said)
                words = words_of(said)
                for word in words:
                    by_word[word].append(part)
                if not words:
                    wordless.append(part)
    by_start: dict[str, list[tuple[str, list[_Part]]]] = defaultdict(list)
    for word, parts in by_word.items():
        by_start[word[:_START]].append((word, parts))
    return dict(by_start), wordless
