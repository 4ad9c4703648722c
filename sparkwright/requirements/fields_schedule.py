"""How often a run comes, as cron has it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sparkwright.requirements.clocks import DAY_MINUTES
from sparkwright.requirements.fields_time import is_finish
from sparkwright.requirements.items import Item
from sparkwright.requirements.quantities import MS
from sparkwright.requirements.sentence import Said, Sentence, Unclear

_RANK = ("hourly", "daily", "weekly", "monthly", "yearly")


@dataclass
class _Found:
    """What of a schedule a text says."""

    start: int = -1
    end: int = -1
    presets: list[str] = field(default_factory=list)
    weekdays: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)
    days_of_month: set[int] = field(default_factory=set)
    month: int | None = None
    steps: list[tuple[float, str]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    vague_times: list[Item] = field(default_factory=list)
    problem: str = ""

    def see(self, first: Item, last: Item | None = None) -> None:
        """Let the span reach over an item."""
        self.start = first.start if self.start < 0 else min(self.start, first.start)
        self.end = max(self.end, (last or first).end)

    @property
    def is_periodic(self) -> bool:
        return bool(self.presets or self.weekdays or self.days_of_month or self.steps)


def read_schedules(sentence: Sentence) -> Iterator[Said | Unclear]:
    """What is said of how often and when the run comes. Reads after costs, growth and deadlines took their words."""
    for _, item in sentence:
        if item.has("cron"):
            yield Said("schedule", item.text.rstrip(",-"), item.start, item.end)
            return
    found = _find(sentence)
    if not found.is_periodic and not found.times and not found.vague_times and not found.problem:
        return
    yield from _conclude(found)


def _find(sentence: Sentence) -> _Found:
    """What is said; after a ``sorry, I mean`` only what follows it, where that says a schedule."""
    marks = [at for at, item in sentence if item.has("correct")]
    whole: _Found | None = None
    for low in (*reversed(marks), 0):
        part = Sentence(sentence.items, sentence.code, set(sentence.used) | set(range(low)))
        found = _Found()
        _find_presets(part, found)
        _find_days(part, found)
        _find_steps(part, found)
        _find_times(part, found)
        whole = found
        if found.is_periodic:
            break
    return whole or _Found()


def _find_presets(sentence: Sentence, found: _Found) -> None:
    for at, item in sentence:
        preset = item.of("preset")
        if preset is None or at in sentence.used or _is_denied(sentence, at):
            continue
        if preset == "once" and sentence.clause_has(at, "fail"):
            continue  # one time in eight
        if preset in ("biweekly",):
            found.problem = "a schedule that cron can say: every two weeks is none"
            found.see(item)
            continue
        if _is_of_something_else(sentence, at):
            continue
        found.presets.append(preset)
        found.see(item)
    for at, item in sentence:
        count = 2.0 if item.has("twice") else 3.0 if item.has("thrice") else None
        last = at
        if (
            count is None
            and item.has("number")
            and (times := sentence.get(at + 1))
            and times.has("times")
            and not times.has("fold.2")
        ):
            count, last = item.value, at + 1
        if count is None or sentence.clause_has(at, "grow", "fail", "input"):
            continue
        unit = _unit_after(sentence, last)
        if unit:
            found.see(item, sentence.items[unit[1]])
            if unit[0] == "d" and 24 % count == 0:
                found.steps.append((24 / count, "h"))
            elif unit[0] == "h" and 60 % count == 0:
                found.steps.append((60 / count, "min"))
            else:
                found.problem = "on which days and at which times"
            sentence.used.update((at, unit[1]))


def _unit_after(sentence: Sentence, at: int) -> tuple[str, int] | None:
    for place in (at + 1, at + 2):
        item = sentence.get(place)
        if item is None:
            return None
        if item.has("duration") and item.value == MS.get(item.unit):
            return item.unit, place
        if unit := item.of("time"):
            return unit, place
        if (preset := item.of("preset")) in ("daily", "hourly", "weekly", "monthly"):
            return {"daily": "d", "hourly": "h", "weekly": "w", "monthly": "mo"}[preset or ""], place
    return None


def _is_denied(sentence: Sentence, at: int) -> bool:
    before = sentence.get(at - 1)
    return before is not None and before.has("neg", "instead") and not before.has("max")


def _is_of_something_else(sentence: Sentence, at: int) -> bool:
    """Whether a period is one of money or of growth whose number was not said."""
    following, before = sentence.get(at + 1), sentence.get(at - 1)
    if following and following.has("cost", "grow", "shrink") and not following.has("take", "run"):
        return True
    return bool(before and before.has("cost", "shrink") and not before.has("may"))


def _find_days(sentence: Sentence, found: _Found) -> None:
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
        elif item.has("weekdays") and not _is_denied(sentence, at):
            found.weekdays |= {1, 2, 3, 4, 5}
            found.see(item)
        elif (
            item.has("weekend")
            and not _is_denied(sentence, at)
            and sentence.left(at, "instead", "neg", reach=2) is None
        ):
            found.weekdays |= {0, 6}
            found.see(item)
        elif (name := item.of("weekday")) and (item.text not in _SHORT_DAYS or _is_listed(sentence, at)):
            days.append((at, int(name)))
            found.see(item)
    for index, (at, day) in enumerate(days):
        if index and _is_span(sentence, days[index - 1][0], at):
            first = days[index - 1][1]
            found.weekdays |= {(first + step) % 7 for step in range((day - first) % 7 + 1)}
        found.weekdays.add(day)
    _find_days_of_month(sentence, found)


_SHORT_DAYS = frozenset(["sat", "sun", "mon", "wed", "so", "mo", "mi", "di", "do", "fr", "sa"])


def _is_listed(sentence: Sentence, at: int) -> bool:
    """Whether a short name of a day (``mo``, ``so``) stands beside another day."""
    near = [sentence.get(place) for place in (at - 2, at - 1, at + 1, at + 2)]
    if any(item is not None and item.of("weekday") is not None for item in near):
        return True
    before, after = sentence.get(at - 1), sentence.get(at + 1)
    return bool((before and before.has("every")) or (after and after.has("at", "clock_time")))


def _is_span(sentence: Sentence, one: int, other: int) -> bool:
    """``Monday to Friday``, ``Mon-Fri``."""
    between = [sentence.items[place] for place in range(one + 1, other)]
    if not between:
        return sentence.items[other].start - sentence.items[one].end <= 1
    return len(between) <= 2 and any(item.has("through") and not item.has("and") for item in between)


def _find_days_of_month(sentence: Sentence, found: _Found) -> None:
    for at, item in sentence:
        if at in sentence.used:
            continue
        if item.has("last_day") and sentence.clause_has(at, "start", "every", "preset.monthly", "take"):
            found.problem = "a schedule that cron can say: the last day of a month is none"
            found.see(item)
        monthly = sentence.get(at - 1)
        if (
            sentence.code in ("zh", "ja")
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
            and sentence.clause_has(at, "every", "preset.yearly")
        ):
            found.month = int(sentence.items[month].of("month") or 1)
            found.days_of_month.add(number)
            found.see(item, sentence.items[month])
            continue
        is_number = item.has("number") and not named
        cue = _month_cue(sentence, at, is_number=is_number)
        if cue is not None and at not in sentence.used:
            found.days_of_month.add(number)
            found.see(item, sentence.items[cue])
            if sentence.items[cue].of("preset") is None:
                sentence.used.add(cue)


def _month_cue(sentence: Sentence, at: int, *, is_number: bool) -> int | None:
    """The place that says that a number is a day of the month."""
    for place in range(at + 1, min(len(sentence.items), at + (4 if not is_number else 3))):
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
    return sentence.left(at, "preset.monthly", reach=4)


def _find_steps(sentence: Sentence, found: _Found) -> None:
    for at, item in sentence:
        if at in sentence.used or not item.has("duration", "bare_m") or not item.value:
            continue
        cue = sentence.left(at, "every", reach=2)
        following = sentence.get(at + 1)
        if cue is None and not (following and following.has("every") and not following.has("per")):
            continue
        if sentence.clause_has(at, "retry", "lookback") and sentence.left(at, "lookback", reach=4) is not None:
            continue
        if item.is_vague or sentence.is_range(at):
            found.problem = "one exact interval"
            found.see(item)
            continue
        unit = "min" if item.has("bare_m") else item.unit
        count = item.value / (2**20 if item.has("bare_m") else MS[unit])
        if count == 0.5 and unit == "h":
            count, unit = 30.0, "min"
        elif not float(count).is_integer():
            count, unit = round(item.value / MS["min"], 6), "min"
        found.steps.append((count, unit))
        found.see(item)
        sentence.used.add(at)
    for _, item in sentence:
        if item.has("quarter_hourly"):
            found.steps.append((15.0, "min"))
            found.see(item)
    for at, item in sentence:  # every other day, jeden zweiten Tag
        before = sentence.get(at - 1)
        if (
            item.of("time") in ("d", "h", "mo")
            and before
            and before.has("other", "ordinal.2")
            and sentence.left(at, "every", reach=2) is not None
        ):
            found.steps.append((2.0, item.of("time") or "d"))
            found.see(before, item)
        elif (
            item.of("time") == "min"
            and before
            and before.has("every")
            and not sentence.clause_has(at, "cost", "past", "fail")
        ):
            found.steps.append((1.0, "min"))
            found.see(before, item)


def _find_times(sentence: Sentence, found: _Found) -> None:
    for at, item in sentence:
        if not item.has("clock_time") or at in sentence.used or is_finish(sentence, at):
            continue
        if sentence.left(at, "after", reach=2) is not None or not _is_start(sentence, at, found):
            continue
        if item.is_vague:
            found.vague_times.append(item)
        else:
            found.times.append(round(item.value or 0))
        found.see(item)
        sentence.used.add(at)


def _is_start(sentence: Sentence, at: int, found: _Found) -> bool:
    listed = sentence.left(at, "clock_time", reach=2)
    if sentence.left(at, "at", "start", "by_start", reach=3) is not None or listed is not None:
        return found.is_periodic or sentence.clause_has(at, "start", "take") or listed is not None
    if found.is_periodic and all(
        place == at or not sentence.items[place].concepts - {"comma"} for place in sentence.clause(at)
    ):
        return True  # Thursdays, 9:40 pm
    return found.is_periodic and (
        sentence.clause_has(at, "preset.daily", "every", "start", "weekdays")
        or any(
            sentence.items[place].of("weekday") or sentence.items[place].of("preset") for place in sentence.clause(at)
        )
    )


def _conclude(found: _Found) -> Iterator[Said | Unclear]:
    start, end = max(found.start, 0), max(found.end, 0)
    presets = set(found.presets)
    if found.problem:
        yield Unclear("schedule", "ambiguous", found.problem, start, end)
    elif any(not 0 <= minutes < DAY_MINUTES for minutes in found.times):
        yield Unclear("schedule", "out_of_range", "times of day from 00:00 to 23:59", start, end)
    elif found.vague_times:
        yield Unclear("schedule", "ambiguous", "which half of the day", start, end)
    elif _excludes(found, presets):
        yield Unclear("schedule", "contradictory", "one schedule", start, end)
    else:
        cron = _cron(found, presets)
        if cron is None:
            yield Unclear("schedule", "ambiguous", "a schedule that cron can say", start, end)
        else:
            yield Said("schedule", cron, start, end)


def _excludes(found: _Found, presets: set[str]) -> bool:
    """Whether two periods were said that cannot both hold."""
    bases = presets - {"daily"} if (found.weekdays or found.days_of_month) else set(presets)
    if found.weekdays:
        bases -= {"weekly"}
    if found.days_of_month:
        bases -= {"monthly", "yearly"}
    if "once" in presets and (len(presets) > 1 or found.steps or found.weekdays):
        return True
    if len(set(found.steps)) > 1:
        return True
    if found.steps and bases - {"daily"}:
        return True
    return len(bases) > 1


def _cron(found: _Found, presets: set[str]) -> str | None:
    minutes = sorted({minutes % 60 for minutes in found.times})
    if len(minutes) > 1:
        return None
    minute = str(minutes[0]) if minutes else "0"
    hours = ",".join(str(hour) for hour in sorted({time // 60 for time in found.times})) or "0"
    days = _days(found.weekdays - found.left_out)
    dates = ",".join(map(str, sorted(found.days_of_month))) or "*"
    month = str(found.month or "*")
    if found.steps and not (found.steps[0][1] == "h" and len(found.times) == 24 / found.steps[0][0] > 1):
        return _step_cron(*found.steps[0], found.times, minute, hours, days)
    if dates != "*":
        return f"{minute} {hours} {dates} {month} *"
    if days != "*":
        hour = "*" if "hourly" in presets and not found.times else hours
        return f"{minute} {hour} * * {days}"
    base = next((preset for preset in (*_RANK, "quarterly", "once") if preset in presets), None)
    if base == "quarterly":
        return f"{minute} {hours} 1 */3 *"
    if not found.times:
        return f"@{base}" if base else None
    if base in (None, "daily"):
        return f"{minute} {hours} * * *"
    # Of a week or a month the day is missing.
    return "@once" if base == "once" else None


def _step_cron(count: float, unit: str, times: Sequence[int], minute: str, hours: str, days: str) -> str | None:
    if not float(count).is_integer():
        return None
    step = int(count)
    plain = {("h", 1): "@hourly", ("d", 1): "@daily", ("w", 1): "@weekly", ("mo", 1): "@monthly", ("y", 1): "@yearly"}
    if unit == "min" and step >= 60 and step % 60 == 0:
        unit, step = "h", step // 60
    if days == "*" and not times and (unit, step) in plain:
        return plain[unit, step]
    if unit == "min" and 60 % step == 0:
        return f"*/{step} * * * {days}" if step > 1 else f"* * * * {days}"
    if unit == "h" and step < 24:
        start = minute if times else "0"
        return f"{start} */{step} * * {days}" if step > 1 else f"{start} * * * {days}"
    if unit == "h" and step % 24 == 0:
        unit, step = "d", step // 24
    if unit == "d" and step <= 31:
        if step == 7:
            return None
        return f"{minute} {hours} */{step} * *" if step > 1 else f"{minute} {hours} * * {days}"
    if unit == "mo" and step <= 12:
        return f"{minute} {hours} 1 */{step} *"
    return None


def _days(days: set[int]) -> str:
    if not days or len(days) == 7:
        return "*"
    ordered = sorted(days)
    runs = all(day + 1 == after for day, after in pairwise(ordered))
    if len(ordered) > 2 and runs:
        return f"{ordered[0]}-{ordered[-1]}"
    return ",".join(map(str, ordered))
