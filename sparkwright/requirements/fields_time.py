"""How long a run may take and by when it must have ended."""

from collections.abc import Iterator
from dataclasses import replace

from sparkwright.requirements.day_parts import DAY_MINUTES
from sparkwright.requirements.items import Item
from sparkwright.requirements.quantities import MS
from sparkwright.requirements.sentence import Said, Sentence, Unclear

_LIMITS = ("max", "within", "deadline", "sla", "le")
_LONGEST_RUN_MS = 60 * MS["d"]
_RATES = ("s", "min", "h", "d", "w", "mo", "y", "q")


def read_durations(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What durations and numbers of hours say of the longest acceptable run."""
    units = [item.unit for item in sentence.items if item.has("duration") and item.unit]
    for at, item in sentence:
        if at in sentence.used:
            continue
        if item.has("duration", "bare_m"):
            if _is_limit(sentence, at):
                yield _limit(sentence, at, item)
        elif item.has("number") and _lacks_unit(sentence, at):
            if units and item.value:
                value = item.value * MS[units[0]]
                yield _limit(sentence, at, replace(item, value=value, concepts=frozenset({"duration"})))
            else:
                yield Unclear("max_duration_ms", "ambiguous", "which unit of time", item.start, item.end)
        elif item.has("fast") and _is_about_time(sentence, at):
            yield Unclear("max_duration_ms", "ambiguous", "how long at most", item.start, item.end)


def _limit(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    sentence.used.add(at)
    value = item.value or 0.0
    if item.has("bare_m"):
        value = value / 2**20 * MS["min"]
    if value <= 0:
        return Unclear("max_duration_ms", "out_of_range", "a duration above zero", item.start, item.end)
    if item.is_vague or sentence.is_range(at):
        return Unclear("max_duration_ms", "ambiguous", "one exact duration", item.start, item.end)
    return Said("max_duration_ms", round(value), item.start, item.end, _is_denied(sentence, at))


def _is_denied(sentence: Sentence, at: int) -> bool:
    before = sentence.get(at - 1)
    return before is not None and before.has("neg") and not before.has("max")


def _is_limit(sentence: Sentence, at: int) -> bool:
    """Whether a duration bounds the run, rather than tells how long one took, how old data is or how often it runs."""
    item = sentence.items[at]
    if sentence.left(at, "every", reach=2) is not None and not _is_bounded(sentence, at):
        return False
    following, before = sentence.get(at + 1), sentence.get(at - 1)
    if following and following.has("every", "lookback") and not following.has("max", "may", "take", "finish"):
        return False
    if (before and before.has("lookback") and not before.has("take")) or sentence.left(at, "min", reach=1) is not None:
        return False
    if _corrects(sentence, at):
        return True
    if _is_until_after_start(sentence, at):
        return True
    if (sentence.left(at, "max", reach=1) is None and _is_lookback(sentence, at)) or _is_rate(sentence, at, item):
        return False
    if item.has("bare_m") and not sentence.clause_has(at, "deadline", "within", "take", "finish"):
        role = sentence.pull(at, {"data": ("input", "output", "grow"), "time": _LIMITS})
        return role is None or role[0] == "time"
    if before and before.text in ("has", "gets", "hat") and item.unit in ("s", "min", "h"):
        return True
    obliged = sentence.clause_has(at, "may", "within", "deadline") or _is_bounded(sentence, at)
    if sentence.clause_has(at, "past") and not sentence.clause_has(at, "may", "within", "finish", "sla"):
        return False
    if (
        sentence.clause_has(at, "past")
        and sentence.left(at, "past", reach=3) is not None
        and not _is_bounded(sentence, at)
    ):
        return False
    if sentence.clause_has(at, "risk", "fail") and not sentence.clause_has(at, "finish", "take", "within", "deadline"):
        return False
    if (item.value or 0) > _LONGEST_RUN_MS:
        return False
    if following and following.has("within", "max") and not following.has("take"):
        return True
    role = sentence.pull(at, {"limit": _LIMITS, "other": ("output", "start", "grow")})
    if role and role[0] == "limit" and (role[1] <= 5 or obliged):
        return True
    if sentence.clause_has(at, "may") and sentence.clause_has(at, "take", "in", "finish"):
        return True
    if sentence.clause_has(at, "finish") and sentence.left(at, "in", reach=2) is not None:
        return True
    return _stands_alone(sentence, at)


def _is_until_after_start(sentence: Sentence, at: int) -> bool:
    """``Finished two hours after it begins``."""
    following = sentence.get(at + 1)
    after = following is not None and following.text in (
        "after",
        "nach",
        "apres",
        "despues",
        "dopo",
        "depois",
        "na",
        "po",
    )
    return (
        after
        and sentence.right(at, "start", reach=4) is not None
        and sentence.clause_has(at, "finish", "by", "deadline")
    )


def _corrects(sentence: Sentence, at: int) -> bool:
    """Whether it takes the place of a limit said before: ``sorry, three hours``."""
    mark = sentence.left(at, "correct", reach=4, over_breaks=True)
    return mark is not None and any(
        item.has("duration") and place in sentence.used for place, item in sentence if place < mark
    )


def _is_bounded(sentence: Sentence, at: int) -> bool:
    return sentence.left(at, "max", "within", "deadline", reach=3) is not None


def _is_lookback(sentence: Sentence, at: int) -> bool:
    place = sentence.left(at, "lookback", reach=2)
    if place is None:
        return False
    return not sentence.items[place].has("take") or sentence.left(place, "may", "neg", reach=3) is None


def _is_rate(sentence: Sentence, at: int, item: Item) -> bool:
    """Whether it is the period of something: ``200 GB an hour``, ``10% a month``, ``$20 per week``."""
    before = sentence.get(at - 1)
    if item.has("per_unit"):
        return True
    if item.has("one_unit") and before:
        return before.has("bytes", "money", "percent", "number", "fold.2", "fold.3", "times", "twice", "thrice")
    return False


def _stands_alone(sentence: Sentence, at: int) -> bool:
    """Whether a clause says a duration and nothing else: ``orders job, 200 GB, 2h, on yarn``."""
    clause = sentence.clause(at)
    lower = sentence.range_start(at)
    others = [
        place
        for place in clause
        if place != at
        and not (lower is not None and lower <= place < at)
        and not sentence.items[place].has("comma", "stop", "approx", "sla", "between")
    ]
    return not others and len(sentence.items) > 1 and sentence.items[at].unit in ("s", "min", "h")


def _lacks_unit(sentence: Sentence, at: int) -> bool:
    """Whether a number is a duration whose unit was left out: ``may take three``, ``within 30``."""
    item, following = sentence.items[at], sentence.get(at + 1)
    if following and following.has("take", "finish") and sentence.code in ("de", "nl"):  # höchstens 2 dauern
        return sentence.left(at, "max", "within", reach=1) is not None and not item.has("article")
    if item.has("article") or not _stands_free(following):
        return False
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
    is_alone = all(sentence.items[place].has("max", "comma", "and", "number") for place in sentence.clause(at))
    if (
        is_alone
        and sentence.left(at, "max", reach=1) is not None
        and any(one.has("duration") for one in sentence.items)
    ):
        return True
    near = sentence.left(at, "within", "deadline", reach=3)
    if near is not None and sentence.left(at, "by", "at", "past", reach=2) is None:
        return True
    take = sentence.left(at, "take", reach=3)
    if take is None or sentence.left(at, "by", "at", "every", "start", reach=2) not in (None, take):
        return False
    return sentence.left(take, "may", "max", reach=3) is not None and not sentence.items[take].has("start")


def _is_quantity(item: Item) -> bool:
    return item.has("bytes", "duration", "money", "percent", "clock_time")


def _stands_free(following: Item | None) -> bool:
    """Whether nothing that a number counts comes after it."""
    if following is None or following.has("stop", "comma", "but", "and"):
        return True
    return bool(following.concepts) and not following.has(
        "number", "gpu", "gpu_model", "output", "input", "run", "ordinal_number", "times", "oclock", "am", "pm",
        "morning", "opaque", "percent", "fold", "clock_time", "bytes", "duration", "or", "take",
    )  # fmt: skip


def _is_about_time(sentence: Sentence, at: int) -> bool:
    return sentence.clause_has(at, "finish", "take", "may", "within") and not sentence.clause_has(
        at, "grow", "vague_growth_only", "priority.high"
    )


def read_deadlines(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What times of day say of when a run must have ended."""
    for at, item in sentence:
        if item.has("clock_time") and at not in sentence.used and is_finish(sentence, at):
            sentence.used.add(at)
            yield _deadline(sentence, at, item)
        elif item.has("soon") and sentence.clause_has(at, "by", "finish", "may", "at"):
            yield Unclear("finish_by", "ambiguous", "which time of day", item.start, item.end)


def _deadline(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    minutes = round(item.value or 0)
    if not 0 <= minutes < DAY_MINUTES:
        return Unclear("finish_by", "out_of_range", "a time of day from 00:00 to 23:59", item.start, item.end)
    if item.is_vague:
        return Unclear("finish_by", "ambiguous", "which half of the day", item.start, item.end)
    if sentence.is_range(at):
        return Unclear("finish_by", "ambiguous", "one exact time", item.start, item.end)
    return Said("finish_by", f"{minutes // 60:02}:{minutes % 60:02}", item.start, item.end, _is_denied(sentence, at))


def is_finish(sentence: Sentence, at: int) -> bool:
    """Whether a time of day is when a run must have ended, rather than when it starts."""
    by = sentence.left(at, "by", reach=3)
    if sentence.left(at, "after", reach=2) is not None or (by is not None and _is_start_bound(sentence, by)):
        return False
    if sentence.left(at, "max", reach=2) is not None and sentence.clause_has(at, "take", "finish"):
        return True  # never runs beyond 7:15
    if by is not None and not _starts_between(sentence, by, at):
        return True
    mark = sentence.left(at, "correct", reach=4, over_breaks=True)
    if mark is not None and any(
        item.has("clock_time") and is_finish(sentence, earlier) for earlier, item in sentence if earlier < mark
    ):
        return True
    following = sentence.get(at + 1)
    if following and following.has("by"):
        return True
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


_EVERY = ("every", "preset.daily", "preset.weekly", "preset.monthly", "weekdays", "weekend",
          *(f"weekday.{day}" for day in range(7)))  # fmt: skip


def _is_start_bound(sentence: Sentence, by: int) -> bool:
    """Whether ``before`` bounds the start: ``not before two``, ``must not start before``."""
    if sentence.items[by].has("max") and sentence.code not in ("pl", "nl"):
        return False
    negated = sentence.left(by, "neg", reach=1) is not None
    return negated or (
        sentence.left(by, "start", reach=2) is not None and sentence.left(by, "neg", reach=4) is not None
    )


def _starts_between(sentence: Sentence, by: int, at: int) -> bool:
    if any(sentence.items[place].of("weekday") for place in range(by + 1, at)):
        return True
    return any(
        sentence.items[place].has("start") and not sentence.items[place].has("finish", "take")
        for place in range(by + 1, at)
    )
