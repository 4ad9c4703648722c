"""Numbers that are durations though their unit was left out: ``may take three``, ``within 30``."""

from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Sentence


def lacks_unit(sentence: Sentence, at: int) -> bool:
    """Whether a number is a duration whose unit was left out: ``may take three``, ``within 30``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if following and following.has("take", "finish") and sentence.code in ("de", "nl"):  # höchstens 2 dauern
        return sentence.left(at, "max", "within", reach=1) is not None and not item.has("article")
    if item.has("article") or not _stands_free(following):
        return False
    is_allowed = any(item.has("is_ok") for item in sentence.items[at + 1 : at + 7]) or sentence.clause_has(at, "is_ok")
    if following and following.has("take") and is_allowed and is_said_earlier(sentence, at):
        return True  # at most an hour, though if it takes three that is fine, too
    if following and following.has("is_ok") and any(one.has("duration") for one in sentence.items):
        return not sentence.clause_has(at, "gpu", "money", "fail", "bytes")  # takes 20 minutes; 40 are fine
    if (
        sentence.get(at + 1)
        and sentence.get(at + 2)
        and sentence.items[at + 1].has("or", "to")
        and _is_quantity(sentence.items[at + 2])
    ):
        return False
    if sentence.clause_has(
        at, "cost", "money", "input", "bytes", "percent", "gpu", "fail", "priority", "risk", "output"
    ):
        return False
    if sentence.left(at, "longer", reach=1) is not None:
        return True
    if sentence.left(at, "in", reach=1) is not None and sentence.clause_has(at, "finish"):
        return True  # must be finished in 40
    is_alone = all(sentence.items[place].has("max", "comma", "but", "and", "number") for place in sentence.clause(at))
    if (
        is_alone
        and sentence.left(at, "max", reach=1) is not None
        and any(one.has("duration") for one in sentence.items)
    ):
        return True
    is_past_max = sentence.left(at, "max", reach=1) is not None and following is not None and following.text == "is"
    if is_past_max and sentence.has("duration"):
        return True  # it runs 50 minutes; anything above 70 is a problem
    near = sentence.left(at, "within", "deadline", reach=3)
    if near is not None and sentence.left(at, "by", "at", "past", reach=2) is None:
        return True
    take = sentence.left(at, "take", reach=3)
    if take is None or sentence.left(at, "by", "at", "every", "start", reach=2) not in (None, take):
        return False
    return sentence.left(take, "may", "max", reach=3) is not None and not sentence.items[take].has("start")


def is_said_earlier(sentence: Sentence, at: int) -> bool:
    """Whether a limit of the run was said before a place."""
    return any(item.has("duration") and place in sentence.used for place, item in sentence if place < at)


def _is_quantity(item: Item) -> bool:
    return item.has("bytes", "duration", "money", "percent", "clock_time")


def _stands_free(following: Item | None) -> bool:
    """Whether nothing that a number counts comes after it."""
    if following is None or following.has("stop", "comma", "but", "and"):
        return True
    return bool(following.concepts) and not following.has(
        "number", "gpu", "gpu_model", "output", "input", "run", "ordinal_number", "times", "oclock", "am", "pm",
        "morning", "opaque", "percent", "fold", "clock_time", "bytes", "duration", "or", "take", "of_total",
    )  # fmt: skip
