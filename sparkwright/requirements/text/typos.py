"""Slips of the keyboard: which known word was meant."""

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

_MIN_LENGTH = 5


_HEARD = {
    "teh": "the", "hte": "the", "thier": "their", "adn": "and", "nad": "and", "taht": "that", "wich": "which",
    "fo": "of", "alot": "a lot", "wiht": "with", "befor": "before", "untill": "until", "nto": "not",
    "cna": "can", "ahve": "have", "plz": "please", "pls": "please",
}  # fmt: skip
_NUMBERS = {"tow": "two", "fro": "four", "fiev": "five"}
_UNITS = ("hour", "minute", "hrs", "mins", "day", "week", "gb", "tb", "gig", "tera", "gpu", "run", "dollar", "euro")
_COMPARED = frozenset({"longer", "more", "less", "fewer", "later", "earlier", "shorter", "rather", "higher", "lower"})


def number_meant(word: str, following: str, numbers: Iterable[str]) -> str | None:
    """The number word that an unknown word before a unit was meant for: ``fife hours``, ``twoo gpus``."""
    if len(word) < 3 or not word.isascii() or not following.startswith(_UNITS):
        return None
    near = [number for number in numbers if number[0] == word[0] and number.isascii() and _is_one_slip(number, word)]
    return near[0] if len(near) == 1 else None


def slips(words: list[str]) -> list[str]:
    """The words, where one that is a word itself was meant for another: ``no longer then``, ``an our``, ``2 ours``."""
    meant = [_HEARD.get(word, word) for word in words]
    for at in range(len(words) - 2):
        if words[at] == "on" and words[at + 1] == "in" and words[at + 2].isdigit():  # on in 50 runs
            meant[at] = "one"
    for at in range(1, len(words)):
        before = meant[at - 1]
        if words[at] == "then" and before in _COMPARED:
            meant[at] = "than"
        elif words[at] == "weak" and before in ("per", "a", "every", "each"):
            meant[at] = "week"
        elif words[at] == "our" and before in ("an", "one", "half"):
            meant[at] = "hour"
        elif words[at] in _NUMBERS and at + 1 < len(words) and words[at + 1].startswith(_UNITS):
            meant[at] = _NUMBERS[words[at]]
        elif words[at] == "ours" and (before.isdigit() or before in _SMALL):
            meant[at] = "hours"
    return meant


_SMALL = frozenset({"two", "three", "four", "five", "six", "eight", "ten", "twelve", "few", "couple"})


class Spelling:
    """Known words, found again with one letter missing, added, wrong or in its neighbour's place.

    Args:
        words: Folded words that may be meant.
        counts: In how many phrases a word stands: of two as near the commoner is meant.
        alone: Those of them that mean something by themselves; they come before words that only stand in phrases.

    The neighbourhoods of SymSpell: what two words have left after a deletion each. The first letter is right, since
    other words of the language lie as near: ``your`` and ``hour``, ``nine`` and ``mine``.
    """

    def __init__(
        self, words: Iterable[str], alone: Collection[str] = (), counts: Mapping[str, int] | None = None
    ) -> None:
        self._counts = counts or {}
        self._alone = frozenset(alone)
        self._words = {word for word in words if len(word) >= _MIN_LENGTH - 1 and word.isascii() and word.isalpha()}
        self._near: dict[str, list[str]] = {}
        self._shuffled: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._shuffled.setdefault("".join(sorted(word)), []).append(word)
            for shorter in _deletions(word):
                self._near.setdefault(shorter, []).append(word)

    def meant(self, word: str) -> str | None:
        """The one known word that is meant, None where there is none or where several are as near."""
        if len(word) < _MIN_LENGTH - 1 or not word.isascii():
            return None
        found = {near for shorter in _deletions(word) for near in self._near.get(shorter, ())}
        near = {known for known in found if known[0] == word[0] and _is_one_slip(known, word)}
        if not near and len(word) > _MIN_LENGTH:  # doallrs: the right letters in a wrong order
            near = {known for known in self._shuffled.get("".join(sorted(word)), ()) if known[0] == word[0]}
        near = {known for known in near if not _is_other_letter(known, word) or _is_near_key(known, word)}
        # Among words of four letters most are near to another: only a letter too many or out of order is a slip.
        near = {known for known in near if len(known) >= _MIN_LENGTH or not _is_other_letter(known, word)}
        if len(near) > 1:
            # A plural and its singular are as near as a word and its misspelling: what ends alike is meant.
            near = {known for known in near if known[-1] == word[-1]} or near
        return min(
            near,
            key=lambda known: (
                known not in self._alone,
                _is_other_letter(known, word),
                -self._counts.get(known, 0),
                known,
            ),
            default=None,
        )


def _deletions(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _is_other_letter(one: str, other: str) -> bool:
    """Whether one letter stands for another: rarer than one too few, too many or out of order."""
    return len(one) == len(other) and sorted(one) != sorted(other)


_ROWS = ("qwertzuiop", "qwertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_ALIKE = ("aeiouy", "scz", "ck", "kq", "vw", "vf", "dt", "bp", "mn", "gj", "uv")
_NEAR_KEYS = frozenset(
    {frozenset(pair) for row in _ROWS for pair in pairwise(row)}
    | {frozenset((one, other)) for group in _ALIKE for one in group for other in group}
    | {
        frozenset(pair)
        for upper, lower in pairwise(_ROWS[1:4])
        for pair in (*zip(upper, lower, strict=False), *zip(upper[1:], lower, strict=False))
    }
)
"""Letters that one strikes or hears for one another."""


def _is_near_key(one: str, other: str) -> bool:
    return frozenset(next(pair for pair in zip(one, other, strict=True) if pair[0] != pair[1])) in _NEAR_KEYS


def _is_one_slip(one: str, other: str) -> bool:
    """Whether the optimal string alignment distance is at most one."""
    if len(one) == len(other):
        wrong = [at for at in range(len(one)) if one[at] != other[at]]
        if len(wrong) == 2:
            first, second = wrong
            return second == first + 1 and one[first] == other[second] and one[second] == other[first]
        return len(wrong) <= 1
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
