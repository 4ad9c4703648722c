"""Which of several things said of one field holds: what was, what a ticket claims and what is asked give way."""

from collections.abc import Sequence

from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

_NOW = ("may", "max", "now", "target", "within")
_DISMISSED_AFTER = 8


def standing(sentence: Sentence, at: int) -> int:
    """How firmly something is said at a place, 1 where the person says that it is open.

    2 confirmed, 1 said, 0 past, wished, claimed, dismissed or asked.
    """
    if sentence.has("unsure"):
        return 1
    if sentence.right(at, "confirmed", reach=3) is not None:
        return 2
    if is_asked(sentence, at) or _is_dismissed(sentence, at) or sentence.clause_has(at, "wished", "reported"):
        return 0
    is_now = sentence.clause_has(at, "now") and not sentence.clause_has(at, "past")
    if is_now or sentence.clause_has(at, "target"):
        return 2
    return 0 if sentence.clause_has(at, "past") and not sentence.clause_has(at, *_NOW) else 1


def is_asked(sentence: Sentence, at: int) -> bool:
    """Whether a place lies in a sentence that ends with a question mark."""
    stop = sentence.stop_after(at)
    return stop is not None and stop.text.startswith("?")


def _is_dismissed(sentence: Sentence, at: int) -> bool:
    """``The real one has 9 TB, ignore that``."""
    for place in range(at + 1, min(len(sentence.items), at + 1 + _DISMISSED_AFTER)):
        item = sentence.items[place]
        if item.has("dismissed"):
            return True
        if item.has("stop") or item.value is not None:
            return False
    return False


def firmest(sentence: Sentence, readings: Sequence[Said]) -> list[Said]:
    """Those of several readings that are said most firmly."""
    ranks = [standing(sentence, sentence.place(one.end)) for one in readings]
    return [one for one, rank in zip(readings, ranks, strict=True) if rank == max(ranks)]


def is_of_others(sentence: Sentence, reading: Said | Unclear) -> bool:
    """Whether something is told of another job than the one that is asked for: ``my colleague's has 4 GPUs``."""
    at = sentence.place(reading.end)
    is_theirs = sentence.clause_has(at, "others") or _has_group(sentence, at)
    return is_theirs and not sentence.clause_has(at, "compared_with", "now")


def is_waived(sentence: Sentence, reading: Said | Unclear) -> bool:
    """Whether something is wished for and said not to be needed: ``8g would be nice but is not needed``."""
    at = sentence.place(reading.end)
    if not sentence.clause_has(at, "wished"):
        return False
    for place in range(at + 1, min(len(sentence.items), at + 12)):
        item = sentence.items[place]
        if item.has("stop") or (item.value is not None and not item.has("article")):
            return False
        if item.has("no_answer", "none", "neg", "is_ok"):
            return True
    return False


def _has_group(sentence: Sentence, at: int) -> bool:
    """``The fraud folks have 12 A100s``: what a group that is none of ours has."""
    clause = sentence.clause(at)
    for place in clause:
        verb = sentence.get(place + 1)
        if not sentence.items[place].has("group") or verb is None or verb.text not in spelled("group_verbs"):
            continue
        if (counted := sentence.get(place + 2)) is not None and (counted.value is not None or counted.has("article")):
            return not any(item.text in spelled("ours") for item in sentence.items[clause.start : place])
    return False


def is_weak(sentence: Sentence, reading: Unclear) -> bool:
    """Whether what is unclear was not said of the job as it shall be."""
    return standing(sentence, sentence.place(reading.end)) == 0
