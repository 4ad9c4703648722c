"""Which days a schedule names: of the week and of the month."""

from sparkwright.requirements.amounts.durations import MS
from sparkwright.requirements.fields.cron import ScheduleFound
from sparkwright.requirements.items import Item
from sparkwright.requirements.lexicon import UNSPACED
from sparkwright.requirements.sentence import Sentence
from sparkwright.requirements.text.spelled import spelled


def is_denied(sentence: Sentence, at: int) -> bool:
    """Whether a period or a day is said not to be meant."""
    before = sentence.get(at - 1)
    far = sentence.left(at, "neg", reach=4)
    if far is not None and sentence.items[far].text in spelled("neither"):
        return True  # nor is it a nightly job
    return before is not None and before.has("neg", "instead") and not before.has("max")


def find_days(sentence: Sentence, found: ScheduleFound) -> None:
    """Add the days that a text names to what was found of its schedule."""
    days: list[tuple[int, int]] = []
    for at, item in sentence:
        if at in sentence.used:
            continue
        before = sentence.get(at - 1)
        except_for = sentence.left(at, "except", reach=3) is not None
        except_for = except_for or (before is not None and before.text == "but")  # every day but Sunday
        if except_for and (item.has("weekend") or item.of("weekday")):
            found.weekdays |= {0, 1, 2, 3, 4, 5, 6}
            found.left_out |= {0, 6} if item.has("weekend") else {int(item.of("weekday") or 0)}
            found.see(item)
        elif item.has("weekdays") and not is_denied(sentence, at):
            found.weekdays |= {1, 2, 3, 4, 5}
            found.see(item)
        elif (
            item.has("weekend")
            and not is_denied(sentence, at)
            and sentence.left(at, "instead", "neg", reach=2) is None
            and (_is_recurring(sentence, at) or not (days or found.is_periodic))
        ):
            found.weekdays |= {0, 6}
            found.see(item)
        elif sentence.left(at, "by", reach=1) is not None and sentence.left(at, "through", reach=1) is None:
            continue  # done by Friday
        elif item.of("weekday") and _is_nth_of_month(sentence, at):
            found.problem = "a schedule that cron can say: the n-th weekday of a month is none"
            found.see(item)
        elif item.of("weekday") and before is not None and _is_every_other(sentence, at, before):
            found.problem = "a schedule that cron can say: every other weekday is none"
            found.see(item)
        elif item.of("weekday") and _is_told(sentence, at):
            continue  # it died on Tuesday
        elif item.of("weekday") and not _is_recurring(sentence, at):
            continue  # we met on Tuesday
        elif (name := item.of("weekday")) and (item.text not in _SHORT_DAYS or _is_listed(sentence, at)):
            days.append((at, int(name)))
            found.see(item)
    told = {sentence.clause(at).start: set[int]() for at, _ in days if sentence.clause_has(at, "reported")}
    for at, day in days:
        if sentence.clause(at).start in told:
            told[sentence.clause(at).start].add(day)
    found.is_disputed = len({frozenset(one) for one in told.values()}) > 1  # one paper says Monday, one Thursday
    for index, (at, day) in enumerate(days):
        if index and _is_span(sentence, days[index - 1][0], at):
            first = days[index - 1][1]
            found.weekdays |= {(first + step) % 7 for step in range((day - first) % 7 + 1)}
        found.weekdays.add(day)
    _find_days_of_month(sentence, found)


_SHORT_DAYS = spelled("short_days")


def _is_every_other(sentence: Sentence, at: int, before: Item) -> bool:
    """``Every second Thursday``, ``alternate Mondays``."""
    if before.text in spelled("alternate"):
        return True
    is_second = before.has("other", "ordinal_number") or before.of("ordinal") is not None
    return is_second and sentence.left(at, "every", reach=2) is not None


def _is_told(sentence: Sentence, at: int) -> bool:
    """Whether a day is told of, since the clause tells of something that happened."""
    before = sentence.get(at - 1)
    if before is not None and before.has("lookback") and before.text in _LAST:
        return not _is_nth_of_month(sentence, at)  # last Friday it died
    happened = any(sentence.items[place].text in _HAPPENED for place in sentence.clause(at) if place < at)
    return happened and not sentence.clause_has(at, "every", "may", "preset.daily")


def _is_recurring(sentence: Sentence, at: int) -> bool:
    """Whether a day is one of a schedule, rather than of something else that the text tells of."""
    item, clause = sentence.items[at], sentence.clause(at)
    if any((near := sentence.get(place)) is not None and near.has("met") for place in (at + 1, at + 2)):
        return False  # Monday's meeting
    if item.has("plural_day") or sentence.clause_has(at, "every", "start", "take", "cron_word", *_PRESETS):
        is_cued = item.has("plural_day") and not sentence.clause_has(at, "met")  # the shop is closed on Sundays
        is_cued = is_cued or sentence.clause_has(at, "every", "start", "take")
        return is_cued or not any(_tells_of_else(sentence.items[place]) for place in clause)
    if any(_tells_of_else(sentence.items[place]) for place in clause):
        return False
    listed = [place for place in clause if sentence.items[place].of("weekday") or sentence.items[place].has("weekend")]
    others = [place for place in clause if not sentence.items[place].concepts]
    return len(others) <= (4 if len(listed) > 1 else 2) or sentence.right(at, "clock_time", reach=5) is not None


def _tells_of_else(item: Item) -> bool:
    return item.has("past", "met") or (item.has("finish") and not item.has("through"))


_PRESETS = ("preset.daily", "preset.weekly", "preset.monthly", "preset.hourly", "times", "step2", "except", "weekdays")
_HAPPENED = spelled("happened")


def _is_listed(sentence: Sentence, at: int) -> bool:
    """Whether a short name of a day (``mo``, ``so``) stands beside another day."""
    near = [sentence.get(place) for place in (at - 2, at - 1, at + 1, at + 2)]
    if any(item is not None and item.of("weekday") is not None for item in near):
        return True
    before, after = sentence.get(at - 1), sentence.get(at + 1)
    return bool((before and before.has("every")) or (after and after.has("at", "clock_time")))


def _is_nth_of_month(sentence: Sentence, at: int) -> bool:
    """``The first Monday of the month``."""
    before = sentence.get(at - 1)
    is_last = before is not None and before.text in _LAST
    return (
        bool(before and (is_last or before.of("ordinal")))
        and sentence.right(at, "day_of_month", "time.mo", reach=3) is not None
    )


_LAST = spelled("last")


def _is_span(sentence: Sentence, one: int, other: int) -> bool:
    """``Monday to Friday``, ``Mon-Fri``."""
    between = [sentence.items[place] for place in range(one + 1, other)]
    if not between:
        return sentence.items[other].start - sentence.items[one].end <= 1
    return len(between) <= 2 and any(item.has("through") and not item.has("and") for item in between)


def _find_days_of_month(sentence: Sentence, found: ScheduleFound) -> None:
    is_monthly = any(item.has("preset.monthly") for item in sentence.items)
    for at, item in sentence:
        if at in sentence.used:
            continue
        if item.has("last_day") and (is_monthly or sentence.clause_has(at, "start", "every", "take", "clock_time")):
            found.problem = "a schedule that cron can say: the last day of a month is none"
            found.see(item)
        monthly = sentence.get(at - 1)
        if (
            sentence.code in UNSPACED
            and item.has("duration")
            and item.unit == "d"
            and monthly
            and monthly.has("preset.monthly")
        ):
            found.days_of_month.add(round((item.value or 0) / MS["d"]))
            found.see(item)
            sentence.used.add(at)
            continue
        if day := item.of("monthday"):
            found.days_of_month.add(int(day))
            found.see(item)
            continue
        named = item.of("ordinal")
        number = int(named) if named else int(item.value or 0) if item.has("ordinal_number", "number") else 0
        if not 1 <= number <= 31 or (item.has("number") and item.has("article")):
            continue
        month = next(
            (place for place in range(at - 2, at + 4) if (near := sentence.get(place)) and near.of("month")), None
        )
        if (
            month is not None
            and (named or item.has("ordinal_number", "number"))
            and (sentence.clause_has(at, "every", "preset.yearly") or "yearly" in found.presets)
        ):
            found.month = int(sentence.items[month].of("month") or 1)
            found.days_of_month.add(number)
            found.see(item, sentence.items[month])
            continue
        if item.has("ordinal_number") and _is_of_a_row(sentence, at):
            found.days_of_month.add(number)
            found.see(item)
            continue
        is_number = item.has("number") and not named
        cue = _month_cue(sentence, at, is_number=is_number)
        if cue is not None and at not in sentence.used:
            found.days_of_month.add(number)
            found.see(item, sentence.items[cue])
            if sentence.items[cue].of("preset") is None:
                sentence.used.add(cue)


def _is_of_a_row(sentence: Sentence, at: int) -> bool:
    """``The 1st and the 15th``: two days say that a month is meant."""
    if sentence.clause_has(at, "fail", "percent", *(f"month.{month}" for month in range(1, 13))):
        return False
    near = [sentence.get(place) for place in (at - 3, at - 2, at + 2, at + 3)]
    joint = (sentence.left(at, "and", "comma", reach=2, over_breaks=True), sentence.right(at, "and", reach=2))
    return any(item is not None and item.has("ordinal_number") for item in near) and any(
        one is not None for one in joint
    )


def _month_cue(sentence: Sentence, at: int, *, is_number: bool) -> int | None:
    """The place that says that a number is a day of the month."""
    for place in range(at + 1, min(len(sentence.items), at + (6 if not is_number else 3))):
        item = sentence.items[place]
        if item.has("day_of_month"):
            return place
        if item.has("stop") and item.text == "." and place == at + 1:
            continue  # "am 1. jedes Monats"
        if item.has("stop", "comma", "number", "duration", "clock_time"):
            break
        if item.has("preset.monthly") and not is_number:
            return place
        if item.has("time.mo") and not is_number:
            return place
    if is_number:
        before = sentence.get(at - 1)
        monthly = sentence.left(at, "preset.monthly", reach=4)
        day = sentence.left(at, "time.d", reach=2)
        return (
            monthly
            if monthly is not None and (day is not None or bool(before and before.text in ("am", "den")))
            else None
        )
    return sentence.left(at, "preset.monthly", reach=4, over_breaks=True)
