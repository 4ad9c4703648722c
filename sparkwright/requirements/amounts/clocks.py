"""Times of day: ``6 am``, ``half past six in the evening``, ``halb sieben``, ``18h30``, ``noon``."""

from collections.abc import Sequence
from dataclasses import replace

from sparkwright.requirements.amounts.day_parts import DAY_MINUTES, as_time, at_place, part_at, with_part
from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.items import Item
from sparkwright.requirements.lexicon import language
from sparkwright.requirements.text.spelled import spelled

_ALSO_UP_TO = spelled("also_up_to")


def join_clocks(items: Sequence[Item], code: str) -> list[Item]:
    """The items with every time of day as one item.

    Its concept is ``clock_time``, its value the minutes after midnight; ``is_vague`` where half of the day is missing,
    a value outside the day where no such time exists.
    """
    joined: list[Item] = []
    at = 0
    while at < len(items):
        found = _clock(items, at, code, joined)
        if found is None:
            joined.append(items[at])
            at += 1
        else:
            item, taken = found
            joined.append(item)
            at += taken
    return joined


def _clock(items: Sequence[Item], at: int, code: str, before: Sequence[Item]) -> tuple[Item, int] | None:
    item = items[at]
    cued = bool(before) and before[-1].has("by", "at", "start", "oclock_before", "after", "clock_cue")
    cued = cued or (len(before) > 1 and before[-1].has("approx", "article", "oclock") and before[-2].has("by", "at"))
    if cued and len(before) > 1 and before[-1].has("approx") and before[-2].has("of_total", "max", "input", "risk"):
        cued = False  # a failure rate of around 5
    cued = cued or (len(before) > 1 and before[-1].text == ":" and before[-2].has("by"))  # deadline: 6
    cued = cued or _is_latest(items, at) or _is_finish_alone(items, at, before)
    is_never_after = bool(before) and before[-1].has("later_than") and any(one.has("neg") for one in before[-6:])
    cued = cued or is_never_after
    listed = len(before) > 1 and before[-1].has("and", "comma", "through", "or") and before[-2].has("clock_time")
    if item.has("noon", "midnight") and not item.has("time.h"):
        minutes = 12 * 60 if item.has("noon") else 0
        if (half := at_place(items, at + 1)) and half.has("and_half", "and_half_after"):  # minuit et demi
            return as_time(item, half, minutes + 30), 2
        if half and (half.has("and_quarter") or half.of("and_part") == "0.25"):  # midi et quart
            return as_time(item, half, minutes + 15), 2
        return replace(item, concepts=frozenset({"clock_time"}), value=float(minutes)), 1
    if (
        item.has("number")
        and item.value == 12
        and (following := at_place(items, at + 1))
        and following.has("noon", "midnight")
    ):
        minutes = 12 * 60 if following.has("noon") else 0
        return as_time(item, following, minutes), 2
    if item.has("clock"):
        hour, minute, *_ = (int(part) for part in item.text.replace(".", ":").split(":"))
        if (hours := at_place(items, at + 1)) and hours.of("time") == "h" and not hours.has("oclock"):
            return as_time(item, hours, (hour % 24 if hour <= 24 else hour) * 60 + minute), 2
        return with_part(items, at, 1, hour, minute, before, is_exact=True)
    if (hour_name := item.of("hour")) and (cued or listed):
        return with_part(items, at, 1, int(hour_name), 0, before, is_exact=False)
    for concept, minutes in (("half_past", 30), ("quarter_past", 15), ("half_to", -30), ("quarter_to", -15)):
        following = at_place(items, at + 1)
        if item.has(concept) and following and following.has("noon", "midnight"):
            whole = 12 * 60 if following.has("noon") else 0
            return as_time(item, following, (whole + minutes) % DAY_MINUTES), 2
        told = _hour(following) if following else None
        if item.has(concept) and told is not None:
            return with_part(items, at, 2, *_shifted(told, minutes), before, is_exact=False)
    spoken_hour = at_place(items, at + 1)
    if code == "en" and cued and item.has("half") and spoken_hour and spoken_hour.has("number"):
        told = _hour(spoken_hour)  # half ten is half past ten
        return None if told is None else with_part(items, at, 2, told, 30, before, is_exact=False)
    if item.has("duration") and item.other is not None and (cued or listed):
        return _hours_as_clock(items, at, code, before)
    if not item.has("number") or item.value is None or not float(item.value).is_integer() or item.value < 0:
        return None
    return _number_as_clock(items, at, before, is_cued=cued or listed)


def _is_latest(items: Sequence[Item], at: int) -> bool:
    """``Six at the latest``, ``sabah 6'ya kadar``."""
    following, after = at_place(items, at + 1), at_place(items, at + 2)
    if following is None or following.has("latest"):
        return following is not None
    return following.has("light") and after is not None and after.has("latest")


def _is_finish_alone(items: Sequence[Item], at: int, before: Sequence[Item]) -> bool:
    """``Finish time 6``, ``latest finish: 6``: a number that is all that is said of the finish."""
    following = at_place(items, at + 1)
    if not items[at].is_digits or (following is not None and not following.has("stop", "comma")):
        return False
    cue = before[-2] if len(before) > 1 and before[-1].text in (":", "=") else before[-1] if before else None
    return cue is not None and cue.has("finish") and not cue.has("output", "through")


def _hour(item: Item) -> int | None:
    if name := item.of("hour"):
        return int(name)
    if item.value is None or not item.has("number") or not 0 <= item.value <= 24:
        return None
    return int(item.value)


def _shifted(hour: int, minutes: int) -> tuple[int, int]:
    if minutes >= 0:
        return hour, minutes
    return (hour - 1) or 12, 60 + minutes


def _number_as_clock(
    items: Sequence[Item], at: int, before: Sequence[Item], *, is_cued: bool
) -> tuple[Item, int] | None:
    item = items[at]
    value = int(item.value or 0)
    following, after = at_place(items, at + 1), at_place(items, at + 2)
    if following and following.has("oclock") and not following.has("time.h"):
        minute, taken = 0, 2
        if (
            after
            and after.has("number")
            and after.is_digits
            and (after.value or 0) < 60
            and not _is_counted(items, at + 2)
        ):
            minute, taken = int(after.value or 0), 3
        elif after and after.has("duration") and after.unit == "min" and (after.value or 0) < MS["h"]:
            minute, taken = round((after.value or 0) / MS["min"]), 3  # 3시 30분
        elif after and after.has("half_after", "and_half_after", "half"):
            minute, taken = 30, 3
        return with_part(items, at, taken, value, minute, before, is_exact=not _has_halves(following))
    if following and following.has("am", "pm"):
        return with_part(items, at, 1, value, 0, before, is_exact=False)
    if following and after and following.has("past_hour", "to_hour") and after.has("noon", "midnight"):
        whole = 12 * 60 if after.has("noon") else 0
        minutes = (whole + (value if following.has("past_hour") else -value)) % DAY_MINUTES
        return as_time(item, after, minutes), 3
    if following and after and following.has("past_hour", "to_hour") and is_cued and (hour := _hour(after)):
        minutes = value if following.has("past_hour") else -value
        return with_part(items, at, 3, *_shifted(hour, minutes), before, is_exact=False)
    is_year = 2023 <= value < 2030 and item.is_digits  # by 2027
    is_year = is_year or (2000 <= value < 2060 and bool(before) and before[-1].has("through"))  # till 2027
    if (
        item.is_digits
        and len(item.text) == 4
        and is_cued
        and not is_year
        and value % 100 < 60
        and not _is_counted(items, at)
    ):
        taken = 2 if following and (following.has("oclock") or following.of("time") == "h") else 1
        return with_part(items, at, taken, value // 100, value % 100, before, is_exact=True)
    is_military = item.is_digits and len(item.text) == 4 and value % 100 < 60 and value < 2400
    is_after_days = bool(before) and (before[-1].of("preset") or before[-1].of("weekday") or before[-1].has("weekdays"))
    if is_military and not _is_counted(items, at) and (item.text[0] == "0" or is_after_days):
        return with_part(items, at, 1, value // 100, value % 100, before, is_exact=True)  # daily 0200
    part = part_at(items, at + 1)
    if part and value <= 24 and (is_cued or following is part):
        return with_part(items, at, 1, value, 0, before, is_exact=False)
    if not is_cued or value > 30 or item.has("ordinal_number"):
        return None
    if following and following.has("half_after", "quarter_after", "quarter_before"):
        minutes = 30 if following.has("half_after") else 15 if following.has("quarter_after") else -15
        return with_part(items, at, 2, *_shifted(value, minutes), before, is_exact=False)
    spoken = following.value if following and following.has("number") and not following.is_digits else None
    if spoken in range(5, 60, 5) and not item.is_digits and not _is_counted(items, at + 1):  # six thirty
        return with_part(items, at, 2, value, int(spoken or 0), before, is_exact=False)
    if _is_counted(items, at):
        return None
    is_exact = value > 12 or (bool(before) and before[-1].has("oclock_before"))  # le ore 7
    return with_part(items, at, 1, value, 0, before, is_exact=is_exact)


def _has_halves(item: Item) -> bool:
    """Whether hours are said from one to twelve with this word: ``six o'clock``."""
    return item.text in ("o clock", "oclock", "点", "点钟")


def _is_counted(items: Sequence[Item], at: int) -> bool:
    """Whether a number counts something: an unknown word follows it, or a unit."""
    following = at_place(items, at + 1)
    if following is None or following.has("stop", "comma"):
        return False
    after = at_place(items, at + 2)
    if following.text in _BRACKETS:
        return False
    if following.has("or", "to", "through") and after and after.has("percent", "bytes", "duration", "money"):
        return True
    if following.value is not None or following.has(
        "other_people", "group", "percent", "permille", "gpu", "gpu_model", "run", "times", "x", "fold"
    ):
        return True
    if following.of("time") or following.of("size") or following.of("cur") or following.text in ("/", "x", "-", ":"):
        return True
    return not following.concepts and following.text not in _LIGHT


_BRACKETS = ("(", ")", "&", "*", "@")
_LIGHT = spelled("light_after_hour")


def _hours_as_clock(items: Sequence[Item], at: int, code: str, before: Sequence[Item]) -> tuple[Item, int] | None:
    cue = before[-1]
    if cue.text == "a" and len(before) > 1 and before[-2].value is not None:
        return None  # de 2 à 3 heures
    if code == "en" and items[at].is_digits and (items[at].other or 0) > 12 * 60 and items[at].text.endswith(" h"):
        return with_part(items, at, 1, *divmod(items[at].other or 0, 60), before, is_exact=True)  # by 18h
    is_up_to = cue.text in _ALSO_UP_TO and not cue.has("start") and part_at(items, at + 1) is None
    if code in ("en", "it") or is_up_to:
        return None
    if at_place(items, at + 1) and items[at + 1].has("within", "max"):
        return None
    hour, minute = divmod(items[at].other or 0, 60)
    if (after := at_place(items, at + 1)) and after.has("quarter_before"):  # sept heures moins le quart
        return with_part(items, at, 2, hour - 1, 45, before, is_exact=language(code).is_24_hours)
    return with_part(items, at, 1, hour, minute, before, is_exact=language(code).is_24_hours)
