"""Words that are one slip away from a word of policies, as it is spelt; names are left alone."""

import re
from functools import cache
from typing import Final

_WORDS: Final = """
    instances instance cluster property properties executor executors driver drivers memory overhead cores maximum
    minimum exceed exceeds allowed forbidden required dynamic allocation shuffle partitions broadcast threshold
    adaptive execution queue queues weekdays weekends between kubernetes standalone gigabytes megabytes terabytes
    dollars serializer speculation timeout enabled disabled limit nobody application applications monday tuesday
    wednesday thursday friday saturday sunday hochstens mindestens maximal verboten speicher executoren
    warteschlange always never month total least weekend mandatory network broadcast thousand result results event
    events setting settings scheduler fraction heartbeat interval encryption result dollar weekly monthly required
    enable disable forbid prohibited permitted gigabyte under above maximo massimo almeno hooguit minstens tussen
    geheugen krijgen executeurs ejecutor ejecutores puede memoria partition people workload workloads between
    """
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def mended(text: str, words: frozenset[str] = frozenset()) -> str:
    """The text with each such word spelt right.

    Args:
        text: As it was written.
        words: To mend by in place of those of this file.
    """
    return re.sub(r"(?<![\w.'\"`*/-])[A-Za-z]{5,}(?![\w*'\"`/-]|\.\w)", lambda match: _mend(match[0], words), text)


def _mend(word: str, words: frozenset[str]) -> str:
    low = word.lower()
    known = _slips(words).get(low)
    return word if known is None else known


@cache
def _slips(given: frozenset[str] = frozenset()) -> dict[str, str]:
    """Every slip of one letter (left out, doubled or put in, another one, two swapped) and the word it is of."""
    found: dict[str, str | None] = {}
    words, others = given or frozenset(_WORDS.split()), frozenset(_OTHERS.split())
    for word in words:
        cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
        slips = {a + b[1:] for a, b in cuts if b}
        slips |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
        slips |= {a + letter + b[1:] for a, b in cuts if b for letter in _LETTERS}
        slips |= {a + letter + b for a, b in cuts for letter in _LETTERS}
        for slip in slips - {word}:
            # What may be two words is left as it is.
            found[slip] = word if found.get(slip, word) == word else None
    return {
        slip: word
        for slip, word in found.items()
        if word is not None and slip not in words and slip not in others and len(slip) > 4
    }


_OTHERS: Final = """
    drive drive's drives execute executes exceeded application's cored allocations partition queued never's sever
    lever fever score scores chores cores' limits limited nobody's month's months least's leased driven days total's
    totals letter shuffled shuffles require requires enable disable times speculative weekday weekend execution's
    maximal minimal minimums standalones memories dollar gigabyte megabyte terabyte thresholds queueing allocation's
    wonder udder about abode event even evens thousands networks results reset resets letting sittings
    weekends workloads disabled enabled forbids fractions people's minster tossen puedes resulted peoples
    dynamics always' allows allow monthly mindest hochsten
    """
"""Words that are right, although they are one slip away."""
