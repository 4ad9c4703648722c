"""Whether memory is what a run is short of."""

from collections.abc import Iterator

from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence
from sparkwright.requirements.text.spelled import spelled


def read_memory(sentence: Sentence) -> Iterator[Said]:
    """Whether the run is said to hunger for memory."""
    for at, item in sentence:
        if (value := sentence.get(at + 2)) is not None and value.has("open_value"):
            continue  # memory sensitive? no idea
        if item.has("mem", "memory.true", "memory.false") and (is_short := _as_it_is_now(sentence, at)) is not None:
            yield Said("memory_sensitive", is_short, item.start, item.end, is_correction=True)
            continue
        if (
            item.has("mem")
            and not item.has("memory.true", "memory.false")
            and (much := _amount(sentence, at)) is not None
        ):
            yield Said("memory_sensitive", much, item.start, item.end)
        if (
            item.has("mem")
            and not item.has("memory.true", "memory.false")
            and (told := sentence.answer(at)) is not None
        ):
            yield Said("memory_sensitive", told, item.start, item.end)
        if item.has("mem") and _dies_of_it(sentence, at):
            yield Said("memory_sensitive", True, item.start, item.end)
        if item.has("memory.false"):
            yield Said("memory_sensitive", False, item.start, item.end)
        elif item.has("memory.true"):
            denied = sentence.left(at, "neg", "instead", reach=4) is not None or sentence.clause_has(at, "not_that")
            denied = denied or sentence.answer(at) is False or _is_denied_last(sentence, at)
            yield Said("memory_sensitive", not denied, item.start, item.end)
            if not denied and (undone := _undone(sentence, at)) is not None:
                yield Said("memory_sensitive", False, undone.start, undone.end, is_correction=True)
        elif item.has("mem") and (critical := sentence.right(at, "priority.critical", reach=2)) is not None:
            denied = sentence.left(critical, "neg", reach=2) is not None
            yield Said("memory_sensitive", not denied, item.start, item.end)


def _is_denied_last(sentence: Sentence, at: int) -> bool:
    """``Speicherhungrig ist er nicht``."""
    last = sentence.clause(at)[-1]
    return at < last <= at + 4 and sentence.items[last].has("neg") and sentence.code in ("de", "nl", "sv")


def _as_it_is_now(sentence: Sentence, at: int) -> bool | None:
    """``Memory was tight, now it is not a concern``: what holds of a thing that was otherwise."""
    if sentence.right(at, "past", reach=4) is None and sentence.left(at, "past", reach=3) is None:
        return None
    now: int | None = None
    for place in range(at + 1, min(len(sentence.items), at + 22)):
        item = sentence.items[place]
        if item.has("no_more"):
            return False
        if item.has("now") or item.text in spelled("since"):
            now = place
        elif item.has("stop") or (now is None and item.has("mem", "memory.true", "memory.false")):
            return None
        elif now is not None and item.has("amount.much", "amount.little", "memory.true", "memory.false", "is_ok"):
            is_much = item.has("amount.much", "memory.true")
            return is_much is not any(one.has("neg") for one in sentence.items[now:place])
    return None


def _dies_of_it(sentence: Sentence, at: int) -> bool:
    """``Trotzdem stirbt uns der Job dauernd am Speicher``: a failure whose cause is named."""
    before, following = sentence.get(at - 1), sentence.get(at + 1)
    if sentence.items[at].has("memory.true", "memory.false") or (following and following.value is not None):
        return False
    if sentence.clause_has(at, "fail") and not sentence.clause_has(at, *_MEASURED):
        return True  # the driver crashes with heap errors
    is_cause = before is not None and before.text in _CAUSES
    fails = sentence.left(at, "fail", reach=8)
    return (
        is_cause
        and fails is not None
        and not any(item.has("neg", "number", "percent") for item in sentence.items[max(0, fails - 2) : at])
    )


_MEASURED = ("neg", "number", "percent", "may", "risk", "max", "is_ok", "bytes", "amount.little", "instead")
_CAUSES = spelled("causes")


def _undone(sentence: Sentence, at: int) -> Item | None:
    """What takes back that a run hungers for memory: ``after the fix it isn't any more``."""
    for place in range(at + 1, min(len(sentence.items), at + 18)):
        item = sentence.items[place]
        if item.has("no_more"):
            return item
        if item.has("memory.true", "memory.false", "priority", "gpu"):
            return None
    return None


def _amount(sentence: Sentence, at: int) -> bool | None:
    """Whether much or little memory is told of: ``devours RAM``, ``a tiny memory footprint``."""
    for place in (at - 1, at + 1, at - 2, at + 2, at - 3, at + 3, at + 4, at + 5, at - 4, at - 5):
        item = sentence.get(place)
        if item is None or not item.has("amount.much", "amount.little"):
            continue
        if any(
            sentence.items[between].has("stop", "comma", "but", "bytes")
            for between in range(min(place, at), max(place, at))
        ):
            continue
        low = min(place, at)
        denied = sentence.clause_has(at, "not_that") or sentence.left(low, "neg", reach=3) is not None
        denied = denied or any(sentence.items[near].has("neg") for near in range(low, max(place, at)))
        return item.has("amount.much") is not denied
    return None
