"""Every way in which names can fit a list of patterns, each with a name that does: the finite side of infinitely many.

All patterns are one automaton whose states are sets of places in them, kept as the bits of one number. What can be
reached from the start says which patterns a name can fit together, without leaving any combination out.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_MAX_STATES = 20_000
_SPARE_LETTERS = "xyzkwq0123456789"


class UndecidedError(Exception):
    """The question is too large to be answered completely."""


@dataclass(frozen=True, slots=True)
class NameAtom:
    """Names that fit the same patterns.

    Attributes:
        fitting: Places of the patterns that they fit.
        example: One of them, as short as possible, and not empty where another one is there.
    """

    fitting: frozenset[int]
    example: str


def name_atoms(patterns: Sequence[str]) -> list[NameAtom]:
    """Every set of patterns that some name fits, and no other.

    Raises:
        UndecidedError: There are more than can be looked at.
    """
    steps: dict[str, int] = {}
    loops = start = 0
    ends: list[int] = []
    offset = 0
    for pattern in patterns:
        at = offset
        for letter in pattern:
            if letter == "*":
                loops |= 1 << at
            else:
                steps[letter] = steps.get(letter, 0) | 1 << at
                at += 1
        start |= 1 << offset
        ends.append(at)
        offset = at + 1
    other = next(letter for letter in (*_SPARE_LETTERS, *map(chr, range(0x100, 0x2000))) if letter not in steps)
    alphabet = [other, *sorted(steps)]

    def fitting(state: int) -> frozenset[int]:
        return frozenset(number for number, end in enumerate(ends) if state >> end & 1)

    seen = {start: ""}
    found = {fitting(start): ""}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for letter in alphabet:
            following = (state & steps.get(letter, 0)) << 1 | state & loops
            word = seen[state] + letter
            fits = fitting(following) if following not in seen else None
            if fits is None:
                # The empty name is one, but says little to a reader.
                if found.get(fitting(following)) == "":
                    found[fitting(following)] = word
                continue
            seen[following] = word
            if not found.get(fits):
                found[fits] = word
            waiting.append(following)
        if len(seen) > _MAX_STATES:
            raise UndecidedError(
                f"{len(patterns)} patterns can be combined in over {_MAX_STATES} ways; use fewer `*` in one pattern"
            )
    return [NameAtom(fits, example) for fits, example in found.items()]
