"""The properties that a text names, and acts that are only spoken of."""

import re
from functools import lru_cache
from typing import Final

from sparkwright.policy.language import lexicon
from sparkwright.policy.language.misspelt import all_names
from sparkwright.policy.language.vocabulary import whole



def properties_in(text: str) -> list[tuple[int, int, str]]:
    """The properties that a text names, with their spans; the longest phrase at a place."""
    return list(_properties_in(text))


@lru_cache(256)
def _properties_in(text: str) -> tuple[tuple[int, int, str], ...]:
    found: list[tuple[int, int, str]] = []
    taken = text
    for match in re.finditer(r"(?<![\w.])spark\.[a-z][\w.-]*\w", text):
        found.append((match.start(), match.end(), all_names().get(match[0], match[0])))
        taken = _blanked(taken, match.start(), match.end())
    # The longest phrase at a place; of equals the one that comes first in the files.
    phrases = [
        (match.start() - match.end(), order, match.span(), name)
        for order, (pattern, name) in enumerate(lexicon.PROPERTIES)
        for match in pattern.finditer(taken)
    ]
    for _, _, (start, end), name in sorted(phrases):
        if all(end <= begin or stop <= start for begin, stop, _ in found):
            found.append((start, end, name))
    return tuple(sorted(found))


def _blanked(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"


def without_nominal(text: str) -> str:
    """The text without acts that are spoken of: ``switching on speculation`` says nothing yet."""
    return whole("nominal").sub(lambda match: " " * len(match[0]), text)
