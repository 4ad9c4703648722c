"""How long a run may take."""

from collections.abc import Iterator
from dataclasses import replace

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.amounts.elided_units import is_said_earlier, lacks_unit
from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear, is_denied_before
from sparkwright.requirements.text.spelled import spelled

_LIMITS = ("max", "within", "deadline", "sla", "le")
_LONGEST_RUN_MS = 60 * MS["d"]
_MONTHS = tuple(f"month.{month}" for month in range(1, 13))


def read_durations(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What durations and numbers of hours say of the longest acceptable run."""
    units = [item.unit for item in sentence.items if item.has("duration") and item.unit]
    for at, item in sentence:
        if at in sentence.used:
            continue
        if item.has("duration", "bare_m"):
            if _is_limit(sentence, at) or (item.value or 0) < 0:
                yield _limit(sentence, at, item)
        elif item.has("number") and lacks_unit(sentence, at):
            if units and item.value:
                near = [one.unit for one in sentence.items[:at] if one.has("duration") and one.unit] or units
                value = item.value * MS[near[-1]]
                yield _limit(sentence, at, replace(item, value=value, concepts=frozenset({"duration"})))
            else:
                yield Unclear("max_duration_ms", "ambiguous", "which unit of time", item.start, item.end)
        elif _is_fast(sentence, at):
            yield Unclear("max_duration_ms", "ambiguous", "how long at most", item.start, item.end)


def _is_fast(sentence: Sentence, at: int) -> bool:
    """Whether a limit is said in no number: ``quickly``, ``mustn't take too long``."""
    item = sentence.items[at]
    if item.has("take") and _lasts_too_long(sentence, at):
        return True
    is_denied = any(word in item.text for word in ("fast", "quick", "prompt")) and not item.text.startswith("not")
    if is_denied and sentence.left(at, "neg", reach=4) is not None:
        return False  # it doesn't need to be fast
    return item.has("fast", "fast_told") and _is_about_time(sentence, at)


def _limit(sentence: Sentence, at: int, item: Item) -> Said | Unclear:
    sentence.used.add(at)
    value = item.value or 0.0
    if item.has("bare_m"):
        value = value / 2**20 * MS["min"]
    if value <= 0:
        return Unclear("max_duration_ms", "out_of_range", "a duration above zero", item.start, item.end)
    if item.is_vague or sentence.is_range(at):
        return Unclear("max_duration_ms", "ambiguous", "one exact duration", item.start, item.end)
    return Said("max_duration_ms", round(value), item.start, item.end, is_denied_before(sentence, at))


def _is_limit(sentence: Sentence, at: int) -> bool:
    """Whether a duration bounds the run, rather than tells how long one took, how old data is or how often it runs."""
    item = sentence.items[at]
    every = sentence.left(at, "every", reach=2)
    is_per_run = every is not None and sentence.items[every + 1].has("run")
    if every is not None and not is_per_run and not _is_bounded(sentence, at):
        return False
    following, before = sentence.get(at + 1), sentence.get(at - 1)
    if following and following.has("input") and following.text.startswith("of "):
        return False  # three hours of logs
    if _is_cut_after(sentence, at) or (
        following and following.has("each", "every") and _is_of_each_run(sentence, at, following)
    ):
        return True
    if following and following.has("every", "lookback") and not following.has("max", "may", "take", "finish"):
        return False
    if (before and before.has("lookback") and not before.has("take")) or sentence.left(at, "min", reach=1) is not None:
        return False
    if _corrects(sentence, at):
        return True
    lower = sentence.range_start(at) or at
    if (after := sentence.left(lower, "later_than", "clock_cue", reach=2)) is not None and (
        _is_cut_short(sentence, at)
        or sentence.left(after, "finish", "cut", "max", reach=3) is not None
        or sentence.left(after, "cut", reach=7) is not None
    ):
        return not sentence.clause_has(at, "past")  # hard stop after 10 minutes
    if sentence.clause_has(at, "target") and not sentence.clause_has(at, "past") and len(_durations(sentence)) > 1:
        return item.unit in ("s", "min", "h", "d")  # it takes two hours; one is the goal
    if before and before.has("in") and sentence.left(at - 1, "by", "deadline", "finish", reach=1) is not None:
        return not sentence.clause_has(at, "past")  # the deadline is in two hours
    if before and before.text.split(" ")[-1] == "at" and sentence.left(at, "max", "cut", reach=5) is not None:
        return True  # cap the run at four hours
    if (most := sentence.left(lower, "max", reach=3)) is not None and any(
        item.has("take") for item in sentence.items[most + 1 : lower]
    ):
        return True  # 最多运行三小时
    if _is_until_after_start(sentence, at):
        return True
    if (sentence.left(at, "max", reach=1) is None and _is_lookback(sentence, at)) or _is_rate(sentence, at, item):
        return False
    if sentence.clause_has(at, "is_ok") and sentence.clause_has(at, "take") and is_said_earlier(sentence, at):
        return True
    if item.has("bare_m") and not sentence.clause_has(at, "deadline", "within", "take", "finish"):
        role = sentence.pull(at, {"data": ("input", "output", "grow"), "time": _LIMITS})
        return role is None or role[0] == "time"
    if item.unit in ("ms", "s", "min", "h", "d") and (_is_granted(sentence, at) or _is_per_run(sentence, at)):
        return True
    if sentence.clause_has(at, *_MONTHS) and not _is_bounded(sentence, at):
        return False  # in April it needed three hours
    obliged = sentence.clause_has(at, "may", "within", "deadline") or _is_bounded(sentence, at)
    if sentence.left(at, "le", reach=1) is not None and sentence.clause_has(at, "deadline"):
        return True  # p99 runtime < 20m
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
    for place in {at, lower}:
        role = sentence.pull(place, {"limit": _LIMITS, "other": ("output", "start", "grow")})
        if role and role[0] == "limit" and (role[1] <= 5 or obliged):
            return True
    if sentence.clause_has(at, "may") and sentence.clause_has(at, "take", "in", "finish"):
        return True
    if sentence.clause_has(at, "finish") and sentence.left(lower, "in", reach=2) is not None:
        return True
    return _stands_alone(sentence, at)


def _durations(sentence: Sentence) -> list[Item]:
    return [item for item in sentence.items if item.has("duration")]


def _is_granted(sentence: Sentence, at: int) -> bool:
    """``It has two hours``, ``we have 2 TB and an hour``, ``vier Stunden Zeit``, ``three hours are fine``."""
    following, before = sentence.get(at + 1), sentence.get(at - 1)
    if before and (before.text in spelled("has") or before.has("have")) and not sentence.clause_has(at, "past"):
        return sentence.items[at].unit != "d" and (following is None or following.text not in _OF)
    if before and before.has("grant") and not sentence.clause_has(at, "past", "lookback", "input"):
        return True
    if following and (following.text in spelled("time_granted") or following.has("is_ok")):
        return not sentence.clause_has(at, "fail", "lookback")
    have = sentence.left(at, "have", reach=8)
    return (
        have is not None
        and sentence.items[at].unit != "d"
        and bool(sentence.left(at, "and", "approx", reach=2))
        and (following is None or following.has("stop", "comma", "and", "but"))
        and not sentence.clause_has(at, "past", "fail", "lookback", "grow")
    )


_OF = spelled("of")


def _is_per_run(sentence: Sentence, at: int) -> bool:
    """``3 days per run``."""
    per, run = sentence.get(at + 1), sentence.get(at + 2)
    return bool(per and run and per.has("per") and run.has("run")) and not sentence.clause_has(at, "past", "fail")


def _is_cut_after(sentence: Sentence, at: int) -> bool:
    """``An hour and fifteen minutes, and not a second longer``: a bound that is a clause of its own."""
    for place in range(at + 1, min(len(sentence.items), at + 5)):
        item = sentence.items[place]
        if item.has("max"):
            after = sentence.get(place + 1)
            return sentence.left(place, "comma", "and", reach=2, over_breaks=True) is not None and (
                after is None or after.has("stop", "comma")
            )
        if item.has("stop"):
            break
    mark, after = sentence.get(at + 1), sentence.get(at + 2)
    return bool(mark and mark.has("stop", "comma") and after and after.text in ("longer", "länger", "langer"))


def _is_cut_short(sentence: Sentence, at: int) -> bool:
    """``After two hours kill it``, ``nach zwei Stunden abbrechen``."""
    return sentence.right(at, "cut", reach=4) is not None or (
        (mark := sentence.get(at + 1)) is not None
        and mark.has("comma")
        and sentence.right(at + 1, "cut", reach=2) is not None
    )


def _is_of_each_run(sentence: Sentence, at: int, each: Item) -> bool:
    """``Every hour, no more than ten minutes each``, ``within an hour each time``."""
    end = sentence.get(at + 2)
    if end is not None and end.text in spelled("occasion"):
        return _is_bounded(sentence, at) or sentence.clause_has(at, "may", "finish")
    if not each.has("each"):
        return False
    if end is not None and not end.has("stop", "comma", "max", "and", "run"):
        return False
    return _is_bounded(sentence, at) or (end is not None and end.has("max"))


def _is_until_after_start(sentence: Sentence, at: int) -> bool:
    """``Finished two hours after it begins``."""
    following = sentence.get(at + 1)
    return (
        following is not None
        and following.has("later_than")
        and sentence.right(at, "start", reach=4) is not None
        and sentence.clause_has(at, "finish", "by", "deadline")
    )


def _corrects(sentence: Sentence, at: int) -> bool:
    """Whether it takes the place of a limit said before: ``sorry, three hours``."""
    mark = sentence.left(at, "correct", reach=8, over_breaks=True)
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
        counted = sentence.get(at - 2)
        if before.has("run") and counted is not None and counted.has("number"):
            return True  # ten runs a day
        return before.text in spelled("once") or before.has(
            "bytes", "money", "percent", "number", "fold.2", "fold.3", "times", "twice", "thrice"
        )
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
        and not (place == at - 1 and sentence.items[place].text in ("a", "an"))  # a hundred minutes
        and not sentence.items[place].has("comma", "stop", "approx", "sla", "between", "arrow", "correct")
    ]
    return not others and len(sentence.items) > 1 and sentence.items[at].unit in ("ms", "s", "min", "h")


_MEASURED = ("number", "duration", "clock_time", "mem", "cost", "gpu", "input", "past", "fail", "percent", "bytes")


def _lasts_too_long(sentence: Sentence, at: int) -> bool:
    """``It mustn't take too much time``, ``que no tarde mucho``: a limit without a number."""
    if sentence.clause_has(at, *_MEASURED) or sentence.left(at, "neg", reach=3) is None:
        return False
    return sentence.right(at, "amount.much", "vague", reach=2) is not None


def _is_about_time(sentence: Sentence, at: int) -> bool:
    return (
        sentence.items[at].has("fast_told") or sentence.clause_has(at, "finish", "take", "may", "within")
    ) and not sentence.clause_has(at, "grow", "vague_growth_only", "priority.high")
