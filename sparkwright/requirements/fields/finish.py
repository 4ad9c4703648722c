"""By when a run must have ended."""

from collections.abc import Iterator

from sparkwright.requirements.amounts.day_parts import DAY_MINUTES
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear, is_denied_before
from sparkwright.requirements.text.spelled import spelled


def read_deadlines(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What times of day say of when a run must have ended."""
    times: list[int] = []
    for at, item in sentence:
        if item.has("clock_time") and at not in sentence.used and is_finish(sentence, at):
            sentence.used.add(at)
            times.append(at)
    firm = [at for at in times if sentence.left(at, "by", reach=3) is not None]
    for at, item in sentence:
        if at in times:
            if at in firm or not firm or sentence.left(at, "at", reach=1) is None:
                yield _deadline(sentence, at, item)  # published at five, so it has to end by 4:45
        elif item.has("soon") and _is_bound(sentence, at):
            yield Unclear("finish_by", "ambiguous", "which time of day", item.start, item.end)


def _is_bound(sentence: Sentence, at: int) -> bool:
    """Whether a vague time bounds the run: ``done some time tomorrow``, not ``the stand-up is tomorrow``."""
    item = sentence.items[at]
    if item.has("now") and sentence.left(at, "by", reach=1) is None:
        return sentence.clause_has(at, "finish")  # 100 GB today
    if item.text.split(" ")[0] in _BEFORE:
        return not sentence.clause_has(at, "met", "past")
    is_cued = sentence.left(at, "by", "start", reach=2) is not None or sentence.left(at, "at", reach=1) is not None
    if item.has("finish", "by") or is_cued:
        return sentence.clause_has(at, "finish", "by", "may", "at") and not sentence.clause_has(at, "met")
    return sentence.clause_has(at, "finish", "by", "may") and not sentence.clause_has(at, "met", "past")


_BEFORE = spelled("before")


def _deadline(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    minutes = round(item.value or 0)
    if not 0 <= minutes < DAY_MINUTES or minutes != (item.value or 0):
        return Unclear("finish_by", "out_of_range", "a time of day from 00:00 to 23:59", item.start, item.end)
    if item.is_vague:
        return Unclear("finish_by", "ambiguous", "which half of the day", item.start, item.end)
    if sentence.is_range(at):
        return Unclear("finish_by", "ambiguous", "one exact time", item.start, item.end)
    return Said(
        "finish_by", f"{minutes // 60:02}:{minutes % 60:02}", item.start, item.end, is_denied_before(sentence, at)
    )


def is_finish(sentence: Sentence, at: int) -> bool:
    """Whether a time of day is when a run must have ended, rather than when it starts."""
    by = sentence.left(at, "by", reach=3)
    later = sentence.left(at, "later_than", reach=2)
    if later is not None and _is_never_after(sentence, later):
        return True
    if sentence.left(at, "after", reach=2) is not None or (by is not None and _is_start_bound(sentence, by)):
        return False
    if sentence.left(at, "max", reach=2) is not None and sentence.clause_has(at, "take", "finish", "neg"):
        return True  # never runs beyond 7:15
    if by is not None and not _starts_between(sentence, by, at):
        return True
    if (
        (end := sentence.right(at, "finish", reach=7)) is not None
        and not any(item.has("and") for item in sentence.items[at + 1 : end])
        and sentence.clause_has(at, "may")
        and not sentence.clause_has(at, "start", *_EVERY)
    ):
        return True  # 6:30 is when it must be ready
    if sentence.left(at, "clock_cue", reach=2) is not None and sentence.clause_has(at, "neg"):
        return True  # must not still be running at eight
    mark = sentence.left(at, "correct", "dismissed", reach=4, over_breaks=True)
    following = sentence.get(at + 1)
    if mark is None and (following is None or following.has("stop", "comma") or following.text in _IT_IS):
        mark = sentence.left(at, "correct", reach=9, over_breaks=True)  # scratch that, legal moved it, 8:30 it is
    if mark is not None and any(
        item.has("clock_time") and is_finish(sentence, earlier) for earlier, item in sentence if earlier < mark
    ):
        return True
    before = sentence.get(at - 1)
    if _follows_finish(sentence, at) or (before is not None and before.has("finish") and not before.has("start")):
        return True
    if following and following.text.startswith("past"):
        return False  # each hour at 20 past
    if (
        (following and following.has("by"))
        or sentence.right(at, "latest", reach=3) is not None
        or _is_then(sentence, at)
    ):
        return True
    sla = sentence.left(at, "sla", reach=6)
    if sla is not None and sentence.left(at, "start", "every", reach=at - sla) is None:
        return True  # SLA with the bank: 06:45
    if (latest := sentence.right(at, "by", reach=3)) is not None and sentence.items[latest].text.endswith(
        ("latest", "cutoff", "cut off", "deadline")
    ):
        return True
    started = sentence.pull(
        at, {"start": ("start", "preset", *_EVERY), "finish": ("finish", "deadline", "sla")}, reach=6
    )
    if sentence.clause_has(at, "finish", "deadline") and started and started[0] == "finish":
        return not (sentence.left(at, "at", reach=1) is None and sentence.clause_has(at, "start") and by is None)
    return False


def _follows_finish(sentence: Sentence, at: int) -> bool:
    """``The deadline was 7 am, now 5 am``: a clause that says a new time and nothing else."""
    clause = sentence.clause(at)
    if not sentence.clause_has(at, "now", "target"):
        return False
    if any(sentence.items[place].has("start", "take", "every", "at") for place in clause):
        return False
    return any(item.has("clock_time") and earlier in sentence.used for earlier, item in sentence if earlier < clause[0])


_IT_IS = spelled("it_is")
_EVERY = ("every", "preset.daily", "preset.weekly", "preset.monthly", "weekdays", "weekend",
          *(f"weekday.{day}" for day in range(7)))  # fmt: skip


def _is_never_after(sentence: Sentence, after: int) -> bool:
    """``It may not be running after six``: what must not be after a time has ended by then."""
    is_denied = sentence.left(after, "neg", reach=4) is not None or sentence.right(after, "neg", reach=4) is not None
    if not is_denied or sentence.left(after, "start", reach=4) is not None:
        return False
    return sentence.clause_has(after, "take", "finish", "run")


def _is_then(sentence: Sentence, at: int) -> bool:
    """``They arrive at 7:30, so it has to be there by then``: the last time before."""
    for place in range(at + 1, min(len(sentence.items), at + 16)):
        if sentence.items[place].has("by_then"):
            return True
        if sentence.items[place].has("clock_time", "by"):
            break
    return False


def _is_start_bound(sentence: Sentence, by: int) -> bool:
    """Whether ``before`` bounds the start: ``not before two``, ``must not start before``."""
    if sentence.items[by].has("max") and sentence.code not in ("pl", "nl"):
        return False
    negated = sentence.left(by, "neg", reach=1) is not None
    return negated or (
        sentence.left(by, "start", reach=2) is not None and sentence.left(by, "neg", reach=4) is not None
    )


def _starts_between(sentence: Sentence, by: int, at: int) -> bool:
    between = sentence.items[by + 1 : at]
    if any(item.of("weekday") for item in between):  # by Sunday, 6 am
        return not (sentence.clause_has(by, "finish") and all(item.of("weekday") for item in between))
    return any(
        sentence.items[place].has("start") and not sentence.items[place].has("finish", "take")
        for place in range(by + 1, at)
    )
