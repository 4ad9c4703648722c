"""Slips of the keyboard: which known word was meant."""

from collections.abc import Collection, Iterable

_LEAST_LENGTH = 5


class Spelling:
    """Known words, found again with one letter missing, added, wrong or in its neighbour's place.

    Args:
        words: Folded words that may be meant.
        alone: Those of them that mean something by themselves; they come before words that only stand in phrases.

    The neighbourhoods of SymSpell: what two words have left after a deletion each. The first letter is right, since
    other words of the language lie as near: ``your`` and ``hour``, ``nine`` and ``mine``.
    """

    def __init__(self, words: Iterable[str], alone: Collection[str] = ()) -> None:
        self._alone = frozenset(alone)
        self._words = {word for word in words if len(word) >= _LEAST_LENGTH - 1 and word.isascii() and word.isalpha()}
        self._near: dict[str, list[str]] = {}
        for word in sorted(self._words):
            for shorter in _deletions(word):
                self._near.setdefault(shorter, []).append(word)

    def meant(self, word: str) -> str | None:
        """The one known word that is meant, None where there is none or where several are as near."""
        if len(word) < _LEAST_LENGTH - 1 or not word.isascii():
            return None
        found = {near for shorter in _deletions(word) for near in self._near.get(shorter, ())}
        near = {known for known in found if known[0] == word[0] and _is_one_slip(known, word)}
        # Among words of four letters most are near to another: only a letter too many or out of order is a slip.
        near = {known for known in near if len(known) >= _LEAST_LENGTH or not _is_other_letter(known, word)}
        if len(near) > 1:
            # A plural and its singular are as near as a word and its misspelling: what ends alike is meant.
            near = {known for known in near if known[-1] == word[-1]} or near
        return min(
            near, key=lambda known: (known not in self._alone, _is_other_letter(known, word), known), default=None
        )


def _deletions(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _is_other_letter(one: str, other: str) -> bool:
    """Whether one letter stands for another: rarer than one too few, too many or out of order."""
    return len(one) == len(other) and sorted(one) != sorted(other)


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
