"""Limits of cost without an amount: ``as cheap as possible``, ``keep the costs low``."""

from sparkwright.requirements.sentence import Sentence
from sparkwright.requirements.text.spelled import spelled

_LITTLE = ("part_size", "priority_level.low")
_COUNTED = ("money", "number", "percent", "bytes", "past", "fail", "mem", "priority", "risk")


def _is_sized_vaguely(sentence: Sentence, at: int) -> bool:
    """``Keep the costs low``, ``shouldn't cost too much``, ``on a small budget``: a limit without an amount."""
    if sentence.clause_has(at, *_COUNTED) or sentence.clause_has_of(at, "cur"):
        return False
    is_little = (
        sentence.left(at, *_LITTLE, "little_much", reach=3) is not None
        or sentence.right(at, *_LITTLE, "little_much", reach=3) is not None
    )
    is_much = (
        sentence.left(at, "amount.much", reach=2) is not None
        or sentence.right(at, "amount.much", "vague", reach=3) is not None
    )
    denied = sentence.left(at, "neg", reach=4) is not None or sentence.right(at, "neg", reach=4) is not None
    if sentence.clause_has(at, "none") and not is_much:
        return False  # no budget limit
    return (is_little and not denied) or (is_much and denied)


def is_cheap(sentence: Sentence, at: int) -> bool:
    """Whether a run is said to be cheap, and no amount is."""
    item = sentence.items[at]
    if item.has("cost") and _is_sized_vaguely(sentence, at):
        return True
    return item.has("cheap") and not _is_cheap_to(sentence, at) and not sentence.clause_has(at, "output", "input")


def _is_cheap_to(sentence: Sentence, at: int) -> bool:
    """``Cheap to redo``: not what a run may cost."""
    following = sentence.get(at + 1)
    return following is not None and following.text in spelled("to_infinitive")
