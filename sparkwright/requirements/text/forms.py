"""Forms and files of settings: ``memory_hog: true``, ``'needs-gpu' = no``, ``Budget (EUR/month): 400``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from sparkwright.requirements.items import Item
from sparkwright.requirements.text.text import Token

_KEY = re.compile(r"[\"']?([a-z]+(?:[_-][a-z]+)*)[\"']?")
_HUMP = re.compile("(?<=[a-z])(?=[A-Z][a-z])")
_ASSIGNS = (":", "=")
_UNITS = ("time", "size", "cur")
_PARTS = frozenset({"/", "(", ")", "per", "in", "en", "em", "je", "pro", "par", "por", "a", "each"})
_LONGEST = 6


def with_keys(pieces: Sequence[Token], text: str) -> Iterator[Token]:
    """The pieces, where a key that is made of words and has a value is its words: what a setting is called says."""
    for at, piece in enumerate(pieces):
        key = _KEY.fullmatch(piece.text) if piece.kind == "opaque" else None
        following = pieces[at + 1] if at + 1 < len(pieces) else None
        if piece.kind == "word" and following is not None and following.text in _ASSIGNS:
            cuts = [piece.start, *(piece.start + one.start() for one in _HUMP.finditer(text[piece.start : piece.end]))]
            for start, end in pairwise([*cuts, piece.end]):  # maxRuntime: 2h
                yield replace(piece, text=piece.text[start - piece.start : end - piece.start], start=start, end=end)
            continue
        if key is None or following is None or following.text not in _ASSIGNS:
            yield piece
            continue
        start = piece.start + key.start(1)
        for word in re.finditer("[a-z]+", key[1]):
            yield Token("word", word.group(), start + word.start(), start + word.end(), piece.is_glued)


def with_units(items: Sequence[Item]) -> list[Item]:
    """The items, where the unit that a label names stands behind its number: ``Input (GB): 200`` is 200 GB."""
    told = list(items)
    for at in range(len(told) - 2, 0, -1):
        if at < len(told) and told[at].text in _ASSIGNS and (opened := _start_of_remark(told, at)) is not None:
            del told[opened:at]
            continue
        if at + 1 >= len(told):
            continue
        number = told[at + 1]
        if told[at].text not in _ASSIGNS or number.value is None or not number.has("number"):
            continue
        start = _start_of_units(told, at)
        following = told[at + 2] if at + 2 < len(told) else None
        if start is None or (following is not None and (_is_unit(following) or _is_glued_word(following))):
            continue
        units = [
            replace(one, start=number.end, end=number.end)
            for one in told[start:at]
            if one.text not in ("(", ")", "in", "en", "em")
        ]
        told[start : at + 2] = [told[at], number, *units]
    return told


def _start_of_remark(items: Sequence[Item], mark: int) -> int | None:
    """Where brackets begin that end at a mark and say no unit: ``GPUs (number): 4``."""
    if items[mark - 1].text != ")":
        return None
    for place in range(mark - 2, max(0, mark - _LONGEST), -1):
        if items[place].text == "(":
            return place
        if items[place].value is not None or _is_unit(items[place]):
            return None
    return None


def _is_glued_word(item: Item) -> bool:
    return item.is_glued and item.text.isalpha()


def _is_unit(item: Item) -> bool:
    return any(item.of(family) for family in _UNITS) or item.has("percent") or item.text == "h"


def _start_of_units(items: Sequence[Item], mark: int) -> int | None:
    """Where the units before a mark begin; None where none stands there, or a number does before them."""
    start = mark
    while start > max(0, mark - _LONGEST) and (_is_unit(items[start - 1]) or items[start - 1].text in _PARTS):
        start -= 1
    has_unit = any(_is_unit(item) for item in items[start:mark])
    return start if has_unit and start > 0 and items[start - 1].value is None else None
